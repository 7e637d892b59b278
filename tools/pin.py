"""Write constraints.txt from what is installed in the virtual environment this runs in.

Run: .venv/bin/python tools/pin.py

Only what pyproject.toml asks for, directly or through others, is written: a tool tried by hand is not pinned.
"""

import importlib.metadata
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("server", "demo", "dev")
HEAD = """\
# The exact versions that `make install` sets up and the tests ran with, for Python 3.11 to 3.13.
# Written by tools/pin.py: change pyproject.toml, install, run the tool, run the tests.
"""
REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[(?P<extras>[^\]]*)\])?")
EXTRA_MARKER = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


def plain(name: str) -> str:
    """Return a package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted_by(name: str, extras: frozenset[str]) -> set[tuple[str, frozenset[str]]]:
    """Name what a package asks for, itself and for these extras; a package that isn't here asks for nothing."""
    try:
        lines = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return set()
    found: set[tuple[str, frozenset[str]]] = set()
    for line in lines:
        marker = EXTRA_MARKER.search(line)
        if marker and marker[1] not in extras:
            continue
        match = REQUIREMENT.match(line)
        assert match, f"{name} asks for {line!r}, which has no name"
        inner = frozenset(e.strip() for e in (match["extras"] or "").split(",") if e.strip())
        found.add((plain(match["name"]), inner))
    return found


def closure(name: str, extras: frozenset[str]) -> set[str]:
    """Name everything that a package needs, all the way down."""
    todo = [(plain(name), extras)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        item = todo.pop()
        if item not in seen:
            seen.add(item)
            todo.extend(wanted_by(*item))
    return {package for package, _ in seen} - {plain(name)}


def main() -> int:
    """Write the file; return 0."""
    lines: list[str] = []
    for package in sorted(closure("tocsin", frozenset(EXTRAS))):
        try:
            lines.append(f"{package}=={importlib.metadata.version(package)}\n")
        except importlib.metadata.PackageNotFoundError:
            # Asked for on another system or Python only.
            continue
    (ROOT / "constraints.txt").write_text(HEAD + "".join(lines), encoding="utf-8")
    print(f"constraints.txt: {len(lines)} versions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
