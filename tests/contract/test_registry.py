"""The folder is the list: what is in it must be whole, and everything in it is found."""

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tocsin import registry

PACKAGE = Path(registry.__file__).parent
NAME = re.compile(r"[a-z][a-z0-9_]*")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new package's folder, importable by the folder's name."""
    package = tmp_path / f"bells_{abs(hash(tmp_path))}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return package


def imported(folder: Path) -> ModuleType:
    importlib.invalidate_caches()
    return importlib.import_module(folder.name)


def test_each_file_of_the_folder_is_found_under_its_name_in_order(folder: Path) -> None:
    (folder / "second.py").write_text("BELL = 'dong'")
    (folder / "first.py").write_text("BELL = 'ding'")
    assert list(registry.load(imported(folder), "BELL", str).items()) == [("first", "ding"), ("second", "dong")]


@pytest.mark.parametrize("text", ["", "BELL = 1", "bell = 'ding'"])
def test_a_file_that_does_not_offer_the_object_can_not_start(folder: Path, text: str) -> None:
    (folder / "half.py").write_text(text)
    with pytest.raises(TypeError, match="half must offer BELL, a str; found"):
        registry.load(imported(folder), "BELL", str)


def test_an_empty_folder_is_an_empty_list(folder: Path) -> None:
    assert registry.load(imported(folder), "BELL", str) == {}


def test_the_lists_are_made_by_the_registry() -> None:
    """Channels, alarm kinds and the rest come from their folders and from no second list."""
    objects = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r'registry\.load\([\w.]+, "([A-Z]+)"', path.read_text(encoding="utf-8"))
    }
    assert {"CHANNEL", "DETECTOR", "KIND", "MAPPING"} <= objects


@pytest.mark.parametrize(
    ("folder_name", "name"),
    [
        ("alarms.kinds", "KIND"),
        ("measures", "MEASURE"),
        ("notify.channels", "CHANNEL"),
        ("normalise.mappings", "MAPPING"),
        ("redact.detectors", "DETECTOR"),
    ],
)
def test_every_file_of_a_list_offers_its_object_and_says_what_it_is(folder_name: str, name: str) -> None:
    package = importlib.import_module(f"tocsin.{folder_name}")
    assert package.__file__ is not None
    paths = [path for path in sorted(Path(package.__file__).parent.glob("*.py")) if path.name != "__init__.py"]
    assert paths, "the folder is empty"
    for path in paths:
        module = importlib.import_module(f"{package.__name__}.{path.stem}")
        assert hasattr(module, name), f"{path.name} offers no {name}"
        assert (module.__doc__ or "").strip(), f"{path.name} does not say what it is"
        assert NAME.fullmatch(path.stem)
    assert f"tocsin.{folder_name}" in sys.modules
