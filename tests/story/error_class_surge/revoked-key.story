story    a revoked key is a page after three calls
alarm    error_class_surge
calls    00:00  30m  ok 1
calls    00:30  30m  failed 1  error auth
calls    01:00  60m  ok 1
expect   00:33  pending
expect   00:35  firing
expect   01:09  clearing
expect   01:19  quiet
expect   nothing else
