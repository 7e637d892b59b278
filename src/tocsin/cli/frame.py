"""Puts the commands together: one file of this folder is one command, and only the one asked for is imported.

A command file has a docstring, whose first line is its help, and offers

    def register(app: typer.Typer) -> None

which adds one command, or one group of commands, of the file's name. The listing is made from the files' text, so
`tocsin --help` starts as fast as Python does.
"""

import ast
import importlib
import importlib.metadata
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from tocsin.model.problem import BadSetting, CantStart, Problem

FOLDER = Path(__file__).parent
HELP = """Alarm-first observability for LLM applications: OTLP in, three graphs, one message when something breaks.

Start with `tocsin demo`, or `tocsin up` for your own app; then open the page it names.
"""
# How a program ends when it was asked wrongly, as the shell's own programs do.
ASKED_WRONGLY = 2


def commands() -> dict[str, str]:
    """Return each command's name and one line of help, in order of names, without importing any."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "register" for node in tree.body):
            found[path.stem.replace("_", "-")] = (ast.get_docstring(tree) or "").splitlines()[0]
    return found


def build(asked: str, known: Mapping[str, str]) -> typer.Typer:
    """Return the program with the command `asked` in it for real, and the others by name and help only."""
    app = typer.Typer(name="tocsin", help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode="markdown")
    app.callback()(_whole_program)
    for name, line in known.items():
        if name == asked:
            importlib.import_module(f"tocsin.cli.{name.replace('-', '_')}").register(app)
        else:
            app.command(name, help=line)(_never_run)
    return app


def run(arguments: Sequence[str]) -> None:
    """Run one command line to its end; a problem is printed as a sentence and not as a stack."""
    asked = next((word for word in arguments if not word.startswith("-")), "")
    try:
        build(asked, commands())(args=list(arguments), prog_name="tocsin")
    except CantStart as wrong:
        alone = f" {wrong.faults[0]}" if len(wrong.faults) == 1 else ""
        print(f"tocsin can't start:{alone or _listed(wrong)}", file=sys.stderr)
        sys.exit(ASKED_WRONGLY)
    except BadSetting as wrong:
        print(f"tocsin: the configuration has {_counted(len(wrong.faults), 'fault')}:{_listed(wrong)}", file=sys.stderr)
        sys.exit(ASKED_WRONGLY)
    except Problem as problem:
        print(f"tocsin: {problem}", file=sys.stderr)
        sys.exit(1)


def _listed(wrong: BadSetting) -> str:
    return "".join(f"\n  {fault}" for fault in wrong.faults)


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _print_version(asked: bool) -> None:
    if asked:
        print(f"tocsin {importlib.metadata.version('tocsin')}")
        raise typer.Exit


def _whole_program(
    *,
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
    ),
) -> None:
    del version


def _never_run() -> None:
    raise AssertionError("a command that was not asked for is known by name only")
