"""What import-linter is told must be complete, or it proves less than it says."""

import tomllib
from pathlib import Path


def test_everything_but_the_store_is_kept_from_the_databases(root: Path) -> None:
    """A module that is new must be listed before it can land, as in the layers."""
    source = root / "src" / "tocsin"
    folders = {f"tocsin.{init.parent.name}" for init in source.glob("*/__init__.py")}
    files = {f"tocsin.{file.stem}" for file in source.glob("*.py") if file.name != "__init__.py"}
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {one["name"]: one for one in project["tool"]["importlinter"]["contracts"]}
    kept = contracts["only the store knows the databases"]["source_modules"]
    assert kept == sorted((folders | files) - {"tocsin.store"})
