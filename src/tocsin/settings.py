"""Reads a stage's `Settings` from a TOML table: values with units, secrets from the environment, every fault at once.

A stage declares a frozen dataclass; its field names are the keys. The type decides how a value is written:

    timedelta       "5m", "1h30m", "500ms"
    Decimal         "20 USD"
    int             4319; where the name holds `bytes`: "16 MiB"
    datetime        2026-01-31 (midnight UTC) or 2026-01-31T09:30:00+02:00, without quotes
    Secret          { env = "SLACK_TOKEN" }, never the secret itself
    StrEnum         one of its values
    tuple[X, ...]   a list
    Mapping[str, X] a table
    X | None        may be left out

A `__post_init__` that raises ValueError says what else must hold; its text becomes a fault.
"""

import dataclasses
import difflib
import ipaddress
import json
import re
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from tocsin.model.problem import SettingFault
from tocsin.model.secret import Secret

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


class EnvSecret(Secret):
    """A secret that remembers the variable it came from, which is no secret: `config show` names it."""

    __slots__ = ("env",)

    def __init__(self, text: str, env: str) -> None:
        super().__init__(text)
        self.env = env


DURATION_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
DURATION_WORDS = {
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("ms", "millis", "milliseconds"), "ms"),
}
SIZE_BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
SHOWN_LETTERS_MAX = 40

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")
_NUMBER_AND_WORD = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")
_MONEY = re.compile(r"(\d+(?:\.\d+)?) USD")
_ANY_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)")
_SIZE = re.compile(r"(\d+) (B|KiB|MiB|GiB|TiB)")
# Keys whose number is in seconds, as their names say.
_IN_SECONDS = re.compile(r"_s(?:_|$)")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def duration(value: object) -> timedelta:
    """Read "5m", "1h30m" or "500ms"; raises ValueError that says how to write what was probably meant."""
    text = value if isinstance(value, str) else str(value)
    match = _DURATION.fullmatch(text) if isinstance(value, str) and text else None
    if match is None:
        raise ValueError(f"is not a duration; {_duration_hint(text)}")
    amounts = [int(amount or 0) for amount in match.groups()]
    return timedelta(milliseconds=sum(n * ms for n, ms in zip(amounts, DURATION_MS.values(), strict=True)))


def _duration_hint(text: str) -> str:
    match = _NUMBER_AND_WORD.fullmatch(text)
    if match and match[2].lower() in DURATION_WORDS:
        written = timedelta(milliseconds=float(match[1]) * DURATION_MS[DURATION_WORDS[match[2].lower()]])
        return f'write it as "{duration_text(written)}"'
    if match and not match[2]:
        return f'give it a unit, as in "{match[1]}s", "{match[1]}m" or "{match[1]}h"'
    return 'write it as in "30s", "5m", "2h" or "14d"'


def duration_text(value: timedelta) -> str:
    """Write a duration so that `duration` reads the same value: "1h30m"; "0s" for none."""
    left = round(value / timedelta(milliseconds=1))
    text = ""
    for unit, ms in DURATION_MS.items():
        n, left = divmod(left, ms)
        text += f"{n}{unit}" if n else ""
    return text or "0s"


def money(value: object) -> Decimal:
    """Read "20 USD" exactly; raises ValueError that says how to write it."""
    match = _MONEY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        number = _ANY_AMOUNT.search(str(value))
        raise ValueError(f'is not an amount of money; write it as "{number[1] if number else 20} USD"')
    return Decimal(match[1])


def money_text(value: Decimal) -> str:
    """Write an amount so that `money` reads the same value."""
    return f"{value:f} USD"


def size(value: object) -> int:
    """Read "16 MiB" as bytes; raises ValueError that says how to write it."""
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"is not a size; {_size_hint(str(value))}")
    return int(match[1]) * SIZE_BYTES[match[2]]


def _size_hint(text: str) -> str:
    match = _NUMBER_AND_WORD.fullmatch(text)
    if match and not match[2] and "." not in match[1]:
        return f'write it as "{size_text(int(match[1]))}"'
    letter = match[2][:1].upper() if match else ""
    if match and letter in {"B", "K", "M", "G", "T"} and "." not in match[1]:
        return f'write it as "{match[1]} {"B" if letter == "B" else letter + "iB"}"'
    return 'write it as in "64 KiB" or "16 MiB"'


