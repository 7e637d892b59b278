story    an outage crosses a limit on the share of errors, of enough calls
alarm    many-errors threshold
set      measure = "error_share"
set      above = 0.2
set      samples_min = 20
calls    00:00  30m  ok 50
calls    00:30  20m  ok 5   failed 45
calls    00:50  30m  ok 50
expect   00:32  pending
expect   00:34  firing
expect   00:54  clearing
expect   00:59  quiet
expect   nothing else
