story    failures that creep up to two in a hundred are a ticket within a day
alarm    error_budget
history  30d  ok 200
calls    00:00  6h   ok 199  failed 1
calls    06:00  6h   ok 198  failed 2
calls    12:00  36h  ok 193  failed 7
calls    2d00:00  12h  ok 200
expect   1d07:15  firing
expect   2d04:50  clearing
expect   2d05:05  quiet
expect   nothing else
