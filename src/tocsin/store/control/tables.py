"""The control tables, as the newest migration leaves them; a test compares the two.

Every `_us` column is whole microseconds since the Unix epoch, UTC. JSON columns are text written by `codec.py`.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

# One value each: the installation's id, the tick mark.
FACTS = Table(
    "facts",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# The keys of alarm instances, no state: what stands where is the last row of `transitions`.
INSTANCES = Table(
    "instances",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("alarm", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("service", Text, nullable=False),
    # Empty where the instance is about the whole service or project.
    Column("subject", Text, nullable=False, server_default=""),
    UniqueConstraint("alarm", "project", "environment", "service", "subject", name="instances_key"),
)

# Append-only. `late` says that it was judged after its time.
TRANSITIONS = Table(
    "transitions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("instance", Integer, ForeignKey("instances.id"), nullable=False),
    Column("was", Text, nullable=False),
    Column("now", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("late", Boolean(create_constraint=False), nullable=False),
    Column("judgement", Text, nullable=False),
    Index("transitions_by_instance", "instance", "id"),
    Index("transitions_by_time", "at_us"),
    sqlite_autoincrement=True,
)

# The newest judgement of each instance, for pages.
JUDGEMENTS = Table(
    "judgements",
    METADATA,
    Column("instance", Integer, ForeignKey("instances.id"), primary_key=True),
    Column("at_us", Integer, nullable=False),
    Column("judgement", Text, nullable=False),
)

# Bookkeeping of alarm kinds, any JSON.
NOTES = Table(
    "notes",
    METADATA,
    Column("instance", Integer, ForeignKey("instances.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("instance", "name", name="notes_key"),
)

# The document is the whole incident; the other columns are there to find it.
INCIDENTS = Table(
    "incidents",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("started_us", Integer, nullable=False),
    Column("opened_us", Integer, nullable=False),
    Column("closed_us", Integer, nullable=True),
    Column("document", Text, nullable=False),
    Index("incidents_by_close", "closed_us"),
    Index("incidents_by_open", "opened_us"),
)

# One row per notice and channel. `done_us` is null while it waits; `outcome` is then empty.
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("notice_key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("queued_us", Integer, nullable=False),
    Column("next_try_us", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("done_us", Integer, nullable=True),
    Column("outcome", Text, nullable=False),
    Column("notice", Text, nullable=False),
    # What the other side calls the message it took; empty where it gave no name.
    Column("reference", Text, nullable=False, server_default=""),
    UniqueConstraint("notice_key", "channel", name="outbox_once"),
    Index("outbox_by_incident", "channel", "incident", "sequence"),
    Index("outbox_waiting", "done_us", "channel", "next_try_us"),
    sqlite_autoincrement=True,
)

# Until when a channel asked to be left alone.
HOLDS = Table(
    "holds",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("until_us", Integer, nullable=False),
)

# The log of what was tried; `detail` never holds a secret.
DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("notice_key", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("deliveries_by_incident", "incident", "id"),
    Index("deliveries_by_channel", "channel", "id"),
    sqlite_autoincrement=True,
)

# The built-in channel: each notice once, with the message as Slack would get it.
INBOX = Table(
    "inbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("notice_key", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("notice", Text, nullable=False),
    Column("payload", Text, nullable=False),
    UniqueConstraint("notice_key", name="inbox_once"),
    sqlite_autoincrement=True,
)

# Append-only: who did what about an incident, and through which door. `detail` is the alarm that was judged useful or
# not, or the silence that was asked for.
ACTS = Table(
    "acts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("incident", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("acts_by_incident", "incident", "id"),
    Index("acts_by_deed", "deed", "at_us"),
    sqlite_autoincrement=True,
)

# `ended_us` is null unless somebody ended it before its time.
SILENCES = Table(
    "silences",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("matchers", Text, nullable=False),
    Column("since_us", Integer, nullable=False),
    Column("until_us", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("ended_us", Integer, nullable=True),
    Column("ended_by", Text, nullable=False),
    Index("silences_by_end", "until_us"),
    sqlite_autoincrement=True,
)

# `source` says how it is known: from spans, or told by a program or a person.
DEPLOYS = Table(
    "deploys",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("project", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("at_us", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False),
    UniqueConstraint("project", "environment", "service", "version", "at_us", name="deploys_once"),
    Index("deploys_by_time", "project", "at_us"),
    sqlite_autoincrement=True,
)