def size_text(value: int) -> str:
    """Write bytes so that `size` reads the same value, in the largest unit that divides them."""
    unit = max((u for u, n in SIZE_BYTES.items() if value and value % n == 0), key=SIZE_BYTES.__getitem__, default="B")
    return f"{value // SIZE_BYTES[unit]} {unit}"


def is_loopback(host: str) -> bool:
    """Say whether an address is reached from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def nearest(word: str, known: Iterable[str]) -> str:
    """Return how to go on after "is not known": the nearest known name, or all of them when none is near."""
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"known here: {', '.join(names)}" if names else "nothing can be set here"


def unknown_keys(table: Mapping[str, object], known: Iterable[str], where: str) -> list[SettingFault]:
    """Return one fault for each key of `table` that isn't known, with the nearest one that is."""
    names = list(known)
    return [
        SettingFault(where, f"{key} is not a known key; {nearest(key, names)}") for key in table if key not in names
    ]


def read(kind: type[T], table: object, *, where: str, env: Mapping[str, str], faults: list[SettingFault]) -> T | None:
    """Read one `Settings` from a TOML table; `where` names the table, as in "[ingest]".

    Every fault is added to `faults`; None when there was one. Secrets are taken from `env` and never quoted.
    """
    if not isinstance(table, Mapping):
        faults.append(SettingFault(where, f"must be a table; found {shown(table)}"))
        return None
    given = cast("Mapping[str, object]", table)
    before = len(faults)
    fields = {f.name: f for f in dataclasses.fields(kind) if f.init}
    faults += unknown_keys(given, fields, where)
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            try:
                values[name] = _value(hints[name], given[name], name, _Place(where, name, env, faults))
            except ValueError as wrong:
                faults.append(SettingFault(where, str(wrong)))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            faults.append(SettingFault(where, f"{name} is missing and has no default"))
    if len(faults) > before:
        return None
    try:
        return kind(**values)
    except ValueError as wrong:
        faults.append(SettingFault(where, str(wrong)))
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    where: str
    key: str
    env: Mapping[str, str]
    faults: list[SettingFault]


def _value(hint: Any, given: object, key: str, place: _Place) -> object:  # noqa: ANN401 - a type of any shape
    """Turn one TOML value into what the field's type says; raises ValueError with the whole sentence."""
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        inner = [arg for arg in get_args(hint) if arg is not types.NoneType]
        assert len(inner) == 1, f"{key}: a setting is of one type, or of one type and None"
        return _value(inner[0], given, key, place)
    if origin is tuple:
        if not isinstance(given, list):
            raise ValueError(f'{key} = {shown(given)} is not a list; write it as ["a", "b"]')
        return tuple(_value(get_args(hint)[0], item, key, place) for item in cast("list[object]", given))
    if origin in {Mapping, dict}:
        if not isinstance(given, Mapping):
            raise ValueError(f"{key} = {shown(given)} is not a table")
        named = cast("Mapping[str, object]", given)
        return {name: _value(get_args(hint)[1], item, f"{key}.{name}", place) for name, item in named.items()}
    if hint is Secret:
        return _secret(given, key, place.env)
    if dataclasses.is_dataclass(hint):
        inside = f"{place.where.rstrip(']')}.{key}]"
        return read(cast("type[Any]", hint), given, where=inside, env=place.env, faults=place.faults)
    return _plain(hint, given, key)


def _plain(hint: type[object], given: object, key: str) -> object:
    if issubclass(hint, StrEnum):
        values = [str(member) for member in hint]
        if given not in values:
            raise ValueError(f"{key} = {shown(given)} is not known; {nearest(str(given), values)}")
        return hint(cast("str", given))
    convert = _CONVERT_BYTES if hint is int and "bytes" in key else _CONVERT[hint]
    if hint in {int, float} and _IN_SECONDS.search(key) and isinstance(given, str):
        convert = _seconds if hint is float else _whole_seconds
    try:
        return convert(given)
    except ValueError as wrong:
        raise ValueError(f"{key} = {shown(given)} {wrong}") from None


def _secret(given: object, key: str, env: Mapping[str, str]) -> Secret:
    table: Mapping[str, object] = cast("Mapping[str, object]", given) if isinstance(given, Mapping) else {}
    name = table.get("env")
    if not isinstance(name, str) or len(table) != 1:
        example = re.sub(r"[^A-Z0-9]+", "_", key.upper())
        raise ValueError(
            f"{key} is a secret and can't stand in the file (its value is not shown here); put it in the environment"
            f' and write {key} = {{ env = "{example}" }}'
        )
    if not env.get(name):
        raise ValueError(f'{key} = {{ env = "{name}" }} names a variable that is not set; set {name} before the start')
    return EnvSecret(env[name], name)


