"""The statements of the store: one file a question, one file a step."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources

from tocsin.model.dimension import Dimension

# The only expressions that may stand where a statement says @group@, @where@ or @order@.
COLUMN: dict[Dimension, str] = {
    dimension: f"{dimension.value}::String"
    if dimension is not Dimension.STREAMING
    else "multiIf(isNull(streaming), '', streaming, 'true', 'false')"
    for dimension in Dimension
}

_SKETCH = "::Tuple(Array(UInt16), Array(UInt64)) AS"
_BUCKET = "if({0} <= 1e6, 0, toUInt16(ceil(log(least({0} / 1e6, 86400000.)) / log(1.04) - 1e-9)))"
# What may stand where a statement says @sketches@: those of rollups, those of calls by the buckets of model/sketch.py,
# or none, which costs nothing.
ROLLED_SKETCHES = ", ".join(f"sumMap({of}.buckets, {of}.counts){_SKETCH} {of}" for of in ("duration", "ttft"))
CALLED_SKETCHES = ", ".join(
    f"sumMapIf([{_BUCKET.format(nanos)}], [toUInt64(1)], {counts}){_SKETCH} {name}"
    for name, nanos, counts in (
        ("duration", "c.duration_ns", "NOT c.is_error"),
        ("ttft", "ifNull(c.ttft_ns, 0)", "c.ttft_ns IS NOT NULL"),
    )
)
NO_SKETCHES = ", ".join(f"([], []){_SKETCH} {name}" for name in ("duration", "ttft"))


@cache
def question(name: str) -> str:
    """Return the text of `questions/NAME.sql`."""
    return (resources.files("tocsin.store") / "questions" / f"{name}.sql").read_text()


@cache
def step(name: str) -> str:
    """Return the text of `steps/NAME.sql`."""
    return (resources.files("tocsin.store") / "steps" / f"{name}.sql").read_text()


def grouped(dimensions: Sequence[Dimension]) -> str:
    """Return what stands for @group@."""
    return ", ".join(COLUMN[dimension] for dimension in dimensions)


def narrowed(dimensions: Sequence[Dimension]) -> str:
    """Return what stands for @where@; the values go in as parameters named `f_DIMENSION`."""
    return " ".join(f"AND {COLUMN[dimension]} IN {{f_{dimension}:Array(String)}}" for dimension in dimensions)


def second(at: datetime) -> str:
    """Write an aware moment as a DateTime parameter, in UTC, without its fraction."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def micro(at: datetime) -> str:
    """Write an aware moment as a DateTime64(6) parameter, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def epoch(at: datetime) -> int:
    """Return whole seconds since the epoch."""
    return int(at.timestamp())


def of_epoch(seconds: int) -> datetime:
    """Return the moment of whole seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC)


def of_micros(micros: int) -> datetime:
    """Return the moment of microseconds since the epoch, exactly."""
    whole, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(whole, UTC).replace(microsecond=rest)
