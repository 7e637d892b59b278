story     a collector that holds spans back is told when it lasts, the past that is loaded once is not
alarm     pipeline
calls     00:00  3h   ok 20
pipeline  00:00  10m  spans 300  late 2
pipeline  00:10  15m  spans 9000 late 9000
pipeline  00:25  35m  spans 300  late 2
pipeline  01:00  60m  spans 300  late 120
pipeline  02:00  60m  spans 300  late 2
expect    00:10  pending
expect    00:25  quiet
expect    01:00  pending
expect    01:20  firing
expect    01:20  message firing
expect    02:00  clearing
expect    02:02  quiet
expect    02:02  message resolved
expect    nothing else
