"""Healthy traffic as it really is: seeded minutes of a service in which nothing is wrong.

- Calls come by day and week: at night a third, at weekends half of a workday's noon; arrivals are Poisson.
- Durations are lognormal, sigma 0.8, around a level that wanders by a tenth over days and half of that over hours.
- One call in 200 fails, of several classes; rate limits come in small bursts, as providers' windows do.
- Costs are heavy-tailed (lognormal, sigma 1.2), tokens follow them; a third of the prompt is cached, more at times.
- One answer in 50 is cut short, one in 500 refused, one in 2,000 empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import cos, exp, pi
from random import Random

from tocsin.alarms.series import Series
from tocsin.model.alarm import Group
from tocsin.model.dimension import ErrorType
from tocsin.model.parts import Parts
from tocsin.model.signs import Sign, Signs, of_error
from tocsin.model.sketch import Sketch

# A Monday.
START = datetime(2026, 3, 2, tzinfo=UTC)
GROUP = Group("default", "production", "app")
MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60
FAILING = 0.005
CUT_SHORT, REFUSED, EMPTY = 0.02, 0.002, 0.0005
CLASSES = (ErrorType.RATE_LIMIT, ErrorType.TIMEOUT, ErrorType.OVERLOADED, ErrorType.INVALID_REQUEST)
WEIGHTS = (0.4, 0.25, 0.2, 0.15)
USD_A_CALL = 0.01
MANY_CALLS = 200
TOKENS_IN, TOKENS_OUT = 500, 100


@dataclass(frozen=True, slots=True)
class Level:
    """What wanders: factors on the median duration and on the cached share."""

    slower: float
    cached: float


def series(random: Random, calls_per_h: float, days: int) -> Series:
    """Make so many days of minutes, whose mean over a week is `calls_per_h`."""
    made = Series(START)
    levels = wandering(random)
    for n in range(days * DAY_MINUTES):
        made.append(minute(random, calls_per_h / 60 * profile(n), next(levels)))
    return made


def profile(n: int) -> float:
    """Return the factor of traffic in the n-th minute after a Monday's midnight; its mean over a week is 1."""
    day, of_day = divmod(n, DAY_MINUTES)
    by_day = 1 - 0.5 * cos(2 * pi * (of_day / DAY_MINUTES - 0.125))
    return by_day * (0.6 if day % 7 >= 5 else 1.16)


def wandering(random: Random) -> Iterator[Level]:
    """Yield a level for each minute: two mean-reverting walks, one over days and one over hours."""
    slow = quick = cached = 0.0
    while True:
        slow += -slow / 4_000 + random.gauss(0, 0.10 * (2 / 4_000) ** 0.5)
        quick += -quick / 180 + random.gauss(0, 0.05 * (2 / 180) ** 0.5)
        cached += -cached / 600 + random.gauss(0, 0.15 * (2 / 600) ** 0.5)
        yield Level(exp(slow + quick), min(1.5, max(0.5, 1 + cached)))


def minute(random: Random, calls: float, level: Level) -> Parts:
    """Draw the calls of one minute; `calls` is how many are to be expected."""
    n = arrivals(random, calls)
    if not n:
        return Parts()
    burst = 10.0 if random.random() < 0.01 else 1.0
    failed = sum(random.random() < FAILING * burst for _ in range(n))
    well = n - failed
    sizes = [random.lognormvariate(0, 0.8) for _ in range(well)]
    took = [2_000 * level.slower * size for size in sizes]
    micro_usd = sum(round(USD_A_CALL * 1e6 * random.lognormvariate(0, 1.2)) for _ in range(well))
    prompt = round(TOKENS_IN * well * random.lognormvariate(0, 0.3))
    return Parts(
        calls=n,
        failed=failed,
        errors=failed,
        input_tokens=prompt,
        cached_tokens=round(prompt * 0.33 * level.cached),
        output_tokens=round(TOKENS_OUT * sum(sizes)),
        calls_with_usage=well,
        priced=well,
        cost_usd=Decimal(micro_usd).scaleb(-6),
        duration=Sketch.of(took),
        ttft=Sketch.of(ms / 5 for ms in took),
        signs=signs(random, well, failed),
    )


def arrivals(random: Random, calls: float) -> int:
    """Draw how many calls come in a minute: Poisson, by its gaps; of very many, its normal likeness."""
    if calls > MANY_CALLS:
        return max(0, round(random.gauss(calls, calls**0.5)))
    n, at = 0, random.expovariate(1) if calls else 1.0
    while at < calls:
        n += 1
        at += random.expovariate(1)
    return n


def signs(random: Random, well: int, failed: int) -> Signs:
    """Draw what the calls show."""
    counts: dict[str, int] = {}
    for share, sign in ((CUT_SHORT, Sign.CUT_SHORT), (REFUSED, Sign.REFUSED), (EMPTY, Sign.EMPTY)):
        counts[sign] = sum(random.random() < share for _ in range(well))
    for error in random.choices(CLASSES, WEIGHTS, k=failed):
        name = of_error(error)
        counts[name] = counts.get(name, 0) + 1
    return Signs.of(counts)
