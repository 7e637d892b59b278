story    an objective of three nines burns ten times as fast
alarm    strict burn_rate
set      objective = 0.999
history  30d  ok 100
calls    00:00  12h  ok 99  failed 1
calls    12:00  12h  ok 100
expect   03:40  firing
expect   17:35  clearing
expect   17:50  quiet
expect   nothing else
