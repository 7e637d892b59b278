"""Every file is used, every folder is explained, every note has its shape."""

import ast
import re
from pathlib import Path

# Folders whose files are found by looking into the folder: the folder is the list.
DISCOVERED = {
    "tocsin.store.facts",
    "tocsin.alarms.kinds",
    "tocsin.cli",
    "tocsin.measures",
    "tocsin.normalise.mappings",
    "tocsin.notify.channels",
    "tocsin.redact.detectors",
    "tocsin.store.control.migrations",
    "tocsin.web.pages",
}
ENTRY = {"tocsin", "tocsin.__main__"}
# Second ways to the same answer, which only tests ask, to compare the engine's with; each says so in its first line.
REFERENCES = {"tocsin.price.cost", "tocsin.redact.text"}
# Measured by a benchmark first; alarms come to stand on them.
AWAITED = {"tocsin.alarms.departures", "tocsin.alarms.downstream"}
CHANGE_WORDS_MAX = 25
QUESTION = re.compile(r"\b(?:SELECT\s+[\w*(]|INSERT\s+INTO\s|DELETE\s+FROM\s|UPDATE\s+\w+\s+SET\s)")
DECISION_PARTS = ("what", "why", "what else", "(?:when to )?look again")


def module_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def names_used(path: Path) -> set[str]:
    """Name every module that a file imports, also by its name as text."""
    used: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            used |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            used |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("tocsin."):
            used.add(node.value)
    return used


def texts_in(path: Path) -> list[str]:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_every_module_is_used_by_another(root: Path, source_files: list[Path], python_files: list[Path]) -> None:
    """What `testing` offers is for tests, ours and others', so a test is a use of it."""
    tests = (path for path in python_files if path.is_relative_to(root / "tests"))
    used = {name for path in tests for name in names_used(path) if name.startswith("tocsin.testing")}
    for path in source_files:
        used |= names_used(path) - {module_of(path, root)}
    unused = [
        module
        for path in source_files
        if (module := module_of(path, root)) not in used
        and module not in ENTRY | REFERENCES | AWAITED
        and path.name != "__init__.py"
        and not any(module.startswith(folder + ".") for folder in DISCOVERED)
    ]
    assert not unused, "\n".join(["", *unused])


def test_every_folder_has_a_line_in_the_layout_and_every_line_a_folder(root: Path, files: list[Path]) -> None:
    package = root / "src" / "tocsin"
    folders = {f"{path.parent.relative_to(package)}/" for path in files if path.is_relative_to(package)} - {"./"}
    # A page's own folder is one entry of a list.
    folders = {folder for folder in folders if not re.fullmatch(r"web/pages/\w+/", folder)}
    layout = (root / "docs" / "layout.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([\w/]+/)` \|", layout, flags=re.MULTILINE))
    wrong = sorted(folders ^ told)
    assert not wrong, "\n".join(["", *wrong])


def test_every_path_named_for_newcomers_exists(root: Path) -> None:
    text = (root / "AGENTS.md").read_text(encoding="utf-8")
    named = [word for word in re.findall(r"`([\w./-]+)`", text) if "/" in word or word.endswith((".md", ".toml"))]
    assert named, "the page names no path"
    wrong = [word for word in named if not (root / word).exists() and not (root / "src/tocsin" / word).exists()]
    assert not wrong, "\n".join(["", *wrong])


def test_every_page_of_text_has_one_title(root: Path, markdown_files: list[Path]) -> None:
    wrong: list[str] = []
    for path in markdown_files:
        if path.parent == root / "changes" and path.name != "README.md":
            continue
        prose = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        if len(re.findall(r"^# ", prose, flags=re.MULTILINE)) != 1 or not prose.startswith("# "):
            wrong.append(str(path.relative_to(root)))
    assert not wrong, "\n".join(["", *wrong])


def test_every_change_is_one_short_sentence(root: Path) -> None:
    wrong: list[str] = []
    for path in sorted((root / "changes").glob("*.md")):
        text = path.read_text(encoding="utf-8").strip()
        sentences = re.findall(r"[.!?](?:\s|$)", text)
        short = len(text.split()) <= CHANGE_WORDS_MAX
        if path.name != "README.md" and not (short and len(sentences) == 1 and text.endswith(".")):
            wrong.append(f"{path.name}: {len(text.split())} words, {len(sentences)} sentences")
    assert not wrong, "\n".join(["", *wrong])


def test_every_decision_says_what_why_what_else_and_when_to_look_again(root: Path) -> None:
    wrong: list[str] = []
    for path in sorted((root / "docs" / "decisions").glob("[0-9]*.md")):
        text = path.read_text(encoding="utf-8").lower()
        missing = [part for part in DECISION_PARTS if not re.search(rf"^(?:#+ |\*\*){part}\b", text, re.MULTILINE)]
        if missing:
            wrong.append(f"{path.name}: {', '.join(missing)}")
    assert not wrong, "\n".join(["", *wrong])


def test_no_two_decisions_share_a_number(root: Path) -> None:
    numbers = [path.name[:4] for path in sorted((root / "docs" / "decisions").glob("[0-9]*.md"))]
    assert sorted(n for n in set(numbers) if numbers.count(n) > 1) == []


def test_only_the_store_speaks_sql(root: Path, source_files: list[Path]) -> None:
    store = root / "src" / "tocsin" / "store"
    found = [
        f"{path.relative_to(root)}: {text[:60]}"
        for path in source_files
        if not path.is_relative_to(store)
        for text in texts_in(path)
        if QUESTION.search(text)
    ]
    assert not found, "\n".join(["", *found])


def test_every_question_in_sql_is_asked_in_one_place(root: Path, source_files: list[Path]) -> None:
    """A statement that nobody asks is dead; one that two places ask has two answers sooner or later."""
    store = root / "src" / "tocsin" / "store"
    words = [
        text.removesuffix(".sql") for path in source_files if path.is_relative_to(store) for text in texts_in(path)
    ]
    questions = sorted((store / "questions").rglob("*.sql"))
    assert {path.stem: words.count(path.stem) for path in questions if words.count(path.stem) != 1} == {}
