story    after a long silence a service counts as retired
alarm    no_data
set      project_silence = "30d"
set      retired_after = "3h"
history  2d   ok 10
calls    00:00  60m  ok 10
until    06:00
expect   01:11  pending
expect   01:12  firing
expect   04:01  clearing
expect   04:03  quiet
expect   nothing else
