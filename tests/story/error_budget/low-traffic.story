story    eight days of nearly nothing but failures page, however few call
alarm    error_budget
history  20d  every 2h  ok 1
calls    00:00  8d  every 2h  failed 1
calls    8d00:00  2d  every 2h  ok 1
expect   08:05  firing
expect   08:05  message firing
expect   18:05  message firing
expect   8d04:05  clearing
expect   8d04:20  quiet
expect   8d04:20  message resolved
expect   nothing else
