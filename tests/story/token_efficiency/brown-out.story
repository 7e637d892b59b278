story    a prompt whose beginning changes no longer hits the cache
alarm    token_efficiency
history  2d   ok 10  tokens 2000  cached 1400  cost 0.01 USD
calls    00:00  30m  ok 10  tokens 2000  cached 1400  cost 0.01 USD
calls    00:30  3h   ok 10  tokens 2000  cached 200  cost 0.014 USD
calls    03:30  3h   ok 10  tokens 2000  cached 1400  cost 0.01 USD
expect   01:00  pending
expect   01:15  firing
expect   04:15  clearing
expect   04:30  quiet
expect   nothing else
