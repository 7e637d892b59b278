story    conversations that grow to twice the tokens
alarm    token_efficiency
history  2d   ok 10  tokens 1000
calls    00:00  1h   ok 10  tokens 1200
calls    01:00  1h   ok 10  tokens 1500
calls    02:00  3h   ok 10  tokens 2000
expect   02:05  pending
expect   02:20  firing
expect   nothing else
