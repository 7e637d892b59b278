story    the cost of a call creeps up over a day, and last weeks knew better
alarm    cost_run_rate
history  22d  ok 10  cost 0.02 USD
calls    00:00  2h   ok 10  cost 0.03 USD
calls    02:00  2h   ok 10  cost 0.035 USD
calls    04:00  2h   ok 10  cost 0.04 USD
calls    06:00  2h   ok 10  cost 0.05 USD
expect   06:01  pending
expect   06:11  firing
expect   nothing else
