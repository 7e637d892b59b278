story    at an objective of 90 % only the tiers that can fire are used
alarm    error_budget
set      objective = 0.9
history  30d  ok 20
calls    00:00  12h  ok 18  failed 2
calls    12:00  12h  failed 20
calls    1d00:00  12h  ok 20
expect   15:20  firing
expect   1d05:35  clearing
expect   1d05:50  quiet
expect   nothing else
