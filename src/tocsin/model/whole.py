"""The group that is a whole project: for alarms that watch everything at once."""

from functools import lru_cache

from tocsin.model.alarm import Group

# Reads well in a message, and is the name of no service: `Group.service` of a whole project.
ALL_SERVICES = "all services"


@lru_cache(maxsize=1_024)
def whole(project: str) -> Group:
    """Return the group that stands for every environment and service of a project."""
    return Group(project, "", ALL_SERVICES)


def is_whole(group: Group) -> bool:
    """Whether a group stands for its whole project; then neither environment nor service may filter anything."""
    return group.service == ALL_SERVICES and not group.environment
