"""Show what Tocsin understands of OTLP payload files."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from tocsin import clock
from tocsin.config import FILE_NAME, Config, load
from tocsin.ingest.envelope import envelope
from tocsin.ingest.files import Payload, inside, read
from tocsin.model.call import Call
from tocsin.model.inspection import AttributeCount, ScopeCount, Score
from tocsin.model.listing import Order
from tocsin.model.mapping import Operation
from tocsin.model.price import Unpriced
from tocsin.model.problem import BadInput
from tocsin.model.window import Window
from tocsin.normalise.conventions import conventions
from tocsin.price.book import PriceBook
from tocsin.redact.profile import DEFAULT
from tocsin.store.inspection import attributes_not_read, scopes_not_understood, scores_sent
from tocsin.store.schema import Retention, Schema
from tocsin.store.telemetry import Telemetry, open_telemetry
from tocsin.store.views.normalise import compile_normalising
from tocsin.web.shapes import call as call_shape
from tocsin.web.shapes import exact
from tocsin.web.site import dump

PROJECT = "inspected"
# How a program ends when some of what it was given can't be read.
ASKED_WRONGLY = 2
# Columns of a line for people, and how much of a long list they are told; --json has all of it.
COLUMNS_MAX = 110
LISTED_MAX = 5
# Calls that are listed.
CALLS_MAX = 100_000
# Payloads may be years old; the store that looks at them must not find them due.
_FOREVER = Retention(**{field.name: timedelta(days=15_000) for field in fields(Retention)})
_COUNTS = ("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")


@dataclass(frozen=True, slots=True)
class Inspected:
    """All that was found."""

    files: Sequence[Payload]
    # Files of a folder that are no payloads, and files that were asked for and can't be read: which, and why.
    skipped: Sequence[str]
    unreadable: Sequence[str]
    calls: Sequence[Call]
    # Spans that are calls, and why they do not count.
    repeated: Sequence[Call]
    scores: Sequence[Score]
    scopes: Sequence[ScopeCount]
    attributes: Sequence[AttributeCount]


def register(app: typer.Typer) -> None:
    """Add `tocsin inspect`."""
    app.command("inspect")(inspect)


def inspect(
    files: Annotated[list[Path], typer.Argument(help="OTLP files, protobuf or JSON, or folders of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(help=f"The configuration; without it, {FILE_NAME} of this folder, or the defaults."),
    ] = None,
) -> None:
    """Show what Tocsin understands of OTLP payload files: every call, scores, totals, and what it does not understand.

    The files go through the same views and the same settling as at the server, in a store that is thrown away.
    Secrets are taken out, and each call is counted once. Code 2: some file can't be read; the others are shown.
    """
    loaded = load(config, os.environ, {})
    given = _read_all(files)
    with tempfile.TemporaryDirectory(prefix="tocsin-inspect-") as folder:
        found = _inspected(Path(folder), loaded, given)
    if as_json:
        print(dump(_shape(found)).decode())
    elif found.files:
        print("\n".join(_lines(found, PriceBook(loaded.prices))))
    for reason in found.unreadable:
        typer.echo(f"tocsin: {reason}", err=True)
    if found.unreadable:
        raise typer.Exit(ASKED_WRONGLY)


@dataclass(frozen=True, slots=True)
class _Given:
    """What the files hold."""

    payloads: list[Payload] = field(default_factory=list[Payload])
    skipped: list[str] = field(default_factory=list[str])
    unreadable: list[str] = field(default_factory=list[str])


def _read_all(paths: Sequence[Path]) -> _Given:
    given = _Given()
    for path in paths:
        if path.is_dir():
            held, others = inside(path)
            if not held:
                given.unreadable.append(f"{path}: no OTLP file in this folder ({len(others)} looked at)")
            given.payloads.extend(held)
            given.skipped.extend(others)
        elif not path.exists():
            given.unreadable.append(f"{path}: there is no such file")
        else:
            try:
                given.payloads.append(read(path))
            except BadInput as wrong:
                given.unreadable.append(wrong.reason)
    return given


def _inspected(folder: Path, config: Config, given: _Given) -> Inspected:
    known = conventions()
    schema = Schema(DEFAULT, compile_normalising(known, config.attributes), _FOREVER)
    telemetry = open_telemetry(folder, schema, PriceBook(config.prices).rows_for)
    try:
        at_ns = _received_ns(given.payloads)
        stored, refused = _store(telemetry, given.payloads, at_ns)
        at = datetime.fromtimestamp(at_ns // 10**9 + 1, UTC)
        telemetry.settler.settle(at_ns, at)
        ever = Window(datetime(1970, 1, 1, tzinfo=UTC), at + timedelta(days=1))
        listed = telemetry.reader.example_calls(PROJECT, ever, {}, Order.RECENT, CALLS_MAX, uncounted=True)[::-1]
        return Inspected(
            files=stored,
            skipped=given.skipped,
            unreadable=[*given.unreadable, *refused],
            calls=[call for call in listed if not call.not_counted],
            repeated=[call for call in listed if call.not_counted],
            scores=scores_sent(telemetry.reader, PROJECT),
            scopes=scopes_not_understood(telemetry.reader, PROJECT),
            attributes=attributes_not_read(telemetry.reader, PROJECT, known, config.attributes),
        )
    finally:
        telemetry.close()


def _received_ns(payloads: Sequence[Payload]) -> int:
    """Return when the files would have arrived: just after the newest of what they hold, so that no clock looks odd."""
    newest_ns = max((payload.newest_ns for payload in payloads), default=0)
    latest_ns = clock.now_ns() + int(timedelta(days=365) / timedelta(seconds=1)) * 10**9
    return newest_ns if 0 < newest_ns < latest_ns else clock.now_ns()


def _store(telemetry: Telemetry, payloads: Sequence[Payload], at_ns: int) -> tuple[list[Payload], list[str]]:
    """Store what can be stored; return that, and why the rest can't."""
    stored: list[Payload] = []
    refused: list[str] = []
    for payload in payloads:
        try:
            telemetry.writer.insert(payload.signal, [envelope(payload.body, PROJECT, at_ns)])
            stored.append(payload)
        except BadInput as error:
            refused.append(f"{payload.path}: {error.reason}")
    return stored, refused


