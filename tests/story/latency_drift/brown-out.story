story    a fifth more is not worth a word
alarm    latency_drift
history  8d   ok 10  took 2s
calls    00:00  30m  ok 10  took 2s
calls    00:30  2h   ok 10  took 2400ms
expect   nothing else
