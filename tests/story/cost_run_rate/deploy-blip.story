story    five dear minutes do not make a dear hour
alarm    cost_run_rate
history  8d   ok 10  cost 0.02 USD
calls    00:00  60m  ok 10  cost 0.02 USD
calls    01:00  5m   ok 10  cost 0.10 USD
calls    01:05  2h   ok 10  cost 0.02 USD
expect   nothing else
