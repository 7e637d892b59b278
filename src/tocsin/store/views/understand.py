"""From stored spans to what they say in our words: a chain of views that a settling feeds.

Understanding is apart from storing because the engine plans every view anew for every insert. Done at the door it
would cost each request, however small, more than storing it does; done for all that arrived in a few seconds it is
planned once.
And history can be understood again when a mapping learns something.

A chain, because planning a nested statement costs more than the sum of its levels.
"""

from tocsin.store.views.normalise import Normalising

TABLES = "understand_"

# Carried through to the last view as they are.
_KEPT = (
    "project, minute, trace_id, span_id, parent_span_id, name, started, duration_ns, service, environment, release, "
    "scope"
)

# What the normaliser reads: the plain span.
PLAIN = """
CREATE TABLE IF NOT EXISTS understand_0 (
    project String, minute DateTime('UTC'), trace_id FixedString(16), span_id FixedString(8),
    parent_span_id FixedString(8), name String, started DateTime64(9, 'UTC'), duration_ns Int64, service String,
    environment String, release String, received UInt64, scope String, scope_version String, res_keys Array(String),
    res_vals Array(String), res Map(String, String), parent_raw String, span_kind UInt8, start_ns UInt64,
    end_ns UInt64, status_code UInt8, status_message String, keys Array(String), vals Array(String),
    event_names Array(String), event_times Array(UInt64), event_keys Array(Array(String)),
    event_vals Array(Array(String))
) ENGINE = Null
"""


def chain(normalising: Normalising) -> list[str]:
    """Return the statements that make the chain from `understand_0` to `understood`, and the views on log events."""
    made = [PLAIN]
    for n, stage in enumerate(normalising.stages):
        select = f"SELECT *, {stage} FROM {TABLES}{n}"  # noqa: S608 compiled from our own tables
        made.append(f"CREATE TABLE {TABLES}{n + 1} ENGINE = Null AS {select}")
        made.append(f"CREATE MATERIALIZED VIEW {TABLES}view_{n + 1} TO {TABLES}{n + 1} AS {select}")
    own = {"service", "environment", "release"}
    columns = ", ".join(f"{sql} AS {name}" for name, sql in normalising.columns.items() if name not in own)
    last = f"SELECT {_KEPT}, {columns}, received FROM {TABLES}{len(normalising.stages)}"  # noqa: S608 likewise
    made.append(f"CREATE MATERIALIZED VIEW {TABLES}view TO understood AS {last}")
    made += [f"CREATE VIEW {name} AS {select}" for name, select in normalising.logged.items()]
    return made
