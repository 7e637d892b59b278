story    a service is armed only after a day
alarm    no_data
set      project_silence = "30d"
history  12h  ok 10
calls    00:00  60m  ok 10
until    03:00
expect   nothing else