def _whole(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    digits = str(given).strip()
    raise ValueError(f"is not a whole number; write it as {digits}" if digits.isdigit() else "is not a whole number")


def _real(given: object) -> float:
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return float(given)
    raise ValueError("is not a number; write it without quotes, as in 0.25")


def _seconds(given: object) -> float:
    """Read a text where a key in seconds takes a number: "30s" as everywhere, and "30 s" as people write."""
    text = str(given)
    match = _NUMBER_AND_WORD.fullmatch(text)
    if match and match[2].lower() in DURATION_WORDS:
        return float(match[1]) * DURATION_MS[DURATION_WORDS[match[2].lower()]] / DURATION_MS["s"]
    try:
        return duration(text).total_seconds()
    except ValueError:
        raise ValueError('is not a length of time; write it as in "30s" or "10m", or as a number of seconds') from None


def _whole_seconds(given: object) -> int:
    seconds = _seconds(given)
    if seconds != int(seconds):
        raise ValueError("is not whole seconds")
    return int(seconds)


def _truth(given: object) -> bool:
    if isinstance(given, bool):
        return given
    raise ValueError("is neither true nor false; write one of these, without quotes")


def _text(given: object) -> str:
    if isinstance(given, str):
        return given
    raise ValueError("is not text; put it in quotes")


def _moment(given: object) -> datetime:
    if isinstance(given, datetime) and given.tzinfo is not None:
        return given.astimezone(UTC)
    if isinstance(given, date) and not isinstance(given, datetime):
        return datetime(given.year, given.month, given.day, tzinfo=UTC)
    raise ValueError("is not a moment; write it without quotes, as in 2026-01-31 (UTC) or 2026-01-31T09:30:00+02:00")


_CONVERT_BYTES: Callable[[object], object] = size
_CONVERT: dict[Any, Callable[[object], object]] = {
    timedelta: duration,
    Decimal: money,
    int: _whole,
    float: _real,
    bool: _truth,
    str: _text,
    datetime: _moment,
    Path: lambda given: Path(_text(given)),
}


def shown(value: object) -> str:
    """Return a value as the file would hold it, cut to a length that fits a line."""
    text = toml(value)
    return text if len(text) <= SHOWN_LETTERS_MAX else text[: SHOWN_LETTERS_MAX - 1] + "…"


def toml(value: object, key: str = "") -> str:
    """Write one value as TOML that `read` takes back; a secret as the name of its variable only."""
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(toml(item) for item in cast("Iterable[object]", value)) + "]"
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value).items()
        return "{ " + ", ".join(f"{toml_key(k)} = {toml(v, k)}" for k, v in pairs) + " }" if pairs else "{}"
    if isinstance(value, int) and not isinstance(value, bool) and "bytes" in key:
        return f'"{size_text(value)}"'
    return next((write(value) for kind, write in _WRITE if isinstance(value, kind)), json.dumps(str(value)))


# In this order: a bool is also an int.
_WRITE: tuple[tuple[type[object], Callable[[Any], str]], ...] = (
    (bool, lambda value: str(value).lower()),
    (int, str),
    (float, repr),
    (timedelta, lambda value: f'"{duration_text(value)}"'),
    (Decimal, lambda value: f'"{money_text(value)}"'),
    (EnvSecret, lambda value: f'{{ env = "{value.env}" }}'),
    (Secret, lambda _: '{ env = "***" }'),
    (date, lambda value: value.isoformat()),
    (str, lambda value: json.dumps(value, ensure_ascii=False)),
)


def toml_key(key: str) -> str:
    """Write a key, in quotes where TOML asks for them."""
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def written(settings: "DataclassInstance") -> list[str]:
    """Write one `Settings` as lines of TOML, defaults filled in; what is None stands as a comment."""
    lines: list[str] = []
    for field in dataclasses.fields(settings):
        value: object = getattr(settings, field.name)
        line = f"{field.name} = " + ("" if value is None else toml(value, field.name))
        lines.append(f"# {line}not set".rstrip() if value is None else line)
    return lines
