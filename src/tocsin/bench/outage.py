"""How long it takes from the first failed call of a full outage to the message."""

from threading import Event
from typing import Final

from tocsin import clock
from tocsin.bench.bodies import NS_PER_S
from tocsin.bench.hook import Hook, Taken
from tocsin.bench.part import Figures, Ground, Part
from tocsin.bench.server import Server
from tocsin.bench.trouble import Service
from tocsin.model.problem import Foreign

SERVICES: Final = 3
# Good calls before it begins: minutes of the past, sent at once, and then seconds, live.
PAST_MINUTES: Final = 10
LIVE_S: Final = 15
MESSAGE_WITHIN_S: Final = 120


def measure(ground: Ground) -> Figures:
    """Let one of three services fail altogether, and wait for the message."""
    services = [Service(f"outage-{n}", seed=20 + n) for n in range(SERVICES)]
    with Hook() as hook, Server(ground.scratch / "server", hook=hook.url) as server:
        ground.say("outage: good calls")
        now_ns = clock.now_ns()
        for minute in range(PAST_MINUTES - 1, -1, -1):
            for service in services:
                _send(server, service.good_minute.fill(now_ns - minute * 60 * NS_PER_S))
        failed_ns, message = 0, None
        began, pause = clock.monotonic_s(), Event()
        second = 0
        while message is None and second < LIVE_S + MESSAGE_WITHIN_S:
            out = second >= LIVE_S
            for service in services:
                body = service.calls(out=out and service is services[0])
                at_ns = clock.now_ns()
                _send(server, body.fill(at_ns))
                if out and not failed_ns:
                    failed_ns = body.first_end_ns(at_ns)
                    ground.say("outage: failing calls")
            second += 1
            pause.wait(max(0.0, began + second - clock.monotonic_s()))
            message = _about(hook, services[0])
    if message is None:
        raise Foreign("tocsin up", f"no message {MESSAGE_WITHIN_S} s after the first failed call")
    return {"outage_to_message_s": round((message.at_ns - failed_ns) / NS_PER_S, 1)}


def _about(hook: Hook, service: Service) -> Taken | None:
    return next((one for one in hook.taken() if one.service == service.name and one.state == "firing"), None)


def _send(server: Server, body: bytes) -> None:
    if server.post(body) != 200:
        raise Foreign("tocsin up", "a request was not stored")


PART = Part("outage", "Time from the first failed call of a full outage to the message.", measure)
