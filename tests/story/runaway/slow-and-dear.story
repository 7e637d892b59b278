story    a run without tools that costs more than runs do; it becomes a page when it has cost enough
alarm    runaway
habit    00:00  90m  runs 400  steps 60  tokens 40000  cost 0.10 USD
calls    00:00  90m  ok 50
run      00:10  60m  models 2  tokens 9000  cost 0.4 USD
expect   00:23  firing                      # over 5 USD
expect   00:23  message firing
expect   01:01  message firing              # over 20 USD: it wakes somebody
expect   01:13  clearing
expect   01:18  quiet
expect   01:18  message resolved
expect   nothing else
