story    without history the static limit of 50 USD an hour is armed
alarm    cost_run_rate
calls    00:00  60m  ok 10  cost 0.05 USD
calls    01:00  2h   ok 10  cost 0.20 USD
expect   01:14  pending
expect   01:24  firing
expect   nothing else
