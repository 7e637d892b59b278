from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from tocsin.model.alarm import Group, Phase, Standing
from tocsin.model.notice import Delivered
from tocsin.model.problem import Foreign
from tocsin.model.window import Window
from tocsin.store.control import Control
from tocsin.store.control.migrate import migrate
from tocsin.store.control.tables import METADATA
from tocsin.testing.examples import GROUP, a_judgement, a_notice, a_transition, an_incident
from tocsin.testing.manual_clock import START

MINUTE = timedelta(minutes=1)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path)
    yield opened
    opened.close()


def test_the_migrated_tables_are_the_declared_ones(tmp_path: Path) -> None:
    """One truth, one comparison: a column that is declared and not migrated breaks the first installation, not ours."""
    Control(tmp_path).close()
    with create_engine(f"sqlite:///{tmp_path / 'control.db'}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_folder_with_any_name_can_be_opened(tmp_path: Path) -> None:
    folder = tmp_path / "50%40 of? it's #1"
    folder.mkdir()
    Control(folder).close()
    assert (folder / "control.db").is_file()


def test_a_file_that_is_no_control_state_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "control.db").write_bytes(b"these are not the tables you are looking for" * 100)
    with pytest.raises(Foreign, match=r"control\.db can't be used: file is not a database"):
        Control(tmp_path)


