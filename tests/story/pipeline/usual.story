story     a try that fails now and then, a few late spans and a bad request are how things are
alarm     pipeline
calls     00:00  60m  ok 20
pipeline  00:00  10m  spans 300  late 20  skewed 5  requests 600  refused 4
pipeline  00:10  1m   channel oncall  words timeout  waiting 1  of page  spans 300  late 20  requests 600  refused 4
pipeline  00:11  49m  spans 300  late 20  skewed 5  requests 600  refused 9  lag 3s
expect    nothing else
