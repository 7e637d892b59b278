"""Settle: from spans that arrived to what they say, to calls counted once and priced, and to what they add up to."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.model.price import DAY_S, PriceRow, Unpriced
from tocsin.model.progress import Progress
from tocsin.store.engine import Connection, Parameter, Row
from tocsin.store.literal import text
from tocsin.store.statements import epoch, of_epoch, question, second, step

HOUR = timedelta(hours=1)
# After a start, this much of what arrived before the mark is settled again: a power cut may have taken the last rows.
# Settling twice changes nothing.
SETTLED_AGAIN_NS = 300 * 10**9
# A longer stretch than this (a backfill, a clock that is behind) is settled a day at a time, to bound memory.
AT_ONCE_MAX = timedelta(days=2)
# The end of time, for prices that still hold.
_FOREVER = "2106-02-07 06:28:15"
_EVER = "1970-01-01 00:00:00"
_TIERLESS = 2**63

PricesFor = Callable[[str, str], list[PriceRow] | Unpriced]


@dataclass(frozen=True, slots=True)
class Settled:
    """What one settling did."""

    spans: int
    # Bounds of the minutes that were rolled up again; None when there were none.
    minutes: tuple[datetime, datetime] | None


class Settler:
    """Follows what arrived. One line to the engine, one thread."""

    def __init__(self, line: Connection, prices_for: PricesFor) -> None:
        self._line = line
        self._prices_for = prices_for
        mark, self._version, open_hour = line.ask(question("newest_settled"))[0]
        self._mark = max(0, mark - SETTLED_AGAIN_NS)
        # Hours from here on may be over and not rolled up; None when nothing ever was.
        self._open_hour = of_epoch(open_hour) if open_hour else None
        # What the price book says now holds for everything that settles from now on.
        self._price_again(mark)

    def settle(self, until_ns: int, at: datetime) -> Settled:
        """Settle everything that had arrived, durably, by `until_ns`; `at` is the present.

        Idempotent. Hours that are over are rolled up from their minutes; the present one when it is over.
        """
        # First: then every hour before one that is rolled up is rolled up too, wherever a crash comes.
        closed = self._close_hours(at)
        spans, days = self._touched(self._mark, until_ns)
        for first, last in days:
            self._understand(self._mark, until_ns, first, last)
        if days:
            self._price_new(self._mark, until_ns)
        for first, last in days:
            self._settle(self._mark, until_ns, first, last, at)
        self._mark = max(self._mark, until_ns)
        if days or closed:
            self._line.run(
                "INSERT INTO settle_mark (mark, hour) SELECT {mark:UInt64}, {hour:UInt32}",
                {"mark": self._mark, "hour": epoch(_hour(at))},
            )
        return Settled(spans, (days[0][0], days[-1][1]) if days else None)

    def reprice(self, prices_for: PricesFor, at: datetime, until_ns: int) -> Iterator[Progress]:
        """Understand and price everything stored again, by the mappings as they are and by a price book.

        Works as the steps are taken, a day or so at each. What arrives meanwhile may be settled between two of them,
        and is priced by the same book, which stays.
        """
        self._prices_for = prices_for
        self._price_again(until_ns)
        _, days = self._touched(0, until_ns)
        yield Progress(0, len(days))
        for done, (first, last) in enumerate(days, start=1):
            self._understand(0, until_ns, first, last)
            self._price_new(0, until_ns)
            self._settle(0, until_ns, first, last, at)
            yield Progress(done, len(days))

    def close(self) -> None:
        """Let go of the line."""
        self._line.close()

    def _touched(self, since: int, until: int) -> tuple[int, list[tuple[datetime, datetime]]]:
        """Return how many spans arrived in (since, until], and the stretches of minutes that they lie in.

        Both ends included; one stretch where that is short enough, else one for each day that has spans.
        """
        rows = self._line.ask(question("touched"), {"since": since, "until": until})
        days = [(of_epoch(lo), of_epoch(hi)) for _, lo, hi in rows]
        if days and days[-1][1] - days[0][0] <= AT_ONCE_MAX:
            days = [(days[0][0], days[-1][1])]
        return sum(row[0] for row in rows), days

    def _understand(self, since: int, until: int, lo: datetime, hi: datetime) -> None:
        """Bring what arrived in (since, until] for the minutes lo to hi to our words."""
        self._line.run(step("understand_spans"), {"since": since, "until": until, "lo": second(lo), "hi": second(hi)})

    def _settle(self, since: int, until: int, lo: datetime, hi: datetime, at: datetime) -> None:
        """Settle the traces of what arrived in (since, until] for the minutes lo to hi, and roll up what changed."""
        version = self._next_version(until)
        bounds: dict[str, Parameter] = {"lo": second(lo), "hi": second(hi)}
        self._empty()
        self._line.run(step("collect_nodes"), {"since": since, "until": until, **bounds})
        self._line.run(step("link_nodes"))
        self._line.run(step("collect_told"), bounds)
        self._line.run(step("settle_calls"), {"settled": version})
        self._empty()
        wide: dict[str, Parameter] = {"lo": second(lo - HOUR), "hi": second(hi + HOUR)}
        just: dict[str, Parameter] = {"since": version - 1, "until": version}
        changed = self._line.ask(question("settled_minutes"), {**just, **wide})
        if not changed:
            return
        exact: dict[str, Parameter] = {
            "lo": second(of_epoch(min(row[1] for row in changed))),
            "hi": second(of_epoch(max(row[2] for row in changed))),
        }
        self._line.run(step("roll_minutes"), {**just, **exact, "settled": version})
        present = _hour(at)
        self._roll_hours([hour for row in changed if (hour := of_epoch(row[0])) < present])

    def _empty(self) -> None:
        """Empty the tables that one settling works on."""
        for table in ("nodes", "linked", "told"):
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
