"""Words: one meaning each, no leftovers, nothing that belongs to one machine."""

import ast
import re
from pathlib import Path

TEXT = {".py", ".md", ".toml", ".sql", ".html", ".css", ".js", ".mjs", ".json", ".yaml", ".story", ".txt", ".cfg", ""}
# Written in two halves, so that this file does not find itself.
LEFTOVER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
LEFTOVER_IN = {".py", ".md", ".toml", ".sql", ".html", ".css", ".js", ".mjs"}
# Home folders and the like; a documentation path such as /etc/tocsin.toml is nobody's.
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:wo" + r"rk|ho" + r"me|ro" + r"ot|Us" + r"ers)/\w")
HOST = re.compile(
    r"py" + r"pi\.org|files\.python" + r"hosted\.org|registry\.npm" + r"js\.org|registry\.yarn" + r"pkg\.com"
)
# The glossary has other words for these: alarm, alarm kind, verdict, transition, notice.
FOREIGN_WORDS = {"alert", "alerts", "rule", "rules", "monitor", "monitors", "check", "checks", "event", "events"}
# Where another system says so, or the person types it: `file:name`, and why.
SAID_ELSEWHERE = {
    "cli/config.py:check": "the command is `tocsin config check`",
}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def lines_with(pattern: re.Pattern[str], paths: list[Path], root: Path) -> list[str]:
    found: list[str] = []
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            match = pattern.search(line)
            if match:
                found.append(f"{path.relative_to(root)}:{number}: {line[max(0, match.start() - 30) :][:90]}")
    return found


def test_nothing_is_left_to_be_mended_later(root: Path, files: list[Path]) -> None:
    """Work that remains belongs in an issue, where somebody sees it."""
    found = lines_with(LEFTOVER, [path for path in files if path.suffix in LEFTOVER_IN], root)
    assert not found, "\n".join(["", *found])


def test_no_file_names_a_folder_of_one_machine(root: Path, files: list[Path]) -> None:
    found = lines_with(MACHINE_PATH, [path for path in files if path.suffix in TEXT], root)
    assert not found, "\n".join(["", *found])


def test_no_file_names_a_package_registry(root: Path, files: list[Path]) -> None:
    """Where packages come from is the business of the machine's own settings: mirrors must keep working."""
    found = lines_with(HOST, [path for path in files if path.suffix in TEXT], root)
    assert not found, "\n".join(["", *found])


def test_names_use_the_words_of_the_glossary(root: Path, source_files: list[Path]) -> None:
    found: list[str] = []
    for path in source_files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            name = f"{path.relative_to(root / 'src' / 'tocsin')}:{node.name}"
            words = {word.lower() for word in WORD.findall(node.name)}
            if words & FOREIGN_WORDS and name not in SAID_ELSEWHERE:
                found.append(name)
    assert not found, "\n".join(["", *found])
