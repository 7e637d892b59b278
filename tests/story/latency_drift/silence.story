story    silence while calls are slow is not recovery
alarm    latency_drift
history  8d   ok 10  took 2s
calls    00:00  30m  ok 10  took 2s
calls    00:30  30m  ok 10  took 8s
calls    02:30  60m  ok 10  took 2s
expect   00:32  pending
expect   00:37  firing
expect   02:32  clearing
expect   02:42  quiet
expect   nothing else
