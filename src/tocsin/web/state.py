"""What a page shows, as its address says it: every state is a link, and every link gives the state back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from urllib.parse import urlencode

from tocsin.model.dimension import Dimension
from tocsin.model.problem import BadInput
from tocsin.model.window import Window

RANGES: Mapping[str, timedelta] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
RANGE_DEFAULT = "1h"
PROJECT_DEFAULT = "default"
# Limits on what a link may ask for.
LENGTH_MAX = timedelta(days=400)
LENGTH_MIN = timedelta(minutes=1)
VALUES_MAX = 20
TEXT_MAX = 300
_KNOWN = ("range", "from", "to", "group", "incident", "project", *Dimension)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class BadLink(BadInput):
    """An address that can't be shown; `nearest` is the query of the nearest one that can, without a question mark."""

    def __init__(self, reason: str, nearest: str) -> None:
        super().__init__(reason)
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class State:
    """What is looked at: a window of time, some filters, at most one group-by, at most one incident."""

    window: Window
    # The name of a relative range, which moves with the clock; None when both ends are fixed.
    range: str | None = RANGE_DEFAULT
    project: str = PROJECT_DEFAULT
    # Sorted by dimension, then value, so that equal states have equal links. No dimension without values.
    filters: tuple[tuple[Dimension, tuple[str, ...]], ...] = ()
    group: Dimension | None = None
    incident: str | None = None

    @property
    def live(self) -> bool:
        """Whether the window moves with the clock."""
        return self.range is not None

    def filtered(self) -> dict[Dimension, tuple[str, ...]]:
        """Return the filters as the store wants them."""
        return dict(self.filters)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the query as pairs, defaults left out."""
        found: list[tuple[str, str]] = []
        if self.range is None:
            found += [("from", str(_ms(self.window.since))), ("to", str(_ms(self.window.until)))]
        elif self.range != RANGE_DEFAULT:
            found.append(("range", self.range))
        if self.project != PROJECT_DEFAULT:
            found.append(("project", self.project))
        found += [(dimension.value, value) for dimension, values in self.filters for value in values]
        if self.group is not None:
            found.append(("group", self.group.value))
        if self.incident is not None:
            found.append(("incident", self.incident))
        return found

    def query(self) -> str:
        """Return the query of the link to this state, without a question mark; empty for the default state."""
        return urlencode(self.pairs())

    def link(self, path: str = "/") -> str:
        """Return the link to this state on a page."""
        query = self.query()
        return f"{path}?{query}" if query else path

    def with_range(self, name: str) -> "State":
        """Return the state that follows the clock over a named range."""
        until = self.window.until
        return replace(self, range=name, window=Window(until - RANGES[name], until), incident=None)

    def with_group(self, group: Dimension | None) -> "State":
        """Return the state grouped otherwise."""
        return replace(self, group=group)

    def with_filter(self, dimension: Dimension, values: Sequence[str]) -> "State":
        """Return the state with these values of one dimension; none removes the filter."""
        others = {key: known for key, known in self.filters if key is not dimension}
        return replace(self, filters=_sorted_filters(others | ({dimension: tuple(values)} if values else {})))


def parse(pairs: Iterable[tuple[str, str]], at: datetime) -> State:
    """Read a state from the pairs of a query, in which a dimension may come several times.

    `from` and `to` are milliseconds since the Unix epoch or ISO 8601 times; they win over `range`. Empty values count
    as left out, so that a plain form gives a clean link. Raises BadLink.
    """
    given: dict[str, list[str]] = {}
    for key, value in pairs:
        if value.strip():
            given.setdefault(key, []).append(value.strip())
    _refuse_unknown(given)
    range_name, window = _window(given, at)
    return State(
        window=window,
        range=range_name,
        project=_text(given, "project") or PROJECT_DEFAULT,
        filters=_filters(given),
        group=_group(given),
        incident=_text(given, "incident"),
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _sorted_filters(filters: Mapping[Dimension, Iterable[str]]) -> tuple[tuple[Dimension, tuple[str, ...]], ...]:
    return tuple((dimension, tuple(sorted(set(filters[dimension])))) for dimension in sorted(filters))


def _without(given: Mapping[str, Sequence[str]], *keys: str, add: Sequence[tuple[str, str]] = ()) -> str:
    """Return the query without some keys: the nearest link that can be shown."""
    kept = [(key, value) for key, values in given.items() if key not in keys for value in values]
    return urlencode([*kept, *add])


def _refuse_unknown(given: Mapping[str, Sequence[str]]) -> None:
    for key, values in given.items():
        if key in _KNOWN:
            continue
        near = get_close_matches(key, _KNOWN, n=1)
        hint = f" The nearest is “{near[0]}”." if near else ""
        add = [(near[0], values[0])] if near else []
        raise BadLink(
            f"“{key[:TEXT_MAX]}” is not a filter or setting of this page.{hint}", _without(given, key, add=add)
        )


def _text(given: Mapping[str, Sequence[str]], key: str) -> str | None:
    values = given.get(key, ())
    if not values:
        return None
    if len(values) > 1:
        raise BadLink(f"“{key}” is given {len(values)} times; it can be given once.", _without(given, key))
    if len(values[0]) > TEXT_MAX:
        raise BadLink(f"“{key}” has {len(values[0])} characters; at most {TEXT_MAX} are read.", _without(given, key))
    return values[0]


def _filters(given: Mapping[str, Sequence[str]]) -> tuple[tuple[Dimension, tuple[str, ...]], ...]:
    found: dict[Dimension, Sequence[str]] = {}
    for dimension in Dimension:
        values = given.get(dimension.value, ())
        if len(values) > VALUES_MAX:
            reason = f"“{dimension}” has {len(values)} values; at most {VALUES_MAX} can be asked for at once."
            raise BadLink(reason, _without(given, dimension, add=[(dimension, v) for v in values[:VALUES_MAX]]))
        if any(len(value) > TEXT_MAX for value in values):
            raise BadLink(f"a value of “{dimension}” is longer than {TEXT_MAX} characters.", _without(given, dimension))
        if values:
            found[dimension] = values
    return _sorted_filters(found)


def _group(given: Mapping[str, Sequence[str]]) -> Dimension | None:
    name = _text(given, "group")
    if name is None:
        return None
    try:
        return Dimension(name)
    except ValueError:
        near = get_close_matches(name, list(Dimension), n=1)
        hint = f" The nearest is “{near[0]}”." if near else f" Known: {', '.join(Dimension)}."
        add = [("group", str(near[0]))] if near else []
        raise BadLink(f"nothing can be grouped by “{name}”.{hint}", _without(given, "group", add=add)) from None


def _window(given: Mapping[str, Sequence[str]], at: datetime) -> tuple[str | None, Window]:
    since_text, until_text = _text(given, "from"), _text(given, "to")
    if since_text is None and until_text is None:
        name = _text(given, "range") or RANGE_DEFAULT
        if name not in RANGES:
            near = (get_close_matches(name, list(RANGES), n=1, cutoff=0.4) or [RANGE_DEFAULT])[0]
            reason = f"the range “{name}” is not one of {', '.join(RANGES)}."
            raise BadLink(reason, _without(given, "range", add=[("range", near)]))
        return name, Window(at - RANGES[name], at)
    until = _moment(given, "to", until_text) if until_text else at
    since = _moment(given, "from", since_text) if since_text else until - RANGES[RANGE_DEFAULT]
    return None, _checked(given, since, until, at)


def _moment(given: Mapping[str, Sequence[str]], key: str, text: str) -> datetime:
    try:
        at = datetime.fromtimestamp(int(text) / 1000, UTC) if text.lstrip("-").isdigit() else _from_iso(text)
    except (ValueError, OverflowError, OSError):
        reason = f"“{key}={text}” is not a time; write milliseconds since 1970 or 2026-11-25T04:00Z."
        raise BadLink(reason, _without(given, "from", "to")) from None
    if at < _EARLIEST:
        raise BadLink(f"“{key}={text}” lies before {_EARLIEST:%Y}; is it in seconds?", _without(given, "from", "to"))
    return at


def _from_iso(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    # A time without a zone comes from a browser without JavaScript, on a page that shows UTC.
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _checked(given: Mapping[str, Sequence[str]], since: datetime, until: datetime, at: datetime) -> Window:
    def nearest(a: datetime, b: datetime) -> str:
        return _without(given, "from", "to", add=[("from", str(_ms(a))), ("to", str(_ms(b)))])

    if since > until:
        raise BadLink("the window ends before it starts.", nearest(until, since))
    if until - since > LENGTH_MAX:
        reason = f"the window is {(until - since).days} days long; at most {LENGTH_MAX.days} can be shown."
        raise BadLink(reason, nearest(until - LENGTH_MAX, until))
    if since >= at:
        raise BadLink("the window lies in the future.", nearest(at - max(until - since, LENGTH_MIN), at))
    if until - since < LENGTH_MIN:
        raise BadLink("the window is shorter than a minute.", nearest(since, since + timedelta(minutes=20)))
    return Window(since, until)
