"""Control state: alarms' log, incidents, outbox, inbox, in one SQLite file that survives a kill at any moment."""

import json
import secrets
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, and_, create_engine, event, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError

from tocsin.model.act import Act
from tocsin.model.alarm import Group, Standing, Transition
from tocsin.model.deploy import Deploy
from tocsin.model.drill import Drilled
from tocsin.model.hush import Silence
from tocsin.model.incident import Incident
from tocsin.model.notice import GaveUp, Notice, Outcome
from tocsin.model.problem import Foreign
from tocsin.model.window import Window
from tocsin.store.control import drills, hand_over, health, outbox, people, transaction
from tocsin.store.control.codec import dump, incident_from, notice_from, notice_text
from tocsin.store.control.migrate import migrate
from tocsin.store.control.rows import BrokenChannel, Delivery, Due, InboxRow, Instance, Judged, Waiting
from tocsin.store.control.tables import FACTS, INBOX, INCIDENTS, INSTANCES, TRANSITIONS
from tocsin.store.control.times import from_us, to_us
from tocsin.store.control.transaction import Transaction

FILE_NAME = "control.db"
# How long one writer waits for another before it fails.
BUSY_TIMEOUT_MS = 15_000
# Rows that a page may ask for at once.
ROWS_MAX = 1_000

_WRITES = "tocsin_writes"


def everything(_channel: str, _notice: Notice, _at: datetime) -> bool:
    """Tell every channel of every incident."""
    return True


