story    a day that will cost more than its limit is told before it is over
alarm    day forecast
set      measure = "cost_per_hour"
set      by = "day"
set      limit = 200.0
history  7d   ok 10  cost 0.01 USD
calls    00:00  8h   ok 10  cost 0.01 USD
calls    08:00  16h  ok 10  cost 0.03 USD
calls    1d00:00  4h  ok 10  cost 0.01 USD
expect   12:30  pending
expect   13:00  firing
expect   1d00:10  clearing
expect   1d00:40  quiet
expect   nothing else
