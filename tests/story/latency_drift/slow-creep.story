story    latency creeps up within two hours
alarm    latency_drift
history  8d   ok 10  took 2s
calls    00:00  30m  ok 10  took 2200ms
calls    00:30  30m  ok 10  took 2600ms
calls    01:00  30m  ok 10  took 3200ms
calls    01:30  30m  ok 10  took 4s
calls    02:00  60m  ok 10  took 2s
expect   00:32  pending
expect   00:37  firing
expect   02:05  clearing
expect   02:15  quiet
expect   nothing else
