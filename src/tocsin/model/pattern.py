"""Names with a star: how people say which ones they mean."""

import re


def fits(name: str, pattern: str) -> bool:
    """Say whether a whole name is meant by a pattern, in which * stands for any letters, also for none."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None
