story    money an hour over a limit of one's own
alarm    dear threshold
set      measure = "cost_per_hour"
set      above = 40.0
set      window = "60m"
set      severity = "page"
calls    00:00  2h  ok 10  cost 0.05 USD
calls    02:00  2h  ok 10  cost 0.10 USD
calls    04:00  2h  ok 10  cost 0.05 USD
expect   02:21  pending
expect   02:23  firing
expect   04:40  clearing
expect   04:45  quiet
expect   nothing else
