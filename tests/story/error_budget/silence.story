story    silence ends no burn, and starts none
alarm    error_budget
history  30d  ok 20
calls    00:00  12h  ok 16  failed 4
calls    18:00  6h   ok 20
expect   00:45  firing
expect   18:05  clearing
expect   18:20  quiet
expect   nothing else
