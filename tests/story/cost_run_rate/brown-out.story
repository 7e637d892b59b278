story    three quarters more is not twice as much
alarm    cost_run_rate
history  8d   ok 10  cost 0.02 USD
calls    00:00  60m  ok 10  cost 0.02 USD
calls    01:00  4h   ok 10  cost 0.035 USD
expect   nothing else
