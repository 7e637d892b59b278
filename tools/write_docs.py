"""Write what the docs say about the code: docs/generated/ and the list of decisions.

Run: .venv/bin/python tools/write_docs.py          (or `make golden`)
     .venv/bin/python tools/write_docs.py --dry    says what is stale and writes nothing

Text is taken from the code as it stands: a field's comment, a command's help, a file's docstring, a limit's value.
"""

import ast
import dataclasses
import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from tocsin.cli.frame import commands
from tocsin.config import documented
from tocsin.settings import toml

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "tocsin"
MADE = "<!-- Written by tools/write_docs.py from the code; run `make golden` after a change. -->\n"
# Settings that the file writes in another shape, which docs/configuration.md shows: [ingest.keys].
ELSEWHERE = {"keys"}
# Folders that are lists: what one file is, and where it is.
DISCOVERED = {
    "Instrumentations understood": "normalise/mappings",
    "Detectors of secrets": "redact/detectors",
    "Measures": "measures",
    "Alarm kinds": "alarms/kinds",
    "Channels": "notify/channels",
}


def comments_above(lines: list[str], number: int) -> str:
    """Return the comment lines directly above line `number` (from 1) as one text."""
    found: list[str] = []
    at = number - 2
    while at >= 0 and lines[at].lstrip().startswith("# "):
        found.insert(0, lines[at].strip().removeprefix("# "))
        at -= 1
    return " ".join(found)


def cell(text: str) -> str:
    """Return text that stays inside one cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell(part) for part in line)} |\n" for line in lines)


def field_comments(kind: type[object]) -> dict[str, str]:
    """Return the comment above each field of a dataclass, inherited ones too; empty where there is none."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if dataclasses.is_dataclass(one):
            found |= {name: text for name, text in own_comments(one).items() if text or name not in found}
    return found


