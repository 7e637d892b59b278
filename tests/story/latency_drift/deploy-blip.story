story    two slow minutes at a deploy open no ticket
alarm    latency_drift
history  8d   ok 10  took 2s
calls    00:00  30m  ok 10  took 2s
calls    00:30  2m   ok 10  took 8s
calls    00:32  90m  ok 10  took 2s
expect   00:32  pending
expect   00:37  quiet
expect   nothing else
