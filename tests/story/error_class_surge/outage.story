story    a provider's rate limit hits one call in ten
alarm    error_class_surge
history  2d   ok 50
calls    00:00  30m  ok 50
calls    00:30  30m  ok 45  failed 5  error rate_limit
calls    01:00  60m  ok 50
expect   00:34  pending
expect   00:36  firing
expect   01:03  clearing
expect   01:13  quiet
expect   nothing else
