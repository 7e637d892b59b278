story    before an hour of traffic a silence is nothing
alarm    no_data_global
calls    00:00  40m  ok 10
until    03:00
expect   nothing else
