"""A data folder is brought to this version's tables and views, once, whatever happened to it before."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.store.opened import FOREVER, START, Kept, Opened, opened, schema
from tests.store.told import Told, body_of

from tocsin.model.problem import Foreign
from tocsin.model.usage import Usage
from tocsin.model.window import Window
from tocsin.store.engine import Connection
from tocsin.store.schema import Retention, bring_up, migrations, statements

DAY = Window(START, START + timedelta(days=1))
USED = Usage(1_000, output_tokens=10)


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Return a store of its own, which a test may spoil."""
    with opened(Kept(tmp_path_factory.mktemp("telemetry"))) as found:
        yield found


def tables(line: Connection) -> dict[str, str]:
    """Return how each table and view was made, with the time when it was."""
    asked = (
        "SELECT name, concat(create_table_query, toString(metadata_modification_time)) FROM system.tables "
        "WHERE database = currentDatabase()"
    )
    return {str(name): str(made) for name, made in line.ask(asked)}


def works(store: Opened) -> bool:
    """Say whether a call that comes in is counted."""
    project = store.project()
    store.insert(project, [body_of([Told(usage=USED)])])
    store.settle()
    return [row.parts.calls for row in store.reader.parts(project, DAY, None, (), {})] == [1]


def test_bringing_up_twice_changes_nothing(fresh: Opened) -> None:
    before = tables(fresh.writer)
    bring_up(fresh.writer, schema())
    assert tables(fresh.writer) == before
    assert works(fresh)


def test_a_folder_of_a_newer_version_is_refused_with_what_to_do(fresh: Opened) -> None:
    fresh.writer.run("INSERT INTO schema_ledger (name, content) VALUES ('0999_of_tomorrow.sql', 'x')")
    before = tables(fresh.writer)
    with pytest.raises(Foreign, match=r"data folder.*newer version.*0999_of_tomorrow.*update Tocsin"):
        bring_up(fresh.writer, schema())
    assert tables(fresh.writer) == before, "nothing was touched"


@pytest.mark.parametrize("name", [name for name, _ in migrations()])
def test_a_migration_that_broke_off_is_applied_again(fresh: Opened, name: str) -> None:
    """The process may die after any statement, before the migration is noted."""
    fresh.writer.run(f"ALTER TABLE schema_ledger DELETE WHERE name = '{name}' SETTINGS mutations_sync = 1")
    bring_up(fresh.writer, schema())
    assert works(fresh)


def test_every_statement_of_a_migration_may_be_run_twice() -> None:
    for name, text in migrations():
        for statement in statements(text):
            # To set what is set already changes nothing; nor does a row that replaces itself.
            again = ("IF NOT EXISTS", "IF EXISTS", "MODIFY", "INSERT INTO rollup_service")
            assert any(words in statement for words in again), f"{name}: {statement[:60]}"


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [name[:4] for name, _ in migrations()] == [f"{n:04}" for n in range(1, len(migrations()) + 1)]


def test_a_view_whose_text_changed_is_made_anew_and_no_other(fresh: Opened) -> None:
    before = tables(fresh.writer)
    now = schema()
    other = replace(now.profile, secret_value="[gone]")
    bring_up(fresh.writer, replace(now, profile=other))
    after = tables(fresh.writer)
    changed = {name for name in before if not name.startswith(".") and before[name] != after[name]}
    assert changed == {"spans_view", "metric_points_view", "log_events_view"}
    project = fresh.project()
    fresh.insert(project, [body_of([Told(more={"password": "hunter2"})])])
    (row,) = fresh.stored("spans", project, "attributes")
    assert row["attributes"]["password"] == "[gone]"


def test_a_view_that_is_missing_is_made_again(fresh: Opened) -> None:
    """As when the process died between dropping it and making it."""
    for name in schema().views():
        fresh.writer.run(f"DROP TABLE {name}")
    bring_up(fresh.writer, schema())
    assert works(fresh)


def test_a_table_that_only_passes_rows_on_is_made_anew_when_its_shape_changed(fresh: Opened) -> None:
    """It holds nothing, so it can go; a view over the old shape would lack a column."""
    for view in ("spans_view", "spans_flat_view"):
        fresh.writer.run(f"DROP TABLE {view}")
    fresh.writer.run("DROP TABLE spans_raw")
    fresh.writer.run("CREATE TABLE spans_raw (project String, of_yesterday UInt8) ENGINE = Null")
    fresh.writer.run("INSERT INTO schema_ledger (name, content) VALUES ('spans_raw', 'of yesterday')")
    bring_up(fresh.writer, schema())
    assert works(fresh)


def test_a_view_that_this_version_does_not_have_is_taken_away(fresh: Opened) -> None:
    """Left alone it would go on writing."""
    fresh.writer.run("CREATE MATERIALIZED VIEW spans_old_view TO spans AS SELECT project, received FROM spans_raw")
    fresh.writer.run("INSERT INTO schema_ledger (name, content) VALUES ('spans_old_view', 'x')")
    bring_up(fresh.writer, schema())
    assert "spans_old_view" not in tables(fresh.writer)


def test_retention_is_applied_and_a_change_of_it_too(fresh: Opened) -> None:
    def kept() -> dict[str, str]:
        made = tables(fresh.writer)
        return {table: "".join(re.findall(r"TTL .*toIntervalDay\((\d+)\)", made[table])) for table in keeping}

    keeping = list(Retention.__dataclass_fields__)
    assert kept() == {name: str(getattr(FOREVER, name).days) for name in keeping}
    shorter = replace(FOREVER, spans=timedelta(days=9_000), calls=timedelta(hours=3))
    bring_up(fresh.writer, replace(schema(), retention=shorter))
    assert kept() == {**dict.fromkeys(keeping, "15000"), "spans": "9000", "calls": "1"}


def test_what_is_older_than_its_retention_is_dropped(fresh: Opened) -> None:
    project = fresh.project()
    fresh.insert(project, [body_of([Told(usage=USED)])])
    fresh.settle()
    bring_up(fresh.writer, replace(schema(), retention=replace(FOREVER, spans=timedelta(days=1))))
    fresh.writer.run("OPTIMIZE TABLE spans FINAL")
    assert fresh.stored("spans", project) == []
    assert len(fresh.stored("calls", project)) == 1
