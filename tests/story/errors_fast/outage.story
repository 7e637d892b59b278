story    a provider outage fires once and clears once
alarm    errors_fast
history  2d   ok 50
calls    00:00  30m  ok 50
calls    00:30  20m  ok 5   failed 45      # 90 % fail
calls    00:50  60m  ok 50
expect   00:31  pending
expect   00:32  firing
expect   00:32  message firing
expect   00:52  clearing
expect   01:02  quiet
expect   01:02  message resolved
expect   nothing else
