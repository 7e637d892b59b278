"""The frame of commands: the listing, the help texts, and how a program ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from tocsin.cli.frame import build, commands

HELP = Path(__file__).parent / "help"


def ways() -> list[tuple[str, ...]]:
    """Return the words of each command and each group of commands."""
    found: list[tuple[str, ...]] = [()]
    for name in commands():
        found.append((name,))
        group = get_command(build(name, commands()))
        assert isinstance(group, TyperGroup)
        inner = group.commands[name]
        if isinstance(inner, TyperGroup):
            found += [(name, word) for word in inner.commands]
    return found


@pytest.fixture(scope="module")
def plain_terminal() -> dict[str, str]:
    return {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}


def test_the_help_of_every_command_is_the_golden_text(plain_terminal: dict[str, str]) -> None:
    """A changed help is a change that users see: it is looked at once more."""
    rewrite = os.environ.get("TOCSIN_GOLDEN") == "rewrite"
    changed: list[str] = []
    for words in ways():
        app = build(words[0] if words else "", commands())
        answer = CliRunner(env=plain_terminal).invoke(app, [*words, "--help"], prog_name="tocsin")
        assert answer.exit_code == 0, answer.output
        text = "".join(f"{line.rstrip()}\n" for line in answer.output.strip().splitlines())
        path = HELP / f"{'_'.join(words) or 'tocsin'}.txt"
        if rewrite:
            path.write_text(text, encoding="utf-8")
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            changed.append(path.name)
    assert changed == []


def test_no_help_is_kept_for_a_command_that_is_gone() -> None:
    expected = {f"{'_'.join(words) or 'tocsin'}.txt" for words in ways()}
    assert {path.name for path in HELP.glob("*.txt")} - expected == set()


def test_every_command_has_a_line_in_the_listing() -> None:
    assert {name: line for name, line in commands().items() if not line.endswith(".")} == {}
    assert "config" in commands()


def tocsin(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tocsin", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def test_the_listing_imports_no_command(tmp_path: Path) -> None:
    """The program must start at once, however heavy its commands are."""
    code = "import sys; from tocsin.cli.frame import run\ntry: run(['--help'])\nexcept SystemExit: pass\n"
    code += "print('LOADED', sorted(m for m in ('chdb', 'httpx', 'grpc', 'fastapi', 'sqlalchemy') if m in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "LOADED []" in answer.stdout


def test_faults_of_the_configuration_end_the_program_with_code_2(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text('[server]\nprot = 1\nport = "x"\n')
    answer = tocsin("config", "check", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == (
        "tocsin: the configuration has 2 faults:\n"
        "  tocsin.toml: [server] prot is not a known key; did you mean port?\n"
        '  tocsin.toml: [server] port = "x" is not a whole number\n'
    )


def test_a_right_configuration_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "bell.toml").write_text("[server]\nport = 5000\n")
    answer = tocsin("config", "check", "--config", "bell.toml", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, "bell.toml: in order\n")
    assert "port = 5000\n" in tocsin("config", "show", "--config", "bell.toml", cwd=tmp_path).stdout


def test_without_the_server_part_the_program_says_how_to_get_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['typer'] = None; from tocsin.cli.main import main; main()"
    answer = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == (
        "tocsin: the commands need the server part, which is not installed (typer is missing); "
        'install it with: pip install "tocsin[server]"\n'
    )
