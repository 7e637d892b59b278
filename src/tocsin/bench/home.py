"""A server with some data and nobody asking: the size of its page, and what it uses at rest."""

from threading import Event
from typing import Final

from tocsin import clock
from tocsin.bench import bodies, page
from tocsin.bench.part import Figures, Ground, Part
from tocsin.bench.server import Server
from tocsin.model.problem import Foreign

REQUESTS: Final = 40
SPANS: Final = 256
# Merging and settling of what was sent is over by then.
CALM_AFTER_S: Final = 20.0
IDLE_S: Final = 20.0
SETTLED_WITHIN_S: Final = 120.0


def measure(ground: Ground) -> Figures:
    """Fetch the page as a browser does, then watch the server do nothing."""
    quick = ground.quick
    pause = Event()
    with Server(ground.scratch / "server") as server:
        ground.say("home: sending some spans")
        pool = bodies.load(3, bodies=8, spans=SPANS)
        for n in range(REQUESTS):
            body = pool[n % len(pool)].fill(clock.now_ns() - n * 60 * bodies.NS_PER_S)
            if server.post(body) != 200:
                raise Foreign("tocsin up", "a request was not stored")
        began = clock.monotonic_s()
        while server.calls() < REQUESTS * SPANS:
            if clock.monotonic_s() - began > SETTLED_WITHIN_S:
                raise Foreign("tocsin up", f"what was sent is not settled after {SETTLED_WITHIN_S:.0f} s")
            pause.wait(0.5)
        sizes = page.first_load(server.url("/"))
        ground.say("home: letting it calm down")
        pause.wait(5.0 if quick else CALM_AFTER_S)
        ground.say("home: watching it do nothing")
        before, at = server.use(), clock.monotonic_s()
        pause.wait(IDLE_S / 2 if quick else IDLE_S)
        after, now = server.use(), clock.monotonic_s()
    return {
        "page_bytes": sum(sizes.values()),
        "page_requests": len(sizes),
        "page_html_bytes": sizes[server.url("/")],
        "idle_cpu_pct": round(100 * (after.cpu_s - before.cpu_s) / (now - at), 2),
        "idle_rss_mb": round(after.rss_mb),
    }


PART = Part("home", "Bytes of the first load of the home page; CPU and memory of a server that nobody asks.", measure)
