story    a service that goes silent while it is dear has not become cheap
alarm    cost_run_rate
history  8d   ok 10  cost 0.02 USD
calls    00:00  60m  ok 10  cost 0.02 USD
calls    01:00  60m  ok 10  cost 0.12 USD
until    06:00
expect   01:13  pending
expect   01:23  firing
expect   nothing else