def own_comments(kind: type[object]) -> dict[str, str]:
    """Return the comment above each field that a dataclass itself declares."""
    source = textwrap.dedent(inspect.getsource(kind))
    lines = source.splitlines()
    (tree,) = ast.parse(source).body
    assert isinstance(tree, ast.ClassDef), "a dataclass is a class"
    return {
        node.target.id: comments_above(lines, node.lineno)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def default_text(field: "dataclasses.Field[object]") -> str:
    """Return a field's default as the file would hold it."""
    value: object = field.default
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    if value is dataclasses.MISSING:
        return "must be given"
    return "not set" if value is None else f"`{toml(value, field.name)}`"


def settings_page() -> str:
    """Return docs/generated/config.md."""
    parts = [f"# Every setting\n\n{MADE}\nSee [configuration](../configuration.md) for how the file is written.\n"]
    for section, kind in documented().items():
        comments = field_comments(kind)
        summary = (inspect.getdoc(kind) or "").splitlines()[0]
        rows = (
            (f"`{f.name}`", default_text(f), comments[f.name])
            for f in dataclasses.fields(kind)
            if f.init and f.name not in ELSEWHERE
        )
        parts.append(f"\n## `{section}`\n\n{summary}\n\n{table(('key', 'default', 'meaning'), rows)}")
    return "".join(parts)


def commands_page() -> str:
    """Return docs/generated/cli.md."""
    parts = [f"# Every command\n\n{MADE}\n"]
    for name in commands():
        app = typer.Typer()
        app.callback()(lambda: None)
        importlib.import_module(f"tocsin.cli.{name.replace('-', '_')}").register(app)
        for words, command in leaves(get_command(app), "tocsin"):
            summary = inspect.cleandoc(command.help or "")
            parts.append(f"\n## `{words}`\n\n{summary}\n")
            rows = [option_row(parameter) for parameter in command.params if parameter.name != "help"]
            if rows:
                parts.append(f"\n{table(('option', 'default', 'meaning'), rows)}")
    return "".join(parts).replace("\n\n\n", "\n\n")


def leaves(command: object, words: str) -> Iterator[tuple[str, TyperCommand]]:
    """Return each command of a group, with the words that call it."""
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from leaves(inner, f"{words} {name}")
    elif isinstance(command, TyperCommand):
        yield words, command


def option_row(parameter: object) -> tuple[str, str, str]:
    """Return one option as a row."""
    assert isinstance(parameter, (TyperOption, TyperArgument)), "typer makes these two kinds"
    value: object = parameter.default
    default = "" if value is None or value is False or callable(value) else str(value)
    names = parameter.opts if isinstance(parameter, TyperOption) else [parameter.name or ""]
    return ", ".join(f"`{name}`" for name in names), default, parameter.help or ""


def limits_page() -> str:
    """Return docs/generated/limits.md: each constant `..._MAX` and each setting `..._max`."""
    rows: list[tuple[str, str, str, str]] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        tree = ast.parse("\n".join(lines))
        known: dict[str, float] = {}
        for node in [*tree.body, *(inner for c in tree.body if isinstance(c, ast.ClassDef) for inner in c.body)]:
            name, value = assigned(node)
            amount = number(value, known) if value is not None else None
            if not name or amount is None:
                continue
            known[name] = amount
            if name.upper().endswith("_MAX"):
                where = path.relative_to(PACKAGE).as_posix()
                rows.append((f"`{name}`", f"{amount:,}", comments_above(lines, node.lineno), f"`{where}`"))
    head = (
        f"# Every limit\n\n{MADE}\nThe unit stands in the name; see [limits](../limits.md) for what happens at one.\n\n"
    )
    return head + table(("name", "value", "meaning", "in"), rows)


def assigned(node: ast.stmt) -> tuple[str, ast.expr | None]:
    """Return the name and value of an assignment to one name."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    return "", None


def number(node: ast.expr, known: dict[str, float]) -> float | None:
    """Return what arithmetic on numbers and known names comes to; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.BinOp):
        left, right = number(node.left, known), number(node.right, known)
        operate = OPERATIONS.get(type(node.op))
        return operate(left, right) if left is not None and right is not None and operate else None
    return None


OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Pow: lambda a, b: a**b,
    ast.LShift: lambda a, b: int(a) << int(b),
}


def parts_page() -> str:
    """Return docs/generated/parts.md: each file of the folders that are lists."""
    parts = [f"# What is built in\n\n{MADE}"]
    for title, folder in DISCOVERED.items():
        rows: list[tuple[str, str]] = []
        for path in sorted((PACKAGE / folder).glob("*.py")):
            if path.name != "__init__.py":
                text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
                rows.append((f"`{path.stem}`", text.split("\n\n")[0]))
        parts.append(f"\n## {title}\n\n{table(('name', 'what it is'), rows)}")
    return "".join(parts)


def decisions_page() -> str:
    """Return docs/decisions/README.md."""
    rows: list[tuple[str, str]] = []
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        rows.append((f"[{path.stem[:4]}]({path.name})", title.removeprefix(path.stem[:4]).lstrip(" .:-")))
    intro = "One page for each choice worth knowing later: what, why, what else there was, when to look again.\n"
    return f"# Decisions\n\n{MADE}\n{intro}\n{table(('number', 'choice'), rows)}"


PAGES: dict[str, Callable[[], str]] = {
    "docs/generated/config.md": settings_page,
    "docs/generated/cli.md": commands_page,
    "docs/generated/limits.md": limits_page,
    "docs/generated/parts.md": parts_page,
    "docs/decisions/README.md": decisions_page,
}


def main(arguments: list[str]) -> int:
    """Write the stale pages, or with --dry name them; return 1 when one was stale under --dry."""
    dry = "--dry" in arguments
    found = 0
    for name, page in PAGES.items():
        path = ROOT / name
        text = page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            found += 1
            print(f"{'stale' if dry else 'written'}: {name}")
            if not dry:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return 1 if found and dry else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
