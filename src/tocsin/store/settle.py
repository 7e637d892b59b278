"""Settle: from spans that arrived to what they say, to calls counted once and priced, and to what they add up to."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from operator import itemgetter

from tocsin.model.price import DAY_S, PriceRow, Unpriced
from tocsin.model.progress import Progress
from tocsin.store.engine import Connection, Parameter, Row
from tocsin.store.literal import text
from tocsin.store.signs import SHOWN
from tocsin.store.statements import epoch, of_epoch, question, second, step

HOUR = timedelta(hours=1)
# After a start, this much of what arrived before the mark is settled again: a power cut may have taken the last rows.
# Settling twice changes nothing.
SETTLED_AGAIN_NS = 300 * 10**9
# What is settled at once is bounded, since it is held in memory: so many spans, and so long a stretch of minutes. A
# backfill, or what piled up while nothing settled, takes several goes.
SPANS_AT_ONCE_MAX = 40_000
LENGTH_AT_ONCE_MAX = timedelta(days=2)
# Group commits that are looked at when there are too many spans for one go.
ARRIVALS_MAX = 20_000
# The end of time, for prices that still hold.
_FOREVER = "2106-02-07 06:28:15"
_EVER = "1970-01-01 00:00:00"
_TIERLESS = 2**63

# First and last minute, both included.
Stretch = tuple[datetime, datetime]
PricesFor = Callable[[str, str], list[PriceRow] | Unpriced]


@dataclass(frozen=True, slots=True)
class Settled:
    """What one settling did."""

    spans: int
    # Bounds of the minutes that were rolled up again; None when there were none.
    minutes: Stretch | None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far settling has come; who keeps an answer can tell whether it still holds."""

    # Received stamp up to which all is settled; nothing will ever come with one up to it.
    received_ns: int
    # Rises with every change of what is settled or rolled up.
    version: int
    # No call lies in a later one; None when nothing was ever settled.
    newest_minute: datetime | None


@dataclass(frozen=True, slots=True)
class _Arrived:
    """What came in some time: how many spans, how many log events that tell of calls, and where all of them lie."""

    spans: int
    events: int
    stretches: list[Stretch]


