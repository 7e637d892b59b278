story    one answer in eight comes back empty
alarm    bad_answers
history  2d   ok 40
calls    00:00  30m  ok 40
calls    00:30  60m  ok 40  empty 5
calls    01:30  90m  ok 40
expect   00:38  pending
expect   00:43  firing
expect   01:40  clearing
expect   01:50  quiet
expect   nothing else
