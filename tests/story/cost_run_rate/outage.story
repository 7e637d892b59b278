story    a runaway spends six times the usual
alarm    cost_run_rate
history  8d   ok 10  cost 0.02 USD         # 12 USD an hour
calls    00:00  60m  ok 10  cost 0.02 USD
calls    01:00  90m  ok 10  cost 0.12 USD
calls    02:30  2h   ok 10  cost 0.02 USD
expect   01:13  pending
expect   01:23  firing
expect   01:23  message firing
expect   03:26  clearing
expect   03:36  quiet
expect   03:36  message resolved
expect   nothing else