def test_a_file_of_a_newer_program_is_refused_and_left_as_it_is(tmp_path: Path, control: Control) -> None:
    with control.transaction() as tx:
        tx.ticked = START
    engine = create_engine(f"sqlite:///{tmp_path / 'control.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Foreign, match="newer Tocsin"):
        Control(tmp_path)
    assert control.ticked == START


def test_the_installation_keeps_its_name_and_no_two_share_one(tmp_path: Path) -> None:
    first = Control(tmp_path)
    name = first.install_id
    first.close()
    (tmp_path / "other").mkdir()
    other = Control(tmp_path / "other")
    assert Control(tmp_path).install_id == name
    assert other.install_id != name


def test_a_standing_is_the_last_row_of_the_log(control: Control) -> None:
    other = Group("default", "staging", "checkout-bot")
    firing = a_transition(was=Phase.PENDING, now=Phase.FIRING, at=START + MINUTE, late=True)
    with control.transaction() as tx:
        tx.append([a_transition(), a_transition(group=other)])
        tx.append([firing])
        assert tx.standings()["errors-fast", GROUP] == (Standing(Phase.FIRING, START + MINUTE), firing)
    assert control.standings() == {
        ("errors-fast", GROUP): (Standing(Phase.FIRING, START + MINUTE), firing),
        ("errors-fast", other): (Standing(Phase.PENDING, START), a_transition(group=other)),
    }


def test_standings_survive_a_restart(tmp_path: Path, control: Control) -> None:
    """Pending progress lost on restart is the oldest bug of alarm servers."""
    with control.transaction() as tx:
        tx.append([a_transition()])
        tx.ticked = START
    control.close()
    again = Control(tmp_path)
    assert again.standings() == {("errors-fast", GROUP): (Standing(Phase.PENDING, START), a_transition())}
    assert again.ticked == START


def test_a_log_with_a_hole_is_refused(control: Control) -> None:
    with pytest.raises(AssertionError, match="is quiet, so it can't leave pending"), control.transaction() as tx:
        tx.append([a_transition(was=Phase.PENDING, now=Phase.FIRING)])
    assert control.transitions() == []


def test_a_transaction_that_fails_leaves_nothing_behind(control: Control) -> None:
    def tick() -> None:
        with control.transaction() as tx:
            tx.append([a_transition()])
            tx.save_incident(an_incident())
            tx.put_in_outbox([a_notice()], ["oncall"])
            tx.ticked = START
            raise RuntimeError("the judge broke")

    with pytest.raises(RuntimeError):
        tick()
    assert control.ticked is None
    assert control.standings() == {}
    assert control.incidents() == []
    assert control.waiting() == []


def test_two_writers_wait_for_each_other(control: Control) -> None:
    """The loops write from threads of their own; a lock that is busy is no error."""

    def count(name: str) -> None:
        for n in range(20):
            with control.transaction() as tx:
                seen: int = tx.notes("a", GROUP).get("n", 0)
                tx.set_notes("n", {("a", GROUP): seen + 1})
                tx.set_notes(name, {("a", GROUP): n})

    writers = [Thread(target=count, args=(name,)) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with control.transaction() as tx:
        assert tx.notes("a", GROUP) == {"n": 40, "one": 19, "two": 19}


def test_a_page_reads_while_a_tick_writes(control: Control) -> None:
    with control.transaction() as tx:
        tx.save_incident(an_incident())
        assert control.incidents() == []
    assert control.incidents() == [an_incident()]


def test_an_incident_is_saved_whole_and_found_by_time(control: Control) -> None:
    closed = an_incident(id="old", opened=START - 60 * MINUTE, started=START - 61 * MINUTE, closed=START - 30 * MINUTE)
    with control.transaction() as tx:
        tx.save_incident(closed)
        tx.save_incident(an_incident(why=""))
        tx.save_incident(an_incident())
        assert tx.recent_incidents(START - 30 * MINUTE) == [closed, an_incident()]
        assert tx.recent_incidents(START - 29 * MINUTE) == [an_incident()]
    assert control.incident("old") == closed
    assert control.incident("none") is None
    assert control.incidents(limit=1) == [an_incident()]
    assert control.incidents(Window(START - 90 * MINUTE, START - 40 * MINUTE)) == [closed]
    assert control.incidents(Window(START - 20 * MINUTE, START - 10 * MINUTE)) == []


def test_the_log_can_be_narrowed(control: Control) -> None:
    other = Group("default", "staging", "checkout-bot")
    with control.transaction() as tx:
        tx.append([a_transition(), a_transition(alarm="no-data", at=START + MINUTE), a_transition(group=other)])
    assert len(control.transitions()) == 3
    assert [t.alarm for t in control.transitions(alarm="no-data")] == ["no-data"]
    assert control.transitions(group=other) == [a_transition(group=other)]
    assert [t.alarm for t in control.transitions(window=Window(START + MINUTE, START + 2 * MINUTE))] == ["no-data"]
    assert len(control.transitions(limit=2)) == 2


def test_only_the_newest_judgement_of_an_instance_is_kept(control: Control) -> None:
    key = ("errors-fast", GROUP)
    for minute in range(3):
        with control.transaction() as tx:
            tx.save_judgements({key: a_judgement(bad=minute)}, START + minute * MINUTE)
            tx.save_judgements({}, START)
    kept = control.last_judgements()
    assert list(kept) == [key]
    assert kept[key].at == START + 2 * MINUTE
    assert kept[key].judgement == a_judgement(bad=2)


def test_notes_of_instances_do_not_mix(control: Control) -> None:
    other = Group("default", "", "checkout-bot")
    with control.transaction() as tx:
        tx.set_notes("seen", {("a", GROUP): {"at": [1, 2, None]}})
        tx.set_notes("seen", {("a", other): "elsewhere"})
        tx.set_notes("gone", {("a", GROUP): 1})
        tx.set_notes("gone", {("a", GROUP): None})
        assert tx.notes("a", GROUP) == {"seen": {"at": [1, 2, None]}}
        assert tx.notes("b", GROUP) == {}
        assert tx.all_notes() == {("a", GROUP): {"seen": {"at": [1, 2, None]}}, ("a", other): {"seen": "elsewhere"}}


def test_the_inbox_shows_a_notice_once(control: Control) -> None:
    for minute in range(2):
        control.put_in_inbox(a_notice(), {"text": f"try {minute}"}, START + minute * MINUTE)
    control.put_in_inbox(a_notice(sequence=1), {"text": "next"}, START)
    rows = control.inbox()
    assert [(row.notice.key, row.payload["text"]) for row in rows] == [("inc-1:1", "next"), ("inc-1:0", "try 0")]


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path, control: Control) -> None:
    def allow(pages: int) -> None:
        with control._engine.connect() as connection:  # pyright: ignore[reportPrivateUsage] - there is no small disk here
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def tick() -> None:
        with control.transaction() as tx:
            tx.append([a_transition()])
            tx.save_incident(an_incident(why="x" * 1_000_000))

    allow(1)
    with pytest.raises(Foreign, match=rf"{tmp_path}.* can't be used: database or disk is full"):
        tick()
    assert control.standings() == {}
    allow(100_000)
    tick()
    assert len(control.standings()) == 1


def test_what_is_long_over_can_be_forgotten(control: Control) -> None:
    old = START - timedelta(days=90)
    quiet = a_transition(was=Phase.PENDING, now=Phase.QUIET, at=old + MINUTE)
    with control.transaction() as tx:
        tx.append([a_transition(at=old), quiet])
        for name, closed in (("over", old), ("waits", old), ("open", None)):
            tx.save_incident(an_incident(id=name, opened=old, closed=closed))
            tx.put_in_outbox([a_notice(incident=name, at=old)], ["oncall"])
    due = control.take("oncall", old)
    assert due is not None
    control.record(due, Delivered(), old)
    for name in ("over", "waits"):
        control.put_in_inbox(a_notice(incident=name), {}, old)
    with control.transaction() as tx:
        tx.forget(START - timedelta(days=30))
    assert due.notice.incident == "over"
    assert {incident.id for incident in control.incidents()} == {"waits", "open"}
    assert [row.notice.incident for row in control.inbox()] == ["waits"]
    assert control.deliveries("over") == []
    assert [w.notices for w in control.waiting()] == [2]
    assert control.transitions() == [quiet]


def test_instances_about_two_subjects_of_one_service_stand_apart(control: Control) -> None:
    runs = [GROUP.named(f"run {n}") for n in range(2)]
    with control.transaction() as tx:
        tx.append([a_transition(group=runs[0])])
        tx.save_judgements(dict.fromkeys([("errors-fast", run) for run in runs], a_judgement()), START)
    with control.transaction() as tx:
        assert {group for _, group in tx.standings()} == {runs[0]}
    assert {group for _, group in control.last_judgements()} == set(runs)
    assert control.transitions(group=GROUP) == []
    assert len(control.transitions(group=runs[0])) == 1


def test_subjects_that_have_long_been_at_rest_are_forgotten(control: Control) -> None:
    run, service = GROUP.named("run 1"), GROUP
    with control.transaction() as tx:
        for group in (run, service):
            tx.append([a_transition(group=group), a_transition(group=group, was=Phase.PENDING, now=Phase.QUIET)])
        tx.save_judgements({("errors-fast", run): a_judgement(), ("errors-fast", service): a_judgement()}, START)
    with control.transaction() as tx:
        tx.forget(START + timedelta(days=90))
    assert {group for _, group in control.last_judgements()} == {service}
    with control.transaction() as tx:
        assert {group for _, group in tx.standings()} == {service}


def test_rows_from_before_there_were_subjects_are_kept_by_the_upgrade(tmp_path: Path) -> None:
    file = tmp_path / "control.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        migrate(connection, "0003")
        connection.exec_driver_sql("INSERT INTO instances VALUES (7, 'errors_fast', 'p', 'e', 's')")
        connection.exec_driver_sql("INSERT INTO notes VALUES (7, 'course', '{\"waited_us\": 5}')")
    engine.dispose()
    control = Control(file)
    try:
        with control.transaction() as tx:
            assert tx.notes("errors_fast", Group("p", "e", "s")) == {"course": {"waited_us": 5}}
            tx.set_notes("course", {("errors_fast", Group("p", "e", "s", "run 1")): 1})
    finally:
        control.close()
