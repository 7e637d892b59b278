story    a blip shorter than the hold is left alone
alarm    slow threshold
set      measure = "latency_p95"
set      above = 10
set      hold = "5m"
set      window = "2m"
calls    00:00  30m  ok 50  took 2s
calls    00:30  3m   ok 50  took 20s
calls    00:33  30m  ok 50  took 2s
expect   00:31  pending
expect   00:35  quiet
expect   nothing else
