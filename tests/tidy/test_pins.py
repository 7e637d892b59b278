"""What is asked for is pinned, so that a fresh clone gets what was tested."""

import re
import tomllib
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9._-]+")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(root: Path) -> set[str]:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {plain(line.split("==")[0]) for line in lines if line and not line.startswith("#")}


def asked(root: Path) -> set[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists: list[list[str]] = [project["dependencies"], *project["optional-dependencies"].values()]
    matches = (NAME.match(line) for lines in lists for line in lines)
    return {plain(match[0]) for match in matches if match}


def test_every_package_asked_for_is_pinned(root: Path) -> None:
    """Mend a failure with `tools/pin.py` after `make install`."""
    assert sorted(asked(root) - pinned(root)) == []


def test_pins_name_a_version_and_no_place(root: Path) -> None:
    """An address would tie a clone to one mirror."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    wrong = [line for line in lines if not line.startswith("#") and not re.fullmatch(r"[a-z0-9-]+==[\w.+!]+", line)]
    assert wrong == []
