story    runs that are long are no runaways where runs are long
alarm    runaway
habit    00:00  60m  runs 400  took 10m  steps 90  tokens 30000  cost 0.90 USD
calls    00:00  60m  ok 50
run      00:05  20m  name aa01  tools 6  models 6  tokens 45000  cost 0.3 USD
run      00:20  30m  name aa02  tools 6  models 2  tokens 45000  cost 0.2 USD
expect   nothing else
