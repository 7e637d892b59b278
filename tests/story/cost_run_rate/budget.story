story    while learning, twice an even share of the month's budget is the limit
alarm    cost_run_rate
set      monthly_budget = "7200 USD"       # 10 USD an hour, so 72 is the floor
calls    00:00  60m  ok 10  cost 0.05 USD  # 30 USD an hour
calls    01:00  2h   ok 10  cost 0.20 USD  # 120
expect   01:29  pending
expect   01:39  firing
expect   nothing else
