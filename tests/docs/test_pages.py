"""What the docs claim is tried: examples run, links lead somewhere, generated pages are fresh."""

import ast
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tocsin import measures, registry
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.story import read, tell
from tocsin.cli.frame import commands
from tocsin.config import parse
from tocsin.model.measure import Measure
from tocsin.settings import nearest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "AGENTS.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<tag>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<path>[^)#\s]*)(?:#[^)]*)?\)")
# Languages a block may be in. `run` after bash means that the test runs it.
TAGS = {"bash", "bash run", "json", "python", "sql", "story", "text", "toml", "yaml"}
VARIABLE = re.compile(r'env = "([^"]+)"')


@dataclass(frozen=True, slots=True)
class Block:
    """One example of a page."""

    page: str
    tag: str
    text: str


def all_blocks() -> Iterator[Block]:
    for path in PAGES:
        for match in FENCE.finditer(path.read_text(encoding="utf-8")):
            yield Block(path.relative_to(ROOT).as_posix(), match["tag"].strip(), match["text"])


BLOCKS = list(all_blocks())


def blocks(*tags: str) -> list["pytest.ParameterSet"]:
    chosen = [block for block in BLOCKS if block.tag in tags]
    return [pytest.param(block, id=f"{block.page}:{n}") for n, block in enumerate(chosen)]


def test_every_example_says_what_language_it_is_in() -> None:
    assert [(block.page, block.tag) for block in BLOCKS if block.tag not in TAGS] == []


@pytest.mark.parametrize("block", blocks("toml"))
def test_an_example_of_the_configuration_is_in_order(block: Block) -> None:
    env = {name: f"https://{name.lower()}.example.com/" for name in VARIABLE.findall(block.text)}
    parse(block.text, block.page, env)


@pytest.mark.parametrize("block", blocks("json"))
def test_an_example_in_json_can_be_read(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", blocks("python"))
def test_what_an_example_in_python_imports_is_there(block: Block) -> None:
    imports = [node for node in ast.parse(block.text).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    code = "\n".join(ast.unparse(node) for node in imports)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("block", blocks("story"))
def test_an_example_of_a_story_is_true(block: Block) -> None:
    told = tell(read(block.text, block.page), registry.load(measures, "MEASURE", Measure))
    assert not told.faults, told.transcript


def words_of(line: str) -> list[str]:
    return shlex.split(line, comments=True)


def test_every_command_named_in_an_example_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    wrong: list[str] = []
    for block in BLOCKS:
        for line in block.text.splitlines() if block.tag.startswith("bash") else ():
            match words_of(line):
                case ["make", target, *_] if not re.search(rf"^{target}:", makefile, re.MULTILINE):
                    wrong.append(f"{block.page}: make {target}")
                case [program, command, *_] if program.endswith("tocsin") and command not in commands():
                    wrong.append(f"{block.page}: tocsin {command}; {nearest(command, commands())}")
                case _:
                    pass
    assert not wrong, "\n".join(["", *wrong])


def test_every_command_named_in_the_text_exists() -> None:
    wrong: list[str] = []
    for path in PAGES:
        named = re.findall(r"`tocsin ([a-z][a-z-]*)", path.read_text(encoding="utf-8"))
        wrong += [f"{path.relative_to(ROOT)}: tocsin {name}" for name in named if name not in commands()]
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize("block", blocks("bash run"))
def test_an_example_that_is_meant_to_run_runs(block: Block, tmp_path: Path) -> None:
    for line in block.text.splitlines():
        words = words_of(line)
        if words:
            assert words[0] == "tocsin", "only our own program is run from a page"
            command = [sys.executable, "-m", "tocsin", *words[1:]]
            answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
            assert answer.returncode == 0, answer.stderr


def test_every_link_leads_to_a_file() -> None:
    broken = [
        f"{path.relative_to(ROOT)} -> {match['path']}"
        for path in PAGES
        for match in LINK.finditer(path.read_text(encoding="utf-8"))
        if match["path"] and not (path.parent / match["path"]).exists()
    ]
    assert not broken, "\n".join(["", *broken])


def test_the_generated_pages_say_what_the_code_says_now() -> None:
    """Mend a failure with `make golden`."""
    command = [sys.executable, str(ROOT / "tools" / "write_docs.py"), "--dry"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (answer.returncode, answer.stdout) == (0, ""), answer.stderr


def test_the_page_about_alarms_names_those_of_the_default_pack() -> None:
    text = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == {alarm.name for alarm in DEFAULT}
