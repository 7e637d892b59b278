story    runs that loop together are one incident
alarm    runaway
calls    00:00  60m  ok 50
run      00:10  6m   name aa01  tools 40
run      00:11  6m   name aa02  tools 40
run      00:12  9m   name aa03  tools 40
expect   00:11  firing
expect   00:11  message firing
expect   00:12  firing
expect   00:13  firing
expect   00:19  clearing
expect   00:20  clearing
expect   00:24  clearing
expect   00:24  quiet
expect   00:25  quiet
expect   00:29  quiet
expect   00:29  message resolved
expect   nothing else
