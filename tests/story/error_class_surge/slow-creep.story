story    a share that creeps up is found when it is surely over the limit
alarm    error_class_surge
history  3d   ok 100
calls    00:00  2h   ok 99  failed 1  error context_length
calls    02:00  2h   ok 98  failed 2  error context_length
calls    04:00  2h   ok 97  failed 3  error context_length
calls    06:00  1h   ok 95  failed 5  error context_length
calls    07:00  1h   ok 100
expect   06:01  pending
expect   06:03  firing
expect   07:03  clearing
expect   07:13  quiet
expect   nothing else
