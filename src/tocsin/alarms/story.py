"""Stories: an alarm test as text. What calls came, what the alarm should have done, and nothing else.

    story    a provider outage fires once and clears once
    alarm    errors_fast
    set      hold = "3m"
    history  8d   ok 50  took 2s  cost 0.01 USD
    calls    00:00  30m  ok 50  failed 0
    calls    00:30  20m  ok 5   failed 45
    expect   00:31  pending
    expect   00:34  firing
    expect   00:34  message firing
    expect   nothing else

One group, judged once a minute, from 00:00 to the end of the last `calls` line, or to `until`. Counts are per minute;
`every 10m` after the length puts them into one minute of ten. `took` is the median duration (spread like real calls,
the 95th of a hundred at 2.3 times it), `ttft` the same to the first token, `cost` what one call costs,
`tokens` how many one call sends, `cached` how many of these a cache had, `error` the
class of those that failed. Of those that did not, `empty`, `cut`, `refused` and `swapped` say how many had no token,
ended at the length limit, were refused, or came from another model. A time is HH:MM or 1d02:30; `history` is what was
before 00:00. Minutes without a `calls` line have no calls. After `#` stands a comment. `set` belongs to the alarm above
it; values as in the config. An alarm of one's own is named with its kind, as in `alarm slow threshold`. What alarms ask
beside calls is told by lines of their own, as in `run 00:10 9m name 7f3a tools 16 same 7`: see `story_lines.py`.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from math import exp
from statistics import NormalDist

from tocsin import settings
from tocsin.alarms.evidence import MINUTE
from tocsin.alarms.kind import Alarm
from tocsin.alarms.pack import DEFAULT, pack
from tocsin.alarms.replay import Tick, ticks
from tocsin.alarms.series import NO_PARTS, Series
from tocsin.alarms.story_lines import GROUP, LINES, START, Stretch, Teller, all_of
from tocsin.model.alarm import Phase
from tocsin.model.dimension import ErrorType
from tocsin.model.measure import Measure
from tocsin.model.notice import NoticeState
from tocsin.model.parts import ZERO_USD, Parts
from tocsin.model.problem import BadInput, BadSetting
from tocsin.model.signs import Sign, Signs, of_error
from tocsin.model.sketch import Sketch
from tocsin.model.window import Window

MINUTES_MAX = 60 * 24 * 120
CALLS_MAX = 100_000
# Spread of durations: sigma of their logarithm.
SIGMA = 0.5

_TIME = re.compile(r"(?:(\d+)d)?(\d\d):(\d\d)")
_SIGNS = {"empty": Sign.EMPTY, "cut": Sign.CUT_SHORT, "refused": Sign.REFUSED, "swapped": Sign.SWAPPED}
_FIELDS = ("ok", "failed", "took", "ttft", "cost", "tokens", "cached", "error", *_SIGNS, "every")


@dataclass(frozen=True, slots=True)
class Calls:
    """A stretch of minutes that are all alike; offsets from 00:00, half-open."""

    since: timedelta
    until: timedelta
    parts: Parts
    every: timedelta


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that should happen: an alarm's phase, or a message; `alarm` is empty for a message."""

    line: int
    at: timedelta
    alarm: str
    what: str

    def __str__(self) -> str:
        return f"{time_text(self.at)} {self.what}" + (f" {self.alarm}" if self.alarm else "")


@dataclass(frozen=True, slots=True)
class Story:
    """What a story file says."""

    title: str
    alarms: tuple[Alarm, ...]
    calls: tuple[Calls, ...]
    facts: tuple[Teller, ...]
    expected: tuple[Expected, ...]
    nothing_else: bool
    until: timedelta


@dataclass(frozen=True, slots=True)
class Told:
    """How a story went: what happened, line by line, and what did not go as the story says. No faults: it is true."""

    title: str
    happened: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def transcript(self) -> str:
        """The whole as text: the title, what happened, and what was wrong."""
        end = [f"fault   {fault}" for fault in self.faults] or ["ok      as the story says"]
        return "\n".join([f"story   {self.title}", *(f"saw     {line}" for line in self.happened), *end])


