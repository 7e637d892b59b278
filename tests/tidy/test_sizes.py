"""Files and functions stay short enough to be read in one go."""

import ast
from pathlib import Path

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
# What is longer today, by path or path:function. Nothing may be added; take out what got shorter.
LONGER_TODAY: frozenset[str] = frozenset()


def long_files(root: Path, paths: list[Path]) -> dict[str, int]:
    lines = {str(path.relative_to(root)): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    return {name: n for name, n in lines.items() if n > FILE_LINES_MAX}


def long_functions(root: Path, paths: list[Path]) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                n = (node.end_lineno or node.lineno) - node.lineno + 1
                if n > FUNCTION_LINES_MAX:
                    found[f"{path.relative_to(root)}:{node.name}"] = n
    return found


def test_no_file_is_longer_than_a_person_reads_at_once(root: Path, python_files: list[Path]) -> None:
    assert {name: n for name, n in long_files(root, python_files).items() if name not in LONGER_TODAY} == {}


def test_no_function_is_longer_than_a_screen(root: Path, python_files: list[Path]) -> None:
    assert {name: n for name, n in long_functions(root, python_files).items() if name not in LONGER_TODAY} == {}


def test_the_list_of_exceptions_names_only_what_is_still_too_long(root: Path, python_files: list[Path]) -> None:
    too_long = long_files(root, python_files) | long_functions(root, python_files)
    assert sorted(LONGER_TODAY - too_long.keys()) == []
