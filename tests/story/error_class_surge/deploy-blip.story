story    one bad minute at a release is over before anybody is told
alarm    error_class_surge
history  2d   ok 50
calls    00:00  30m  ok 50
calls    00:30  1m   ok 40  failed 10  error invalid_request
calls    00:31  60m  ok 50
expect   nothing else
