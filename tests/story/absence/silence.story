story    a silence of one's own length is told, at night too
alarm    nightly absence
set      silence = "30m"
calls    00:00  60m  ok 5
calls    02:00  30m  ok 5
expect   01:31  firing
expect   02:01  clearing
expect   02:03  quiet
expect   nothing else
