story    ten times the usual is nothing while it is under the floor of 5 USD an hour
alarm    cost_run_rate
history  15d  every 2m  ok 1  cost 0.01 USD
calls    00:00  60m  every 2m  ok 1  cost 0.01 USD
calls    01:00  4h   every 2m  ok 1  cost 0.10 USD
expect   nothing else
