"""The link of a message: opens the graph on fire, on the minutes that matter, whenever it is opened."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from tocsin.model.alarm import Judgement
from tocsin.model.incident import Incident
from tocsin.model.whole import is_whole

# What stands before the start, so that the change can be seen: at least this, three windows, and as long as
# twenty calls take to come, at the pace the judgement saw; at most a week.
LEAD_MIN = timedelta(hours=1)
LEAD_MAX = timedelta(days=7)
WINDOWS = 3
POINTS = 20
# What stands after the end, or after the message while there is no end.
TAIL = timedelta(minutes=15)
# The project that stands in no link.
DEFAULT_PROJECT = "default"
LINK_CHARACTERS_MAX = 400

MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def link_to(incident: Incident, judgement: Judgement, *, at: datetime, base_url: str, graph: str) -> str:
    """Return the absolute address; `from` and `to` are UTC milliseconds.

    `to` is fixed in a firing message too: opened a week later, it still shows the minutes that the message is about.
    Filters that would make the address too long are left out, since the incident's id says the same.
    """
    since = incident.started - _lead(judgement)
    until = (incident.closed or at) + TAIL
    span = {"from": str(_ms(since)), "to": str(_ms(until))}
    group = incident.group
    filters = {
        "project": group.project if group.project != DEFAULT_PROJECT else "",
        # A silence of the whole project is no service's: a filter by its name would show an empty graph.
        "service": "" if is_whole(group) else group.service,
        "environment": group.environment,
    }
    named = {key: value for key, value in filters.items() if value}
    whole = _address(base_url, {**span, **named, "incident": incident.id}, graph)
    return whole if len(whole) <= LINK_CHARACTERS_MAX else _address(base_url, {**span, "incident": incident.id}, graph)


def _address(base_url: str, query: dict[str, str], graph: str) -> str:
    return f"{base_url.rstrip('/')}/?{urlencode(query, errors='replace')}#{graph}"


def _lead(judgement: Judgement) -> timedelta:
    points = POINTS * judgement.window / judgement.samples if judgement.samples else timedelta(0)
    return min(max(LEAD_MIN, WINDOWS * judgement.window, points), LEAD_MAX)


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // MILLISECOND