def tell(story: Story, measures: Mapping[str, Measure]) -> Told:
    """Run a story and compare. Only what is of the kind it expects somewhere is held against it: phases, messages."""
    seen: list[tuple[timedelta, str, str]] = []
    messages = any(one.what.startswith("message") for one in story.expected)
    window = Window(START, START + story.until)
    for tick in ticks(story.alarms, {GROUP: _series(story)}, measures, window, facts=all_of(story.facts)):
        seen += _seen(tick, messages=messages)
    left = list(seen)
    faults: list[str] = []
    for one in story.expected:
        key = (one.at, one.alarm, one.what)
        if key in left:
            left.remove(key)
        else:
            faults.append(_missing(one, left))
    if story.nothing_else:
        faults += [
            f"{time_text(at)} {what} {alarm}: it happened and the story has no line for it; add one or change the calls"
            for at, alarm, what in left
        ]
    return Told(
        story.title, tuple(f"{time_text(at)} {what} {alarm}".strip() for at, alarm, what in seen), tuple(faults)
    )


def _seen(tick: Tick, *, messages: bool) -> list[tuple[timedelta, str, str]]:
    at = tick.at - START
    moves = [(at, moved.alarm, str(moved.now)) for moved in tick.transitions]
    return moves + ([(at, "", f"message {told.state}") for told in tick.told] if messages else [])


def _missing(one: Expected, left: Sequence[tuple[timedelta, str, str]]) -> str:
    same = [time_text(at) for at, alarm, what in left if (alarm, what) == (one.alarm, one.what)]
    found = f"it was at {same[0]}" if same else "it never was"
    return f"line {one.line}: expected {one}, but {found}; change the line, the calls or the settings"


