"""Bring a data folder to this version's schema: numbered migrations, then views compiled from the tables."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources

from tocsin.model.problem import Foreign
from tocsin.model.profile import Profile
from tocsin.model.received import Signal
from tocsin.store.engine import Connection
from tocsin.store.otlp import null_table
from tocsin.store.views.logs import logs_view, scores_view
from tocsin.store.views.metrics import metrics_view
from tocsin.store.views.normalise import Normalising
from tocsin.store.views.traces import RAW_TABLE, flat_view, spans_view
from tocsin.store.views.understand import TABLES, chain

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_ledger (name String, content String, applied DateTime('UTC') DEFAULT now())
ENGINE = ReplacingMergeTree(applied) ORDER BY name
"""

# How the names of views end.
_VIEW = "_view"
# Views first: a table with a view on it can't go.
_CHAINED = """
SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {start:String})
ORDER BY engine = 'Null'
"""


# These keep no time of arrival; they are kept by the time that they are about.
_DERIVED = {"calls", "rollup_minute", "rollup_service", "rollup_hour"}
# And these as long as another table.
_KEPT_LIKE = {"rollup_service": "rollup_minute"}


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind of row is kept; dropped by the engine in the background, a week at a time."""

    spans: timedelta = timedelta(days=90)
    metric_points: timedelta = timedelta(days=90)
    log_events: timedelta = timedelta(days=90)
    understood: timedelta = timedelta(days=90)
    # Calls and rollups are small, and a year of them answers "what was usual".
    scores: timedelta = timedelta(days=400)
    calls: timedelta = timedelta(days=400)
    rollup_minute: timedelta = timedelta(days=400)
    rollup_hour: timedelta = timedelta(days=1200)


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of this version's stages that the views are compiled from."""

    profile: Profile
    normalising: Normalising
    retention: Retention = Retention()

    def views(self) -> dict[str, tuple[str, str]]:
        """Return name: (target table, SELECT) of every view."""
        return {
            "spans_flat_view": ("spans_raw", flat_view()),
            "spans_view": ("spans", spans_view(self.profile)),
            "metric_points_view": ("metric_points", metrics_view(self.profile)),
            "log_events_view": ("log_events", logs_view(self.profile)),
            "scores_view": ("scores", scores_view()),
        }


def migrations() -> list[tuple[str, str]]:
    """Return the numbered migrations as (name, text), in order."""
    folder = resources.files("tocsin.store") / "migrations"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return [(name, (folder / name).read_text()) for name in names]


def statements(text: str) -> list[str]:
    """Split a migration at its semicolons; comments hold none."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in code.split(";") if part.strip()]


def bring_up(line: Connection, schema: Schema) -> None:
    """Apply what is missing. Raises Foreign when the folder was written by a newer version."""
    line.run(_LEDGER)
    applied = {str(name): str(content) for name, content in line.ask("SELECT name, content FROM schema_ledger FINAL")}
    known = migrations()
    newer = sorted(name for name in applied if name.endswith(".sql") and name not in {n for n, _ in known})
    if newer:
        raise Foreign("data folder", f"it was written by a newer version (migration {newer[-1]}); update Tocsin")
    for name, text in known:
        if name not in applied:
            for statement in statements(text):
                line.run(statement)
            _note(line, name, _fingerprint(text))
    _passing(line, schema, applied)
    _chain(line, schema, applied)
    _retain(line, schema.retention, applied)


def _passing(line: Connection, schema: Schema, applied: dict[str, str]) -> None:
    """Make the tables that only pass rows on, and the views on them, anew where they changed or are missing."""
    there = {str(name) for (name,) in line.ask("SELECT name FROM system.tables WHERE database = currentDatabase()")}
    views = schema.views()
    tables = {f"otlp_{signal}": null_table(signal) for signal in Signal} | {"spans_raw": RAW_TABLE}
    stale = {name for name, made in tables.items() if name not in there or applied.get(name) != _fingerprint(made)}
    # A view of another version would go on writing; and none can stay on a table that goes.
    gone = {name for name in applied if name.endswith(_VIEW) and name not in views}
    for name in sorted(there & (gone | (views.keys() if stale else set()))):
        line.run(f"DROP TABLE {name}")
        there.discard(name)
    for name in sorted(stale):
        line.run(f"DROP TABLE IF EXISTS {name}")
        line.run(tables[name])
    for name, (target, select) in views.items():
        content = _fingerprint(select)
        if applied.get(name) != content or name not in there:
            line.run(f"DROP TABLE IF EXISTS {name}")
            line.run(f"CREATE MATERIALIZED VIEW {name} TO {target} AS {select}")
            _note(line, name, content)
    # Last, so that a start that breaks off before is done again.
    for name in sorted(stale):
        _note(line, name, _fingerprint(tables[name]))


def _chain(line: Connection, schema: Schema, applied: dict[str, str]) -> None:
    """Make the views that understand spans, anew when their text changed."""
    made = chain(schema.normalising)
    content = _fingerprint("\n".join(made))
    if applied.get(TABLES) == content:
        return
    for (name,) in line.ask(_CHAINED, {"start": TABLES}):
        line.run(f"DROP TABLE {name}")
    for statement in made:
        line.run(statement)
    _note(line, TABLES, content)


def _retain(line: Connection, retention: Retention, applied: dict[str, str]) -> None:
    for table in (*Retention.__dataclass_fields__, *_KEPT_LIKE):
        days = max(1, getattr(retention, _KEPT_LIKE.get(table, table)).days)
        # What was sent is kept so long after it came: history that comes late must not vanish as it is stored.
        came = "minute" if table in _DERIVED else "toDateTime(intDiv(received, 1000000000))"
        until = f"{came} + INTERVAL {days} DAY"
        if applied.get(f"ttl {table}") != until:
            line.run(f"ALTER TABLE {table} MODIFY TTL {until}")
            _note(line, f"ttl {table}", until)


def _note(line: Connection, name: str, content: str) -> None:
    line.run(
        "INSERT INTO schema_ledger (name, content) SELECT {name:String}, {content:String}",
        {"name": name, "content": content},
    )


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
