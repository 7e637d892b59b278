story    an outage of 20 minutes burns a tenth of the month's budget
alarm    error_budget
history  30d  ok 10
calls    00:00  30m  ok 10
calls    00:30  20m  failed 10
calls    00:50  40h  ok 10
expect   00:40  firing
expect   01:20  clearing
expect   01:35  quiet
expect   nothing else
