story    all calls take four times as long
alarm    latency_drift
history  8d   ok 10  took 2s
calls    00:00  30m  ok 10  took 2s
calls    00:30  30m  ok 10  took 8s
calls    01:00  90m  ok 10  took 2s
expect   00:32  pending
expect   00:37  firing
expect   00:37  message firing
expect   00:38  message firing
expect   01:05  clearing
expect   01:15  quiet
expect   01:15  message resolved
expect   nothing else
