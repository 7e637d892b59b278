"""Questions of an inspection: the scores that came, and what was not understood."""

from tocsin.model.attribute_keys import AttributeKeys
from tocsin.model.inspection import AttributeCount, ScopeCount, Score
from tocsin.model.mapping import Conventions, Flattened, Inside, Mapping
from tocsin.store.read import Reader
from tocsin.store.statements import question
from tocsin.store.views.slots import whole

# Rows of one answer.
SCORES_MAX = 10_000
SCOPES_MAX = 500
ATTRIBUTES_MAX = 10_000


def scores_sent(reader: Reader, project: str) -> list[Score]:
    """List the scores of a project, in order of time."""
    rows = reader.ask(question("scores_sent"), {"project": project, "limit": SCORES_MAX})
    return [Score(*row) for row in rows]


def scopes_not_understood(reader: Reader, project: str) -> list[ScopeCount]:
    """List the scopes whose spans no mapping fits, most spans first; most are no instrumentation of models at all."""
    rows = reader.ask(question("scopes_not_understood"), {"project": project, "limit": SCOPES_MAX})
    return [ScopeCount(*row) for row in rows]


def attributes_not_read(
    reader: Reader, project: str, conventions: Conventions, keys: AttributeKeys
) -> list[AttributeCount]:
    """List the attributes on calls that their mapping does not read: parameters, content, and what it misses."""
    rows = reader.ask(question("attributes_of_calls"), {"project": project, "limit": ATTRIBUTES_MAX})
    counts = [AttributeCount(*row) for row in rows]
    return [count for count in counts if not _reads(conventions, keys, count)]


def _reads(conventions: Conventions, keys: AttributeKeys, count: AttributeCount) -> bool:
    mapping = conventions.mappings[count.mapping]
    for sources in whole(mapping, conventions, keys).values():
        if any(count.attribute == (source.key if isinstance(source, Inside) else source) for source in sources):
            return True
    return _names_tools(mapping, count.attribute)


def _names_tools(mapping: Mapping, attribute: str) -> bool:
    for tools in mapping.tool_names:
        if not isinstance(tools, Flattened):
            if attribute == tools.key:
                return True
            continue
        first, *middle, last = tools.pattern.split("*")
        if attribute.startswith(first) and attribute.endswith(last) and all(part in attribute for part in middle):
            return True
    return False