def _series(story: Story) -> Series:
    first = min((one.since for one in story.calls), default=timedelta(0))
    minutes: dict[int, list[Parts]] = {}
    for one in story.calls:
        for n in range((one.until - one.since) // one.every):
            minutes.setdefault((one.since + n * one.every - first) // MINUTE, []).append(one.parts)
    series = Series(START + first)
    for n in range((story.until - first) // MINUTE):
        found = minutes.get(n)
        series.append(Parts.merged(found) if found else NO_PARTS)
    return series


def read(text: str, name: str = "story") -> Story:
    """Read a story. Raises BadInput that names the line, what was found and what to do."""
    reader = _Reader(name)
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#")[0].split()
        if words:
            reader.line(number, words[0], words[1:])
    return reader.story()


@dataclass(slots=True)
class _Reader:
    name: str
    title: str = ""
    tables: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    calls: list[Calls] = field(default_factory=list[Calls])
    facts: list[Teller] = field(default_factory=list[Teller])
    expected: list[Expected] = field(default_factory=list[Expected])
    nothing_else: bool = False
    until: timedelta | None = None
    number: int = 0

    def line(self, number: int, word: str, rest: list[str]) -> None:
        self.number = number
        readers: dict[str, Callable[[list[str]], None]] = {
            "story": self._title,
            "alarm": self._alarm,
            "set": self._set,
            "history": self._history,
            "calls": self._calls,
            "until": self._until,
            "expect": self._expect,
        }
        if word not in readers and word not in LINES:
            raise self._fault(f'"{word}" is no line of a story; {settings.nearest(word, [*readers, *LINES])}')
        if not rest:
            raise self._fault(f'"{word}" says nothing; write what it is after it')
        if word in LINES:
            self._tell(word, rest)
        else:
            readers[word](rest)

    def story(self) -> Story:
        if not self.tables:
            raise BadInput(f"{self.name}: no alarm line; name one, as in: alarm errors_fast")
        try:
            alarms = tuple(alarm for alarm in pack(self.tables) if alarm.name in self.tables)
        except BadSetting as wrong:
            raise BadInput(f"{self.name}: {wrong}") from wrong
        last = max((one.until for one in self.calls), default=timedelta(0))
        until = last if self.until is None else self.until
        if len(self.tables) > 1 and any(not one.alarm and " " not in one.what for one in self.expected):
            raise BadInput(f"{self.name}: with more than one alarm, each expect line ends with the alarm's name")
        only = next(iter(self.tables))
        expected = tuple(
            one if one.alarm or " " in one.what else Expected(one.line, one.at, only, one.what) for one in self.expected
        )
        self._sensible(expected, until)
        calls, facts = tuple(self.calls), tuple(self.facts)
        return Story(self.title or self.name, alarms, calls, facts, expected, self.nothing_else, until)

    def _sensible(self, expected: Sequence[Expected], until: timedelta) -> None:
        """Refuse what could only ever be true or untrue, whatever the alarms do."""
        if not expected and not self.nothing_else:
            raise BadInput(
                f"{self.name}: no expect line, so it is true whatever happens; "
                "write what should happen, or: expect nothing else"
            )
        for one in expected:
            self.number = one.line
            if one.alarm and one.alarm not in self.tables:
                raise self._fault(
                    f'"{one.alarm}" is no alarm of this story; {settings.nearest(one.alarm, self.tables)}'
                )
            if one.at > until:
                raise self._fault(
                    f"{time_text(one.at)} lies after the end of the story at {time_text(until)}; "
                    "add calls, or a line as in: until 01:00"
                )

    def _title(self, rest: list[str]) -> None:
        self.title = " ".join(rest)

    def _alarm(self, rest: list[str]) -> None:
        names = [alarm.name for alarm in DEFAULT]
        own = len(rest) == 2 and rest[0] not in names
        if not own and (len(rest) != 1 or rest[0] not in names):
            raise self._fault(f'"{" ".join(rest)}" is no alarm of the default pack; {settings.nearest(rest[0], names)}')
        if rest[0] in self.tables:
            raise self._fault(f"{rest[0]} is named twice; put its set lines below the first")
        self.tables[rest[0]] = {"kind": rest[1]} if own else {}

    def _set(self, rest: list[str]) -> None:
        if not self.tables:
            raise self._fault("set comes after the alarm it changes; move it below an alarm line")
        try:
            given = tomllib.loads(" ".join(rest))
        except tomllib.TOMLDecodeError as wrong:
            raise self._fault(f'"{" ".join(rest)}" can\'t be read; write it as in: set hold = "3m"') from wrong
        self.tables[list(self.tables)[-1]].update(given)

    def _history(self, rest: list[str]) -> None:
        length = self._length(rest[0])
        self._add(-length, length, rest[1:])

    def _calls(self, rest: list[str]) -> None:
        if len(rest) < 3:
            raise self._fault(
                "calls needs a start, a length and counts; write it as in: calls 00:00 30m ok 50 failed 2"
            )
        self._add(self._time(rest[0]), self._length(rest[1]), rest[2:])

    def _until(self, rest: list[str]) -> None:
        self.until = self._time(rest[0])

    def _expect(self, rest: list[str]) -> None:
        if rest == ["nothing", "else"]:
            self.nothing_else = True
            return
        at, what, more = self._time(rest[0]), rest[1:2], rest[2:]
        phases = [str(phase) for phase in Phase]
        if what == ["message"]:
            states = [str(state) for state in NoticeState]
            if len(more) != 1 or more[0] not in states:
                raise self._fault(
                    f"a message is one of: {', '.join(states)}; write it as in: expect 00:35 message firing"
                )
            self.expected.append(Expected(self.number, at, "", f"message {more[0]}"))
            return
        if not what or what[0] not in phases:
            found = what[0] if what else "nothing"
            raise self._fault(f'"{found}" is no phase; {settings.nearest(found, [*phases, "message"])}')
        self.expected.append(Expected(self.number, at, more[0] if more else "", what[0]))

    def _tell(self, word: str, rest: list[str]) -> None:
        line = LINES[word]
        if len(rest) < 4:
            raise self._fault(f"{word} needs a start, a length and what is so; write it as in: {line.example}")
        since = self._time(rest[0])
        stretch = Stretch(START + since, START + since + self._length(rest[1]))
        try:
            self.facts.append(line.tell(stretch, self._fields(rest[2:], line.fields, line.example)))
        except ValueError as wrong:
            raise self._fault(f"{wrong}; write it as in: {line.example}") from wrong

    def _add(self, since: timedelta, length: timedelta, words: list[str]) -> None:
        said = self._fields(words, _FIELDS, "ok 50 failed 2 took 2s cost 0.01 USD")
        every = self._length(said.get("every", "1m"))
        ok, failed = self._count(said.get("ok", "0")), self._count(said.get("failed", "0"))
        took = self._length(said.get("took", "1s"))
        ttft = None if "ttft" not in said else self._length(said["ttft"])
        cost = None if "cost" not in said else self._money(said["cost"])
        tokens, cached = self._count(said.get("tokens", "0")), self._count(said.get("cached", "0"))
        if cached > tokens:
            raise self._fault("more tokens are cached than there are; raise tokens, or lower cached")
        parts = replace(
            _minute(ok, failed, took, ttft, cost),
            signs=self._signs(said, ok, failed),
            input_tokens=tokens * ok,
            cached_tokens=cached * ok,
        )
        if since % MINUTE or length % MINUTE or every % MINUTE or not every or length / MINUTE > MINUTES_MAX:
            raise self._fault("starts and lengths are whole minutes, of 120 days at most; write them as in 00:30 20m")
        self.calls.append(Calls(since, since + length, parts, every))

    def _signs(self, said: Mapping[str, str], ok: int, failed: int) -> Signs:
        error = said.get("error", ErrorType.SERVER_ERROR)
        if error not in set(ErrorType):
            raise self._fault(f'"{error}" is no class of errors; {settings.nearest(error, list(ErrorType))}')
        shown = {sign: self._count(said[word]) for word, sign in _SIGNS.items() if word in said}
        if any(n > ok for n in shown.values()):
            raise self._fault("more calls show something than are ok; raise ok, or lower the other count")
        return Signs.of({**shown, of_error(ErrorType(error)): failed})

    def _fields(self, words: list[str], names: Sequence[str], example: str) -> dict[str, str]:
        said: dict[str, str] = {}
        name = ""
        for word in words:
            if word in names:
                name = word
                said[name] = ""
            elif name and (not said[name] or word == "USD"):
                said[name] = f"{said[name]} {word}".strip()
            else:
                raise self._fault(f'"{word}" is not known here; {settings.nearest(word, names)}')
        empty = [name for name, value in said.items() if not value]
        if empty:
            raise self._fault(f"{empty[0]} has no value; write it as in: {example}")
        return said

    def _time(self, word: str) -> timedelta:
        match = _TIME.fullmatch(word)
        if match is None:
            raise self._fault(f'"{word}" is not a time; write it as in 00:30 or 1d02:30')
        return timedelta(days=int(match[1] or 0), hours=int(match[2]), minutes=int(match[3]))

    def _length(self, word: str) -> timedelta:
        try:
            return settings.duration(word)
        except ValueError as wrong:
            raise self._fault(f'"{word}" {wrong}') from wrong

    def _money(self, words: str) -> Decimal:
        try:
            return settings.money(words)
        except ValueError as wrong:
            raise self._fault(f'"{words}" {wrong}') from wrong

    def _count(self, word: str) -> int:
        if not word.isdigit() or int(word) > CALLS_MAX:
            raise self._fault(f'"{word}" is not a count of calls a minute; write a whole number up to {CALLS_MAX}')
        return int(word)

    def _fault(self, what: str) -> BadInput:
        return BadInput(f"{self.name} line {self.number}: {what}")


def time_text(at: timedelta) -> str:
    """Write an offset from the story's start as its files do."""
    minutes = at // MINUTE
    days, minutes = divmod(minutes, 24 * 60)
    return (f"{days}d" if days else "") + f"{minutes // 60:02}:{minutes % 60:02}"


@lru_cache(maxsize=4096)
def _minute(ok: int, failed: int, took: timedelta, ttft: timedelta | None, cost: Decimal | None) -> Parts:
    calls = ok + failed
    if calls == 0:
        return NO_PARTS
    return Parts(
        calls=calls,
        failed=failed,
        errors=failed,
        calls_with_usage=ok,
        priced=0 if cost is None else ok,
        cost_usd=ZERO_USD if cost is None else cost * ok,
        duration=_spread(ok, took),
        ttft=Sketch() if ttft is None else _spread(ok, ttft),
    )


def _spread(n: int, middle: timedelta) -> Sketch:
    """Spread durations as real ones are: many near the middle, some far above."""
    middle_ms = middle / timedelta(milliseconds=1)
    normal = NormalDist()
    return Sketch.of(middle_ms * exp(SIGMA * normal.inv_cdf((i + 0.5) / n)) for i in range(n))
