story    a silence does not end what fires
alarm    error_class_surge
history  2d   ok 50
calls    00:00  30m  ok 50
calls    00:30  20m  ok 40  failed 10  error timeout
until    02:30
expect   00:32  pending
expect   00:34  firing
expect   nothing else
