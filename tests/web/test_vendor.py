"""Third-party JavaScript: pinned, hashed, with its licence, and from wherever the machine's npm is told to look."""

import json
import re

from tests.web.served import ROOT

from tocsin.web.statics import FOLDER

LOCK = json.loads((ROOT / "package-lock.json").read_text())
PACKAGE = json.loads((ROOT / "package.json").read_text())


def test_versions_are_exact_and_hashed_and_no_address_is_locked() -> None:
    for name, version in (PACKAGE["dependencies"] | PACKAGE["devDependencies"]).items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        locked = LOCK["packages"][f"node_modules/{name}"]
        assert locked["version"] == version
        assert locked["integrity"].startswith("sha512-")
    assert all("resolved" not in package for package in LOCK["packages"].values())


def test_every_copied_library_comes_with_its_licence() -> None:
    vendor = FOLDER / "vendor"
    for library in vendor.glob("*.js"):
        assert (vendor / f"{library.name.split('.')[0]}.LICENSE").exists(), library.name
    assert len(list(vendor.glob("*.js"))) == len(PACKAGE["dependencies"])


def test_our_modules_import_only_each_other() -> None:
    for module in (FOLDER / "js").glob("*.js"):
        for target in re.findall(r"""from\s+["']([^"']+)["']""", module.read_text()):
            assert (module.parent / target).exists(), f"{module.name}: {target}"
