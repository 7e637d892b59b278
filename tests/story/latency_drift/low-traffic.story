story    at thirty calls an hour a slowdown is seen, later
alarm    latency_drift
history  15d  every 2m  ok 1  took 2s
calls    00:00  60m  every 2m  ok 1  took 2s
calls    01:00  4h   every 2m  ok 1  took 8s
calls    05:00  8h   every 2m  ok 1  took 2s
expect   01:19  pending
expect   01:24  firing
expect   06:49  clearing
expect   06:59  quiet
expect   nothing else
