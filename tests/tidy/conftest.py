"""What the rules about files look at: everything git knows or would add."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Return each file that is tracked, or new and not ignored; in order."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(path for path in {ROOT / name for name in names if name} if path.is_file())


@pytest.fixture(scope="session")
def python_files(files: list[Path]) -> list[Path]:
    """Return the Python files among them."""
    return [path for path in files if path.suffix == ".py"]


@pytest.fixture(scope="session")
def source_files(python_files: list[Path]) -> list[Path]:
    """Return the Python files of the package."""
    return [path for path in python_files if path.is_relative_to(ROOT / "src" / "tocsin")]


@pytest.fixture(scope="session")
def markdown_files(files: list[Path]) -> list[Path]:
    """Return the Markdown files."""
    return [path for path in files if path.suffix == ".md"]
