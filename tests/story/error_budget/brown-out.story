story    ten percent of failures for a day page after some hours, and end soon after they stop
alarm    error_budget
history  30d  ok 20
calls    00:00  24h  ok 18  failed 2
calls    1d00:00  12h  ok 20
expect   03:40  firing
expect   1d05:35  clearing
expect   1d05:50  quiet
expect   nothing else
