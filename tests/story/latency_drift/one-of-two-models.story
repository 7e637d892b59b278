story    half the traffic is on a model that got slow
alarm    latency_drift
history  8d   ok 10  took 2s
calls    00:00  30m  ok 10  took 2s
calls    00:30  40m  ok 5   took 2s
calls    00:30  40m  ok 5   took 6s
calls    01:10  90m  ok 10  took 2s
expect   00:33  pending
expect   00:38  firing
expect   01:15  clearing
expect   01:25  quiet
expect   nothing else
