story    a run that calls one tool with the same arguments again and again, and ends when it is stopped
alarm    runaway
calls    00:00  60m  ok 50
run      00:10  9m   name 7f3a  agent researcher  tools 16  same 7  cost 0.4 USD
expect   00:11  firing
expect   00:11  message firing
expect   00:22  clearing
expect   00:27  quiet
expect   00:27  message resolved
expect   nothing else