class Control:
    """Opens (and where needed makes or upgrades) the control state of one data folder.

    `path` is the file, or a folder that holds or shall hold `control.db`. `routed` says who is told of what; left out,
    everybody is told of everything. `asides` are the channels that can add to a message. Safe to use from several
    threads. Raises Foreign when the file can't be opened, is no control state, or was written by a newer Tocsin. Every
    method raises Foreign when the file can't be read or written, as on a full disk; then nothing of what it was to do
    is done.
    """

    def __init__(self, path: Path, routed: outbox.Routed = everything, asides: Collection[str] = ()) -> None:
        self._routing = outbox.Routing(routed, frozenset(asides))
        self._file = path / FILE_NAME if path.is_dir() else path
        self._engine = _engine(self._file)
        try:
            _upgrade(self._file)
            with self._writing() as connection:
                _give_install_id(connection)
        except Foreign:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Let the file go; what was committed is on the disk already."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Generator[Transaction, None, None]:
        """Hold the write lock for a block: everything in it is committed at its end, or nothing when it raises."""
        with self._writing() as connection:
            yield Transaction(connection, self._routing)

    # What delivery needs.

    def take(self, channel: str, at: datetime, apart: timedelta = timedelta(0)) -> Due | None:
        """Hand out the notice that a channel should be given at `at`; None when there is nothing to send now.

        `apart` is the least time between two messages of one incident.
        """
        with self._reading() as connection:
            if not outbox.anything_due(connection, channel, at):
                return None
        with self._writing() as connection:
            return outbox.take(connection, channel, at, apart)

    def record(self, due: Due, outcome: Outcome, at: datetime, backup: str = "") -> Delivery:
        """Write down how a try went; a page that was given up goes to the channel `backup`, where there is one."""
        with self._writing() as connection:
            delivery = outbox.record(connection, due, outcome, at)
            if backup and isinstance(outcome, GaveUp):
                for notice in hand_over.given_up(connection, due, backup):
                    outbox.queue(connection, notice, [backup], at)
            return delivery

    def hand_over(self, channel: str, backup: str, at: datetime) -> None:
        """Queue for `backup` the pages that a channel did not take within two minutes."""
        self._queue(lambda connection: hand_over.late(connection, channel, backup, at), backup, at)

    def catch_up(self, channel: str, at: datetime) -> None:
        """Queue for a channel the incidents that are going on and that it was not told of, but would be at `at`."""
        self._queue(lambda connection: hand_over.missed(connection, channel, at, self._routing.routed), channel, at)

    def _queue(self, find: Callable[[Connection], Sequence[Notice]], channel: str, at: datetime) -> None:
        """Queue what `find` finds, and nothing that a tick has made out of date in between.

        It is asked twice: mostly there is nothing, and that is found out without the write lock; what is written rests
        on what is read under it.
        """
        with self._reading() as connection:
            if not find(connection):
                return
        with self._writing() as connection:
            for notice in find(connection):
                outbox.queue(connection, notice, [channel], at)

    def keep_channels(self, channels: Collection[str], at: datetime) -> None:
        """Give up what waits for any other channel, on the record; for the start, after a channel was taken out."""
        with self._writing() as connection:
            outbox.keep_channels(connection, channels, at)
            health.keep_names(connection, channels)

    def keep_drilled(self, drilled: Drilled) -> None:
        """Write down how the last drill went."""
        with self._writing() as connection:
            drills.keep(connection, drilled)

    def put_in_inbox(self, notice: Notice, payload: Mapping[str, Any], at: datetime) -> None:
        """Show a notice in the built-in inbox; the same notice a second time changes nothing."""
        row = insert(INBOX).values(
            notice_key=notice.key,
            incident=notice.incident,
            at_us=to_us(at),
            notice=notice_text(notice),
            payload=dump(payload),
        )
        with self._writing() as connection:
            connection.execute(row.on_conflict_do_nothing())

    # What pages read.

    @property
    def install_id(self) -> str:
        """The random name of this installation, made once: what goes outside carries it, so two never mix."""
        with self._reading() as connection:
            return outbox.install_id(connection)

    @property
    def ticked(self) -> datetime | None:
        """The last tick that was committed; None before the first."""
        with self._reading() as connection:
            return transaction.ticked(connection)

    def standings(self) -> dict[Instance, tuple[Standing, Transition]]:
        """Return where each instance stands; one that never moved is not in it."""
        with self._reading() as connection:
            return transaction.standings(connection)

    def last_judgements(self) -> dict[Instance, Judged]:
        """Return the newest judgement of each alarm instance."""
        with self._reading() as connection:
            return transaction.last_judgements(connection)

    def incidents(self, window: Window | None = None, limit: int = 100) -> list[Incident]:
        """Return incidents, newest first; with a window, those that were going on at any moment of it."""
        c = INCIDENTS.c
        question = select(c.document).order_by(c.opened_us.desc(), c.id.desc()).limit(min(limit, ROWS_MAX))
        if window is not None:
            not_over = or_(c.closed_us.is_(None), c.closed_us >= to_us(window.since))
            question = question.where(and_(c.started_us < to_us(window.until), not_over))
        with self._reading() as connection:
            return [incident_from(row[0]) for row in connection.execute(question)]

    def incident(self, incident_id: str) -> Incident | None:
        """Return one incident; None when there is none of that id."""
        with self._reading() as connection:
            found = connection.execute(select(INCIDENTS.c.document).where(INCIDENTS.c.id == incident_id)).scalar()
        return None if found is None else incident_from(found)

    def transitions(
        self,
        *,
        alarm: str | None = None,
        group: Group | None = None,
        window: Window | None = None,
        limit: int = 200,
    ) -> list[Transition]:
        """Return the log, newest first; each argument that is given narrows it. The window is half-open."""
        t, i = TRANSITIONS.c, INSTANCES.c
        question = transaction.transition_columns().order_by(t.id.desc()).limit(min(limit, ROWS_MAX))
        if alarm is not None:
            question = question.where(i.alarm == alarm)
        if group is not None:
            question = question.where(
                i.project == group.project,
                i.environment == group.environment,
                i.service == group.service,
                i.subject == group.subject,
            )
        if window is not None:
            question = question.where(t.at_us >= to_us(window.since), t.at_us < to_us(window.until))
        with self._reading() as connection:
            return [transaction.transition_of(row) for row in connection.execute(question)]

    def deliveries(self, incident_id: str) -> list[Delivery]:
        """Return everything that was tried for one incident, oldest first."""
        with self._reading() as connection:
            return outbox.deliveries(connection, incident_id)

    def acts(self, incident_id: str) -> list[Act]:
        """Return what people did about one incident, oldest first."""
        with self._reading() as connection:
            return people.acts(connection, incident_id)

    def votes(self, since: datetime) -> list[Act]:
        """Return how messages were judged since a moment, oldest first."""
        with self._reading() as connection:
            return people.votes(connection, since)

    def silences(self) -> list[Silence]:
        """Return the silences that are kept, newest first, also those that are over."""
        with self._reading() as connection:
            return people.silences(connection)

    def deploys(self, project: str, window: Window) -> list[Deploy]:
        """Return the deploys of a project in a half-open window, oldest first."""
        with self._reading() as connection:
            return people.deploys_in(connection, window, project)

    def waiting(self) -> list[Waiting]:
        """Return, for each channel that has any, the notices it was not given yet."""
        with self._reading() as connection:
            return outbox.waiting(connection)

    def broken_channels(self) -> list[BrokenChannel]:
        """Return the channels, of those that `keep_channels` was told last, whose last try failed."""
        with self._reading() as connection:
            return health.broken(connection)

    def delivery_counts(self) -> dict[tuple[str, str], int]:
        """Count the tries on record, by channel and outcome."""
        with self._reading() as connection:
            return health.delivery_counts(connection)

    def overdue_since(self, at: datetime) -> datetime | None:
        """Return since when a notice may be tried that was not; None when there is none."""
        with self._reading() as connection:
            return health.overdue_since(connection, at)

    def note_pulse(self, at: datetime) -> None:
        """Write down that this server was alive at a moment."""
        with self._writing() as connection:
            health.note_pulse(connection, at)

    def last_drilled(self) -> Drilled | None:
        """Return how the last drill went; None when there was none."""
        with self._reading() as connection:
            return drills.last(connection)

    def inbox(self, limit: int = 50) -> list[InboxRow]:
        """Return the built-in inbox, newest first."""
        question = (
            select(INBOX.c.at_us, INBOX.c.notice, INBOX.c.payload)
            .order_by(INBOX.c.id.desc())
            .limit(min(limit, ROWS_MAX))
        )
        with self._reading() as connection:
            rows = connection.execute(question).all()
        return [InboxRow(from_us(row[0]), notice_from(row[1]), json.loads(row[2])) for row in rows]

    @contextmanager
    def _reading(self) -> Generator[Connection, None, None]:
        with _told(self._file), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Generator[Connection, None, None]:
        with (
            _told(self._file),
            self._engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection


@contextmanager
def _told(file: Path) -> Generator[None, None, None]:
    """Turn what the database says, such as that the disk is full, into a Problem."""
    try:
        yield
    except DatabaseError as error:
        raise Foreign("control.db", f"{file} can't be used: {error.orig}") from error


def _give_install_id(connection: Connection) -> None:
    row = insert(FACTS).values(name=outbox.INSTALL_ID, value=secrets.token_hex(8))
    connection.execute(row.on_conflict_do_nothing())


def _upgrade(file: Path) -> None:
    """Run the missing steps, all or none. One may make a table anew, so references are checked at the end only."""
    engine = _engine(file, referring=False)
    try:
        with (
            _told(file),
            engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            migrate(connection)
            astray = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            assert astray is None, f"a step left a row of {astray and astray[0]} that refers to nothing"
    finally:
        engine.dispose()


def _engine(file: Path, *, referring: bool = True) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(file)))

    def settle(raw: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
        # Transactions are begun by us, below: the driver's own rule would begin them late and unlocked.
        raw.isolation_level = None
        raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute(f"PRAGMA foreign_keys = {'ON' if referring else 'OFF'}")

    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: one that read first could find its snapshot stale when it comes to write.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", settle)
    event.listen(engine, "begin", begin)
    return engine
