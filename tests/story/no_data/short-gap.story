story    nine minutes of silence are not told
alarm    no_data
set      project_silence = "30d"
history  2d   ok 10
calls    00:00  60m  ok 10
calls    01:09  30m  ok 10
expect   nothing else
