story    failed calls are surely too large a part of all
alarm    holes ratio
set      bad = "failed"
set      of = "calls"
set      above = 0.1
calls    00:00  60m  ok 20  failed 1
calls    01:00  60m  ok 15  failed 6
calls    02:00  60m  ok 20  failed 1
expect   01:06  pending
expect   01:08  firing
expect   02:14  clearing
expect   02:19  quiet
expect   nothing else
