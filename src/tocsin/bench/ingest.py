"""How fast spans are stored over OTLP/HTTP, and what that takes: memory, disk, and how it compares with the engine."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from threading import Event
from typing import Final

from tocsin import clock
from tocsin.bench import child, direct, machine, sender
from tocsin.bench.part import Figures, Ground, Part
from tocsin.bench.server import Server

# Everything that was acknowledged must be settled and rolled up within this.
SETTLED_WITHIN_S: Final = 180.0
# Merging is over when nothing changed for this long.
STILL_FOR_S: Final = 5.0
MERGED_WITHIN_S: Final = 90.0
# Tables that take less than this of each span are left out of the list, not of the sum.
LISTED_BYTES_MIN: Final = 0.1
POLL_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of the load on the server."""

    tally: sender.Tally
    # Spans that are settled and rolled up after all, and how long after the last answer.
    counted: int
    settled_s: float
    inserts: int
    # Bytes of each table's parts in use, after merging.
    sizes: Mapping[str, int]
    began: machine.Use
    ended: machine.Use
    after: machine.Use
    others_cores: float | None

    @property
    def stored_per_s(self) -> float:
        """Spans stored in each second of the timed stretch; what was acknowledged and is not there does not count."""
        lost = max(0, self.tally.spans - self.counted)
        return (self.tally.timed_spans - lost) / self.tally.timed_s

    @property
    def group(self) -> int:
        """Requests in one insert, on average."""
        return max(1, round(self.tally.requests / max(1, self.inserts)))


def measure(ground: Ground) -> Figures:
    """Load a fresh server for a while, count what it stored, and insert the same into a bare engine."""
    spec = sender.Spec(port=0, bodies=64, warm_s=3.0, for_s=12.0)
    if ground.quick:
        spec = sender.Spec(port=0, bodies=16, warm_s=1.0, for_s=4.0)
    loaded = _load(ground, spec)
    ground.say(f"ingest: the engine alone, {loaded.group} requests an insert")
    alone_spec = direct.Spec(
        data=str(ground.scratch / "direct"),
        group=loaded.group,
        bodies=spec.bodies,
        seed=spec.seed,
        warm_s=spec.warm_s,
        for_s=spec.for_s,
    )
    alone = child.ask("tocsin.bench.direct", asdict(alone_spec), ground.hear)
    return {
        "ingest_spans_per_s": round(loaded.stored_per_s),
        "ingest_ratio_to_engine": round(loaded.stored_per_s / alone["spans_per_s"], 3),
        "engine_spans_per_s": round(alone["spans_per_s"]),
        "engine_insert_ms": round(alone["insert_ms"], 1),
        "engine_insert_cpu_ms": round(alone["insert_cpu_ms"], 1),
        **_figures(loaded),
    }


def _load(ground: Ground, spec: sender.Spec) -> Loaded:
    server = Server(ground.scratch / "server")
    ground.say("ingest: building requests")
    with child.Load(replace(spec, port=server.otlp)) as load:
        load.ready()
        with server:
            ground.say("ingest: sending over 16 connections")
            began, busy = server.use(), machine.busy_s()
            load.go()
            tally = load.tally()
            ended = server.use()
            others = _others(busy, ended.cpu_s - began.cpu_s, tally)
            ground.say("ingest: settling")
            counted, settled_s = _settled(server, tally.spans)
            inserts = machine.table(server.data, "spans").inserts
            ground.say("ingest: merging")
            sizes = _merged(server)
            return Loaded(tally, counted, settled_s, inserts, sizes, began, ended, server.use(), others)


def _figures(loaded: Loaded) -> Figures:
    tally, stored = loaded.tally, max(1, loaded.counted)
    server_cpu_s = loaded.ended.cpu_s - loaded.began.cpu_s
    return {
        "ingest_mb_per_s": round(tally.timed_bytes / tally.timed_s / machine.MB, 1),
        "requests_per_insert": loaded.group,
        "span_bytes_sent": round(tally.timed_bytes / max(1, tally.timed_spans)),
        "spans_acknowledged": tally.spans,
        "spans_counted": loaded.counted,
        "answer_ms": round(tally.answer_ms),
        "requests_refused": tally.refused,
        "settled_after_load_s": round(loaded.settled_s, 1),
        "rss_mb": round(loaded.after.peak_mb),
        "rss_settled_mb": round(loaded.after.rss_mb),
        "spans_per_server_cpu_s": round(tally.spans / server_cpu_s),
        # In cores. What others on the machine used is not to be had by any server: near 0 on a quiet machine.
        "server_cores_used": round(server_cpu_s / tally.whole_s, 2),
        "sender_cores_used": round(tally.cpu_share, 2),
        "others_cores_used": loaded.others_cores,
        "bytes_per_span": round(sum(loaded.sizes.values()) / stored),
        **{
            f"bytes_per_span_{name}": round(size / stored, 1)
            for name, size in loaded.sizes.items()
            if size / stored >= LISTED_BYTES_MIN
        },
    }


def _others(busy_before: float | None, server_cpu_s: float, tally: sender.Tally) -> float | None:
    """Return how many cores everything but the server and the load generator used meanwhile; None: unknown."""
    busy = machine.busy_s()
    if busy is None or busy_before is None:
        return None
    return round(max(0.0, (busy - busy_before - server_cpu_s) / tally.whole_s - tally.cpu_share), 2)


def _settled(server: Server, wanted: int) -> tuple[int, float]:
    """Wait until all is counted; returns what is, and after how long."""
    began, pause, counted = clock.monotonic_s(), Event(), 0
    while clock.monotonic_s() - began < SETTLED_WITHIN_S:
        counted = server.calls()
        if counted >= wanted:
            break
        pause.wait(POLL_S)
    return counted, clock.monotonic_s() - began


def _merged(server: Server) -> dict[str, int]:
    """Wait until the engine merges no more; returns the bytes of each table's parts in use."""
    began = still_since = clock.monotonic_s()
    pause, before = Event(), {}
    while True:
        now = machine.tables(server.data)
        at = clock.monotonic_s()
        if now != before:
            before, still_since = now, at
        if at - still_since >= STILL_FOR_S or at - began >= MERGED_WITHIN_S:
            return {name: table.size for name, table in now.items()}
        pause.wait(POLL_S)


PART = Part("ingest", "Spans stored a second over OTLP/HTTP, memory under that load, bytes a span.", measure)
