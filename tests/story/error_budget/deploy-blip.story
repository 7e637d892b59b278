story    a deploy that fails a few calls spends next to nothing
alarm    error_budget
history  30d  ok 50
calls    00:00  30m  ok 50
calls    00:30  2m   ok 25  failed 25
calls    00:32  6h   ok 50
expect   nothing else