class Settler:
    """Follows what arrived. One line to the engine, one thread."""

    def __init__(self, line: Connection, prices_for: PricesFor, *, spans_at_once: int = SPANS_AT_ONCE_MAX) -> None:
        self._line = line
        self._at_once = spans_at_once
        self._prices_for = prices_for
        self._noted, self._version, open_hour, newest = line.ask(question("newest_settled"))[0]
        self._newest = of_epoch(newest) if newest else None
        self._mark = max(0, self._noted - SETTLED_AGAIN_NS)
        # Whether log events tell of any call; where none does they need not be looked at.
        self._events_known = bool(line.ask(question("told_by_events")))
        # Hours from here on may be over and not rolled up; None when nothing ever was.
        self._open_hour = of_epoch(open_hour) if open_hour else None
        # What the price book says now holds for everything that settles from now on.
        self._price_again(self._noted)

    @property
    def reach(self) -> Reach:
        """How far it has come."""
        return Reach(self._mark, self._version, self._newest)

    def settle(self, until_ns: int, at: datetime) -> Settled:
        """Settle everything that had arrived, durably, by `until_ns`; `at` is the present.

        Idempotent. Hours that are over are rolled up from their minutes; the present one when it is over.
        """
        # First: then every hour before one that is rolled up is rolled up too, wherever a crash comes.
        if self._close_hours(at):
            self._put_mark(self._mark, at)
        spans, stretches = 0, list[Stretch]()
        while self._mark < until_ns:
            until, arrived = self._next(until_ns)
            for first, last in arrived.stretches:
                self._understand(self._mark, until, first, last)
            if arrived.stretches:
                self._price_new(self._mark, until)
            for first, last in arrived.stretches:
                self._settle(self._mark, until, first, last, at)
            self._mark = until
            if arrived.stretches:
                self._put_mark(until, at)
            spans, stretches = spans + arrived.spans, stretches + arrived.stretches
        return Settled(spans, _bounds(stretches))

    def _next(self, until: int) -> tuple[int, _Arrived]:
        """Return up to which arrival to go at once, at least one group commit, and what `_touched` says of that."""
        arrived = self._touched(self._mark, until)
        if arrived.spans + arrived.events <= self._at_once:
            return until, arrived
        rows = self._line.ask(question("arrivals"), {"since": self._mark, "until": until, "limit": ARRIVALS_MAX})
        totals = list(accumulate(count for _, count in rows))
        reached = max(1, bisect_right(totals, self._at_once))
        return rows[reached - 1][0], self._touched(self._mark, rows[reached - 1][0])

    def _put_mark(self, mark: int, at: datetime) -> None:
        """Write down that everything up to a received stamp is settled, and which hour is open."""
        self._noted = max(self._noted, mark)
        self._line.run(
            "INSERT INTO settle_mark (mark, hour) SELECT {mark:UInt64}, {hour:UInt32}",
            {"mark": self._noted, "hour": epoch(_hour(at))},
        )

    def reprice(self, prices_for: PricesFor, at: datetime, until_ns: int) -> Iterator[Progress]:
        """Understand and price everything stored again, by the mappings as they are and by a price book.

        Works as the steps are taken, a day or so at each. What arrives meanwhile may be settled between two of them,
        and is priced by the same book, which stays.
        """
        self._prices_for = prices_for
        self._price_again(until_ns)
        days = self._touched(0, until_ns).stretches
        yield Progress(0, len(days))
        for done, (first, last) in enumerate(days, start=1):
            self._understand(0, until_ns, first, last)
            self._price_new(0, until_ns)
            self._settle(0, until_ns, first, last, at)
            yield Progress(done, len(days))

    def close(self) -> None:
        """Let go of the line."""
        self._line.close()

    def _touched(self, since: int, until: int) -> _Arrived:
        """Return what arrived in (since, until]."""
        window: dict[str, Parameter] = {"since": since, "until": until}
        spans = self._line.ask(question("touched"), window)
        events = self._line.ask(question("touched_by_events"), window)
        self._events_known = self._events_known or bool(events)
        rows = sorted([*spans, *events], key=itemgetter(1))
        counts = sum(row[0] for row in spans), sum(row[0] for row in events)
        return _Arrived(*counts, list(_stretches(rows, self._at_once)))

    def _understand(self, since: int, until: int, lo: datetime, hi: datetime) -> None:
        """Bring what arrived in (since, until] for the minutes lo to hi to our words."""
        self._line.run(step("understand_spans"), {"since": since, "until": until, "lo": second(lo), "hi": second(hi)})

    def _settle(self, since: int, until: int, lo: datetime, hi: datetime, at: datetime) -> None:
        """Settle the traces of what arrived in (since, until] for the minutes lo to hi, and roll up what changed."""
        version = self._next_version(until)
        bounds: dict[str, Parameter] = {"lo": second(lo), "hi": second(hi)}
        came: dict[str, Parameter] = {"since": since, "until": until, **bounds}
        self._empty("late", "nodes", "linked", "told")
        if self._events_known:
            self._line.run(step("collect_late"), came)
        self._line.run(step("collect_nodes"), came)
        self._line.run(step("link_nodes"))
        self._line.run(step("collect_told"), bounds)
        if self._events_known:
            self._retell("logged", step("collect_logged"), step("retell_by_events"), bounds)
        if self._line.ask(question("twins_told")):
            self._retell("twins", step("collect_twins"), step("retell_by_twins"))
        self._line.run(step("settle_calls"), {"settled": version})
        self._empty("nodes", "linked", "told")
        wide: dict[str, Parameter] = {"lo": second(lo - HOUR), "hi": second(hi + HOUR)}
        just: dict[str, Parameter] = {"since": version - 1, "until": version}
        changed = self._line.ask(question("settled_minutes"), {**just, **wide})
        if not changed:
            return
        exact: dict[str, Parameter] = {
            "lo": second(of_epoch(min(row[1] for row in changed))),
            "hi": second(of_epoch(max(row[2] for row in changed))),
        }
        newest = of_epoch(max(row[2] for row in changed))
        self._newest = max(newest, self._newest or newest)
        self._line.run(step("roll_minutes").replace("@shown@", SHOWN), {**just, **exact, "settled": version})
        self._line.run(step("roll_services"), {**exact, "settled": version})
        present = _hour(at)
        self._roll_hours([hour for row in changed if (hour := of_epoch(row[0])) < present])

    def _retell(self, table: str, collect: str, retell: str, bounds: dict[str, Parameter] | None = None) -> None:
        """Collect into a table what is told elsewhere, and tell the calls again with that."""
        self._empty(table, "retold")
        self._line.run(collect, bounds)
        self._line.run(retell)
        self._line.run("EXCHANGE TABLES told AND retold")
        self._empty(table, "retold")

    def _empty(self, *tables: str) -> None:
        """Empty tables that one settling works on."""
        for table in tables:
            self._line.run(f"TRUNCATE TABLE {table}")

    def _next_version(self, until: int) -> int:
        """Versions rise strictly, so that the newest row of a key is the last one written."""
        self._version = max(self._version + 1, until)
        return self._version

    def _close_hours(self, at: datetime) -> bool:
        """Roll up the hours that ended, also while nothing ran; return whether another hour is open than last time."""
        present, first = _hour(at), self._open_hour or _hour(at)
        self._roll_hours([first + n * HOUR for n in range(int((present - first) / HOUR))])
        moved, self._open_hour = present != self._open_hour, present
        return moved

    def _roll_hours(self, hours: Sequence[datetime]) -> None:
        if hours:
            self._line.run(
                step("roll_hours"),
                {
                    "lo": second(min(hours)),
                    "hi": second(max(hours) + HOUR),
                    "hours": [int(hour.timestamp()) for hour in hours],
                    "settled": self._next_version(0),
                },
            )

    def _price_new(self, since: int, until: int) -> None:
        """Price the models that came in (since, until] and are not in the table."""
        self._put_prices(self._line.ask(question("unpriced_pairs"), {"since": since, "until": until}))

    def _price_again(self, until: int) -> None:
        """Make the price table anew, by the price book as it is now, for all models that came by `until`."""
        pairs = self._line.ask(question("priced_pairs"))
        self._line.run("TRUNCATE TABLE prices")
        self._put_prices(pairs)
        if not pairs:
            # A crash may have come between the two lines above.
            self._price_new(0, until)

    def _put_prices(self, pairs: Iterable[Row]) -> None:
        values = [value for provider, model in pairs for value in self._price_values(provider, model)]
        if values:
            self._line.run("INSERT INTO prices VALUES " + ", ".join(values))  # noqa: S608 literals, escaped

    def _price_values(self, provider: str, model: str) -> Iterable[str]:
        """Write a pair's rows; a pair without a price gets one that says why, so that it is not looked up again."""
        found = self._prices_for(provider, model)
        pair = f"{text(provider)}, {text(model)}"
        if isinstance(found, Unpriced):
            yield (
                f"({pair}, '{_EVER}', '{_FOREVER}', 0, {DAY_S}, 0, {_TIERLESS}, 0, 0, 0, 0, 0, 0, 0, "
                f"{text(found.reason)}, {text(found.detail)}, true)"
            )
            return
        for row in found:
            since = second(row.valid_from) if row.valid_from else _EVER
            until = second(row.valid_until) if row.valid_until else _FOREVER
            yield (
                f"({pair}, '{since}', '{until}', {row.day_from_s}, {row.day_until_s}, {row.tier_from}, "
                f"{_TIERLESS if row.tier_until is None else row.tier_until}, {row.input_nano}, {row.cached_nano}, "
                f"{row.cache_write_nano}, {row.cache_write_1h_nano}, {row.output_nano}, {row.reasoning_nano}, "
                f"{row.request_femto}, {text(row.id)}, {text(row.source)}, false)"
            )


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _stretches(rows: Iterable[Row], spans_max: int) -> Iterator[Stretch]:
    """Join hours that something arrived for, rising, into stretches that are not too long and hold not too many."""
    held: Stretch | None = None
    total = 0
    for arrived, lo, hi in rows:
        first, last = of_epoch(lo), of_epoch(hi)
        if held and (total + arrived > spans_max or last - held[0] > LENGTH_AT_ONCE_MAX):
            yield held
            held, total = None, 0
        held, total = (held[0], max(held[1], last)) if held else (first, last), total + arrived
    if held:
        yield held


def _bounds(stretches: Sequence[Stretch]) -> Stretch | None:
    return (min(first for first, _ in stretches), max(last for _, last in stretches)) if stretches else None
