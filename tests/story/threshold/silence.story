story    no calls are too few calls where the service is alive, and no latency at all
alarm    few threshold
set      measure = "calls_per_minute"
set      below = 10
alarm    slow threshold
set      measure = "latency_p95"
set      above = 10
calls    00:00  60m  ok 50  took 2s
calls    01:30  30m  ok 50  took 2s
expect   01:05  pending few
expect   01:07  firing few
expect   01:31  clearing few
expect   01:36  quiet few
expect   nothing else
