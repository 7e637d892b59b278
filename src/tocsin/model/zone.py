"""Time zones by name, as people write them."""

from datetime import UTC, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones


def zone(name: str) -> tzinfo:
    """Return a zone; UTC also on a machine that has no list of zones, as many a container.

    Raises ValueError that says what to write instead.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        known = available_timezones()
        near = get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else 'write it as in "Europe/Berlin"'
        told = hint if known else "this machine has no list of zones, install tzdata"
        raise ValueError(f'zone = "{name}" is not known; {told}') from None
