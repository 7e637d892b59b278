story    four timeouts in an hour are no surge
alarm    error_class_surge
history  3d   ok 1  every 5m
calls    00:00  2h   ok 1  every 5m
calls    02:00  40m  failed 1  error timeout  every 10m
calls    02:40  2h   ok 1  every 5m
expect   nothing else
