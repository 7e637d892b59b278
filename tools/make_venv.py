"""Make `.venv` with everything that Tocsin and its tests need, at the versions of constraints.txt.

Run: python3 tools/make_venv.py (by any Python from 3.11; `make install` finds one)

Uses nothing but the standard library, because it runs before anything is installed.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
EXTRAS = "server,demo,dev"
NO_PIP = """\
This Python can't set up pip inside a new environment (Debian and Ubuntu take that part out of python3).
Either install it once (sudo apt-get install python3-venv), or name another Python: make install PYTHON=python3.12
"""


def is_sound() -> bool:
    """Say whether `.venv` is there, its Python starts, and pip is in it."""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", "import pip"], check=False, capture_output=True).returncode == 0


def make_environment() -> str:
    """Create `.venv`; return why that failed, or an empty text."""
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True)
    except (subprocess.CalledProcessError, ImportError):
        # The pip of the system can put one inside, where there is one.
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=False)
        own_pip = [sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet", "pip"]
        subprocess.run(own_pip, check=False, capture_output=True)
    return "" if is_sound() else NO_PIP


def show(step: str, *, last: bool = False) -> None:
    """Show progress: one line rewritten on a terminal; elsewhere the last line only."""
    if sys.stdout.isatty():
        print(f"\r\033[K{step}", end="\n" if last else "", flush=True)
    elif last:
        print(step, flush=True)


def install() -> int:
    """Install the package and its tools; return pip's exit code, after its output where it failed."""
    pinned = sum(1 for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if "==" in line)
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    command += ["--constraint", "constraints.txt", "--editable", f".[{EXTRAS}]"]
    said: list[str] = []
    seen: set[str] = set()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None, "the output was asked for"
        for line in pip.stdout:
            said.append(line)
            first, _, rest = line.strip().partition(" ")
            if first in {"Collecting", "Requirement"}:
                name = rest.removeprefix("already satisfied: ").split(" ")[0]
                seen.add(name)
                show(f"install: {len(seen)} of about {pinned} packages: {name}")
            elif line.startswith("Installing collected"):
                show(f"install: unpacking {len(seen)} packages")
    if pip.returncode:
        show("install: pip failed; this is what it said", last=True)
        sys.stderr.writelines(said[-60:])
    return pip.returncode


def main() -> int:
    """Make or repair the environment and fill it; return 0 when it is ready."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it is run by whatever Python the user names
        print("Tocsin needs Python 3.11 or newer; name one: make install PYTHON=python3.12", file=sys.stderr)
        return 1
    if not is_sound():
        print("install: making .venv; the first time this fetches a few hundred megabytes", flush=True)
        fault = make_environment()
        if fault:
            print(fault, file=sys.stderr, end="")
            return 1
    code = install()
    if code == 0:
        show("install: the environment is ready in .venv", last=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
