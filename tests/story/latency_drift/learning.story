story    without history only the static limit of 30 s is armed
alarm    latency_drift
calls    00:00  60m  ok 10  took 5s
calls    01:00  30m  ok 10  took 40s
expect   01:04  pending
expect   01:09  firing
expect   nothing else