def _operation(call: Call) -> str:
    """Return `chat` for every kind of generation, else `embeddings`."""
    return str(Operation.EMBEDDINGS if call.operation == Operation.EMBEDDINGS else Operation.CHAT)


def _totals(calls: Sequence[Call]) -> dict[str, object]:
    priced = [call.cost_usd for call in calls if call.cost_usd is not None]
    return {
        "calls": sum(_operation(call) == Operation.CHAT for call in calls),
        "embedding_calls": sum(_operation(call) == Operation.EMBEDDINGS for call in calls),
        "errors": sum(call.is_error for call in calls),
        **{name: sum(getattr(call, name) or 0 for call in calls) for name in _COUNTS},
        "cost_usd": exact(sum(priced[1:], start=priced[0])) if priced else None,
        "unpriced_calls": len(calls) - len(priced),
    }


def _call_shape(call: Call) -> dict[str, object]:
    """Return a call with the API's keys; what is not known is null here, as it is for numbers."""
    shape = {**call_shape(call), "operation": _operation(call), "name": call.name}
    return {key: None if value == "" and key != "not_counted" else value for key, value in shape.items()}


def _shape(found: Inspected) -> Mapping[str, object]:
    return {
        "calls": [_call_shape(call) for call in found.calls],
        "scores": [asdict(score) for score in found.scores],
        "totals": _totals(found.calls),
        "not_counted": [{"name": c.name, "span_id": c.span_id, "why": c.not_counted} for c in found.repeated],
        "not_understood": {
            "scopes": [asdict(scope) for scope in found.scopes],
            "attributes": [asdict(attribute) for attribute in found.attributes],
        },
        "files": [
            {
                "path": str(payload.path),
                "signal": payload.signal,
                "items": payload.items,
                "rejected": payload.rejected,
                "reason": payload.reason,
            }
            for payload in found.files
        ],
        "skipped": found.skipped,
        "unreadable": found.unreadable,
    }


def _lines(found: Inspected, book: PriceBook) -> list[str]:
    lines: list[str] = []
    for number, call in enumerate(found.calls, 1):
        lines += _call_lines(number, call, book)
    for score in found.scores:
        told = {name: value for name, value in asdict(score).items() if value not in (None, "")}
        lines.append("score   " + "  ".join(f"{name} {value}" for name, value in told.items()))
    totals = [f"{name} {_text(value)}" for name, value in _totals(found.calls).items()]
    lines += ["", *_filled("totals  ", totals)]
    if found.repeated:
        lines.append(f"{len(found.repeated)} more spans tell of these calls and were not counted again")
    lines += [f"not understood: {scope.spans} spans of scope {scope.scope or '(none)'}" for scope in found.scopes]
    for mapping in dict.fromkeys(attribute.mapping for attribute in found.attributes):
        names = [f"{a.attribute} ({a.calls})" for a in found.attributes if a.mapping == mapping]
        lines.append(f"not read by {mapping}: {', '.join(names[:LISTED_MAX])}{_more(names)}")
    lines += [f"{p.path}: left out {p.rejected}: {p.reason}" for p in found.files if p.rejected]
    lines += [f"skipped {reason}" for reason in found.skipped[:LISTED_MAX]]
    return [*lines, *([f"skipped{_more(found.skipped)}"] if len(found.skipped) > LISTED_MAX else [])]


def _more(items: Sequence[str]) -> str:
    return f" and {len(items) - LISTED_MAX} more (--json tells all)" if len(items) > LISTED_MAX else ""


def _call_lines(number: int, call: Call, book: PriceBook) -> list[str]:
    shape = _call_shape(call) | {"price": _price(call, book)}
    shown = list(shape)[: list(shape).index("mapping") + 1]
    # A reported zero is told: it is not the same as nothing reported.
    told = [
        f"{name} {_text(shape[name])}" for name in shown if shape[name] not in (None, ()) and not _dull(shape, name)
    ]
    return [f"call {number}  {call.name}", *_filled("    ", told)]


def _dull(shape: Mapping[str, object], name: str) -> bool:
    return name == "is_error" and not shape[name]


def _price(call: Call, book: PriceBook) -> str:
    """Name the price a call was given by where it comes from and since when it holds; or say why it has none."""
    if call.cost_usd is None:
        return call.price
    pairs = (book.rows_for(call.provider, model) for model in (call.response_model, call.request_model))
    rows = (row for found in pairs if not isinstance(found, Unpriced) for row in found)
    row = next((row for row in rows if row.id == call.price), None)
    if row is None:
        return call.price
    since = f", since {row.valid_from:%Y-%m-%d}" if row.valid_from else ""
    tier = f", from {row.tier_from:,} input tokens on" if row.tier_from else ""
    return f"{row.source}{since}{tier}"


def _filled(start: str, pieces: Sequence[str]) -> list[str]:
    """Set pieces in lines, none of them broken; further lines stand under the first."""
    lines = [start]
    for piece in pieces:
        if len(lines[-1]) > len(start) and len(lines[-1]) + len(piece) + 2 > COLUMNS_MAX:
            lines.append(" " * len(start))
        lines[-1] += piece if len(lines[-1]) == len(start) else f"  {piece}"
    return lines


def _text(value: object) -> str:
    return value if isinstance(value, str) else dump(value).decode()
