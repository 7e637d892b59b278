story    latency that creeps over a limit, and ends at its own mark
alarm    slow threshold
set      measure = "latency_p95"
set      above = 10
set      recover = 8
calls    00:00  30m  ok 50  took 3s
calls    00:30  30m  ok 50  took 4s
calls    01:00  30m  ok 50  took 5s
calls    01:30  30m  ok 50  took 4s
calls    02:00  30m  ok 50  took 3s
expect   01:02  pending
expect   01:04  firing
expect   02:03  clearing
expect   02:08  quiet
expect   nothing else
