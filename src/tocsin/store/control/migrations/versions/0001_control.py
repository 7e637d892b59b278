"""The first control tables: the log of transitions, incidents, the outbox and its deliveries, the inbox.

Revision: 0001, follows nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables; `tables.py` says what they mean."""
    _alarm_tables()
    _incident_tables()
    _outbox_tables()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _integer(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _instance(*, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column("instance", sa.Integer(), sa.ForeignKey("instances.id"), nullable=False, primary_key=primary_key)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def _alarm_tables() -> None:
    op.create_table("facts", sa.Column("name", sa.Text(), primary_key=True), _text("value"))
    op.create_table(
        "instances",
        _id(),
        _text("alarm"),
        _text("project"),
        _text("environment"),
        _text("service"),
        sa.UniqueConstraint("alarm", "project", "environment", "service", name="instances_key"),
    )
    op.create_table(
        "transitions",
        _id(),
        _instance(),
        _text("was"),
        _text("now"),
        _integer("at_us"),
        sa.Column("late", sa.Boolean(create_constraint=False), nullable=False),
        _text("judgement"),
        sqlite_autoincrement=True,
    )
    op.create_index("transitions_by_instance", "transitions", ["instance", "id"])
    op.create_index("transitions_by_time", "transitions", ["at_us"])
    op.create_table("judgements", _instance(primary_key=True), _integer("at_us"), _text("judgement"))
    op.create_table(
        "notes",
        _instance(),
        _text("name"),
        _text("value"),
        sa.PrimaryKeyConstraint("instance", "name", name="notes_key"),
    )


def _incident_tables() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("project"),
        _text("environment"),
        _text("service"),
        _integer("started_us"),
        _integer("opened_us"),
        _integer("closed_us", nullable=True),
        _text("document"),
    )
    op.create_index("incidents_by_close", "incidents", ["closed_us"])
    op.create_index("incidents_by_open", "incidents", ["opened_us"])


def _outbox_tables() -> None:
    op.create_table(
        "outbox",
        _id(),
        _text("notice_key"),
        _text("channel"),
        _text("incident"),
        _integer("sequence"),
        _text("state"),
        _text("severity"),
        _integer("queued_us"),
        _integer("next_try_us"),
        _integer("attempts"),
        _integer("done_us", nullable=True),
        _text("outcome"),
        _text("notice"),
        sa.UniqueConstraint("notice_key", "channel", name="outbox_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_by_incident", "outbox", ["channel", "incident", "sequence"])
    op.create_index("outbox_waiting", "outbox", ["done_us", "channel", "next_try_us"])
    op.create_table("holds", sa.Column("channel", sa.Text(), primary_key=True), _integer("until_us"))
    op.create_table(
        "deliveries",
        _id(),
        _text("channel"),
        _text("notice_key"),
        _text("incident"),
        _text("state"),
        _integer("at_us"),
        _integer("attempt"),
        _text("outcome"),
        _text("detail"),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_by_incident", "deliveries", ["incident", "id"])
    op.create_table(
        "inbox",
        _id(),
        _text("notice_key"),
        _text("incident"),
        _integer("at_us"),
        _text("notice"),
        _text("payload"),
        sa.UniqueConstraint("notice_key", name="inbox_once"),
        sqlite_autoincrement=True,
    )
