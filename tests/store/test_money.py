"""Money adds up to the last femto-USD, and is the same as the price book's own arithmetic."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from tests.store.opened import ARRIVES, BOOK, START, Opened
from tests.store.told import CLIENT, SDK, Told, added_up, body_of, settled

from tocsin.model.dimension import Dimension
from tocsin.model.price import UnpricedReason
from tocsin.model.usage import Usage
from tocsin.model.window import Window
from tocsin.price.book import PriceBook
from tocsin.price.override import Override
from tocsin.store.settle import Settler

DAY = timedelta(days=1)
MONTH = Window(START, START + 31 * DAY)
# With tiers, cached and cache-write prices, off-peak hours, reasoning inside the output, free output, and no price.
MODELS = (
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-3-opus-20240229"),
    ("gcp.gemini", "gemini-2.5-pro"),
    ("openai", "gpt-4o"),
    ("openai", "o3"),
    ("deepseek", "deepseek-chat"),
    ("openai", "text-embedding-3-small"),
    ("openai", "a-model-that-nobody-sells"),
    ("a-provider-that-nobody-knows", "its-model"),
)


def some_usage(random: Random) -> Usage:
    """Draw counts that lie inside each other; any of them may be missing."""
    whole = random.choice((0, 1, 199_999, 200_000, 200_001, random.randrange(1, 2_000_000)))
    cached = random.choice((None, 0, random.randint(0, whole)))
    written = random.choice((None, 0, random.randint(0, whole - (cached or 0))))
    hour = None if written is None else random.choice((None, 0, random.randint(0, written)))
    answer = random.choice((None, 0, random.randrange(1, 100_000)))
    reasoning = None if answer is None else random.choice((None, 0, random.randint(0, answer)))
    return Usage(whole, cached, written, hour, answer, reasoning)


def some_calls(random: Random, count: int) -> Iterator[Told]:
    """Draw calls over two days, at any time; none without a single token, since such were not reported."""
    while count:
        provider, model = random.choice(MODELS)
        usage = some_usage(random)
        if not (usage.input_tokens or 0) + (usage.output_tokens or 0):
            continue
        at = timedelta(seconds=random.choice((random.randrange(172_800), 1_800, 59_399, 86_399, 0)))
        scope = SDK if provider == "anthropic" else CLIENT
        if scope != SDK and usage.cache_write_1h_tokens is not None:
            continue
        yield Told(trace=count, provider=provider, model=model, usage=usage, at=at, scope=scope)
        count -= 1


@pytest.mark.parametrize("seed", range(2))
def test_every_call_costs_what_the_price_book_says(store: Opened, seed: int) -> None:
    calls = list(some_calls(Random(seed), 500))
    project = store.project()
    store.insert(project, [body_of(calls)])
    store.settle()
    expected = settled(calls)
    rows = store.stored("calls", project, "lower(hex(trace_id)) AS trace, toString(cost) AS cost, price")
    assert len(rows) == len(calls)
    for row in rows:
        call = expected[int(row["trace"], 16), 1]
        assert (row["cost"], row["price"]) == (None if call.femto is None else str(call.femto), call.price), call.told
    for group in ((), (Dimension.MODEL,), (Dimension.TENANT,)):
        assert store.reader.parts(project, MONTH, None, group, {}) == added_up(expected.values(), MONTH, None, group)


def test_a_million_cheap_calls_lose_nothing_to_rounding(store: Opened) -> None:
    """A token of the cheapest model is 2e-8 USD; binary floats would already be off after a few of them."""
    project = store.project()
    calls = [Told(trace=n, model="text-embedding-3-small", usage=Usage(1, output_tokens=0)) for n in range(1, 1001)]
    store.insert(project, [body_of(calls)])
    store.settle()
    (row,) = store.reader.parts(project, MONTH, None, (), {})
    assert row.parts.cost_usd == Decimal("0.00002")


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (Usage(1_000, None, None, None, 100), (1_000, None, None, None, 100, None)),
        ((1_000, 2_000, 0, 0, 100, 0), (1_000, 1_000, 0, 0, 100, 0)),
        ((1_000, 600, 900, 950, 100, 101), (1_000, 600, 400, 400, 100, 100)),
        ((None, 5, 5, 5, 100, 10), (None, None, None, None, 100, 10)),
        ((1_000, 10, None, 70, None, 30), (1_000, 10, None, None, None, None)),
        ((10**12, 2**63, 2**64 - 1, 2**64 - 1, 10**12, 2**64 - 1), (10**12, 10**12, 0, 0, 10**12, 10**12)),
    ],
)
def test_a_part_that_says_more_than_its_whole_is_cut_to_it(
    store: Opened, said: Usage | tuple[int | None, ...], taken: tuple[int | None, ...]
) -> None:
    """No mapping lets such counts through today; the sum must hold if one does tomorrow."""
    names = ("input_tokens", "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens")
    names = (*names, "reasoning_tokens")
    counts = said if isinstance(said, tuple) else tuple(getattr(said, name) for name in names)
    project = store.project()
    stamp = store.insert(
        project, [body_of([Told(provider="anthropic", model="claude-sonnet-4-5", usage=Usage(1, None, None, None, 1))])]
    )
    store.settle()
    put = ", ".join(f"{'NULL' if n is None else n} AS {name}" for name, n in zip(names, counts, strict=True))
    store.writer.run(
        f"INSERT INTO understood SELECT * REPLACE ({put}, received + 1 AS received) FROM understood "  # noqa: S608 ours
        "WHERE project = {project:String}",
        {"project": project},
    )
    store.settler._settle(stamp, stamp + 1, START, START, ARRIVES)  # pyright: ignore[reportPrivateUsage]
    (row,) = store.stored("calls", project, f"{', '.join(names)}, toString(cost) AS cost, price")
    assert tuple(row[name] for name in names) == taken
    (expected,) = settled([Told(provider="anthropic", model="claude-sonnet-4-5", usage=Usage(*taken))]).values()
    assert row["cost"] == (None if expected.femto is None else str(expected.femto))
    assert row["price"] == expected.price


def test_a_new_price_book_prices_history_again(store: Opened) -> None:
    project = store.project()
    calls = [Told(trace=n, model="house-model", usage=Usage(1_000, output_tokens=n), at=n * DAY) for n in range(1, 5)]
    store.insert(project, [body_of(calls)])
    store.settle()
    (before,) = store.reader.parts(project, MONTH, None, (), {})
    assert (before.parts.priced, before.parts.unpriced, before.parts.cost_usd) == (0, 4, 0)
    own = Override(
        provider="openai", model="house-model", input_usd_per_mtok=Decimal(2), output_usd_per_mtok=Decimal(8)
    )
    settler = Settler(store.lines.connect(), PriceBook((own,)).rows_for)
    list(settler.reprice(PriceBook((own,)).rows_for, ARRIVES, store.newest_ns))
    (after,) = store.reader.parts(project, MONTH, None, (), {})
    assert (after.parts.priced, after.parts.unpriced) == (4, 0)
    assert after.parts.cost_usd == Decimal("0.00808")
    assert store.reader.parts(project, MONTH, None, (Dimension.TENANT,), {})[0].parts == after.parts
    list(settler.reprice(BOOK.rows_for, ARRIVES, store.newest_ns))
    assert store.reader.parts(project, MONTH, None, (), {}) == [before]


def test_a_call_says_why_it_has_no_price(store: Opened) -> None:
    project = store.project()
    calls = [
        Told(trace=1, model="nobody-sells-it", usage=Usage(5)),
        Told(trace=2, provider="nobody", model="gpt-4o-of-nobody", usage=Usage(5)),
        Told(trace=3),
        Told(trace=4, usage=Usage(None, output_tokens=5)),
        Told(trace=5, usage=Usage(5)),
    ]
    store.insert(project, [body_of(calls)])
    store.settle()
    said = store.stored("calls", project, "lower(hex(trace_id)) AS trace, cost, price")
    assert {int(row["trace"], 16): row["price"] for row in said if row["cost"] is None} == {
        1: UnpricedReason.UNKNOWN_MODEL,
        2: UnpricedReason.UNKNOWN_PROVIDER,
        3: UnpricedReason.USAGE_MISSING,
        4: UnpricedReason.USAGE_MISSING,
        5: UnpricedReason.USAGE_MISSING,
    }


def test_a_price_holds_from_its_first_second(store: Opened) -> None:
    """Dates are half-open: the second of a change has the new price."""
    change = datetime(2026, 3, 10, tzinfo=UTC)
    rows = PriceBook(
        (
            Override(
                provider="openai",
                model="dated",
                input_usd_per_mtok=Decimal(1),
                output_usd_per_mtok=Decimal(0),
                until=change,
            ),
            Override(
                provider="openai",
                model="dated",
                input_usd_per_mtok=Decimal(3),
                output_usd_per_mtok=Decimal(0),
                since=change,
            ),
        )
    )
    project = store.project()
    at = change - START
    calls = [
        Told(trace=1, model="dated", usage=Usage(1_000_000, output_tokens=0), at=at - timedelta(microseconds=1)),
        Told(trace=2, model="dated", usage=Usage(1_000_000, output_tokens=0), at=at),
    ]
    store.insert(project, [body_of(calls)])
    settler = Settler(store.lines.connect(), rows.rows_for)
    settler.settle(store.newest_ns, ARRIVES)
    said = store.stored("calls", project, "lower(hex(trace_id)) AS trace, toString(cost) AS cost")
    assert {int(row["trace"], 16): int(row["cost"] or 0) / 10**15 for row in said} == {1: 1, 2: 3}
