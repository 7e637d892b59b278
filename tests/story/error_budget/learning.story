story    a service of an hour that fails one call in five is told of without any history
alarm    error_budget
calls    00:00  2h  ok 4  failed 1
calls    02:00  2h  ok 5
expect   00:05  firing
expect   nothing else
