"""What every detector must satisfy, in the engine that runs it and in Python alike."""

import json
import re
from collections.abc import Iterator, Sequence
from time import perf_counter

import chdb.session
import pytest

from tocsin import registry
from tocsin.model.detector import Detector, Example
from tocsin.redact import detectors
from tocsin.redact.profile import DEFAULT
from tocsin.redact.text import redact

FOUND = registry.load(detectors, "DETECTOR", Detector)
EXAMPLES = [(detector, example) for detector in FOUND.values() for example in detector.matches]
MISSES = [(detector, text) for detector in FOUND.values() for text in detector.misses]


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def chain(value: str) -> str:
    """Write the replacements as the store does: one inside the other, in the profile's order."""
    for detector in DEFAULT.detectors:
        value = f"replaceRegexpAll({value}, {quoted(detector.pattern)}, {quoted(detector.replacement)})"
    return value


FIRST_LOOK = f"multiMatchAny(v, [{', '.join(quoted(look) for look in DEFAULT.first_looks)}])"
PAIRS = ", ".join(f"({quoted(example.text)}, {quoted(example.secret)})" for _, example in EXAMPLES)
REDACTED = f"if({FIRST_LOOK}, {chain('v')}, v)"


@pytest.fixture(scope="module")
def engine() -> Iterator[chdb.session.Session]:
    session = chdb.session.Session()
    yield session
    session.close()


def ask(session: chdb.session.Session, question: str) -> list[str]:
    """Return the first column of the answer."""
    answer: bytes = session.query(f"{question} FORMAT JSONCompactEachRow").bytes()  # pyright: ignore[reportUnknownMemberType]
    return [str(json.loads(line)[0]) for line in answer.decode().splitlines()]


def in_engine(session: chdb.session.Session, texts: Sequence[str], expression: str = REDACTED) -> list[str]:
    """Evaluate an expression over `v` for each text."""
    rows = ", ".join(f"({i}, {quoted(text)})" for i, text in enumerate(texts))
    return ask(session, f"SELECT {expression} FROM values('i UInt32, v String', {rows}) ORDER BY i")  # noqa: S608


def test_a_detectors_name_is_its_files() -> None:
    assert {name.replace("_", "-") for name in FOUND} == {detector.name for detector in FOUND.values()}
    assert all(f"[redacted:{detector.name}]" in detector.replacement for detector in FOUND.values())


@pytest.mark.parametrize("detector", FOUND.values(), ids=lambda detector: detector.name)
def test_a_detector_shows_what_it_finds_and_what_it_leaves(detector: Detector) -> None:
    assert len(detector.matches) >= 2
    assert len(detector.misses) >= 2
    assert detector.what.endswith(".")
    assert detector.source
    for example in detector.matches:
        assert example.secret in example.text


@pytest.mark.parametrize(("detector", "example"), EXAMPLES, ids=lambda value: getattr(value, "name", ""))
def test_an_example_is_found_by_its_own_detector_and_by_its_first_look(detector: Detector, example: Example) -> None:
    assert re.search(detector.pattern, example.text, re.ASCII)
    assert re.search(detector.first_look, example.text, re.ASCII)
    assert example.secret not in re.sub(detector.pattern, detector.replacement, example.text, flags=re.ASCII)


@pytest.mark.parametrize(("detector", "text"), MISSES, ids=lambda value: getattr(value, "name", ""))
def test_a_text_that_looks_alike_stays_as_it_is(detector: Detector, text: str) -> None:
    assert re.sub(detector.pattern, detector.replacement, text, flags=re.ASCII) == text
    assert redact(text) == text


def test_the_engine_redacts_as_python_does_and_twice_changes_nothing(engine: chdb.session.Session) -> None:
    texts = [example.text for _, example in EXAMPLES] + [text for _, text in MISSES]
    once = in_engine(engine, texts)
    assert once == [redact(text) for text in texts]
    assert in_engine(engine, once) == once
    for (detector, example), text in zip(EXAMPLES, once, strict=False):
        assert example.secret not in text, detector.name
        assert "[redacted:" in text


def test_the_engine_takes_the_first_look_at_every_example(engine: chdb.session.Session) -> None:
    looked = in_engine(engine, [example.text for _, example in EXAMPLES], FIRST_LOOK)
    assert looked == ["1"] * len(EXAMPLES)


def test_bytes_that_are_not_text_hide_no_secret(engine: chdb.session.Session) -> None:
    """An exporter may cut a value in the middle of a character; the store mends such text before it looks."""
    mended = ("concat(unhex('ff'), v)", "concat(v, unhex('c3'))", "concat(unhex('e282'), v, unhex('fe'))")
    for broken in mended:
        source = f"(SELECT toValidUTF8({broken}) AS v, secret FROM values('v String, secret String', {PAIRS}))"  # noqa: S608
        (left,) = ask(engine, f"SELECT countIf(position({REDACTED}, secret) > 0) FROM {source}")  # noqa: S608
        assert left == "0", broken


# A piece and how often it is repeated: together one megabyte.
LONG = [
    ("a", 1_000_000),
    ("password", 125_000),
    ("password=", 111_000),
    ("://a:", 200_000),
    ("-----BEGIN A PRIVATE KEY-----", 34_000),
    ("sk-", 333_000),
    ("eyJ", 333_000),
    ('\\"', 500_000),
    ("curl -u ", 125_000),
    ("token: 1", 125_000),
    ("Authorization: Bearer ", 45_000),
]


@pytest.mark.parametrize(("piece", "times"), LONG, ids=lambda value: str(value)[:12])
def test_a_megabyte_of_the_worst_takes_seconds_not_minutes(
    engine: chdb.session.Session, piece: str, times: int
) -> None:
    began = perf_counter()
    source = f"(SELECT materialize(repeat({quoted(piece)}, {times})) AS v)"
    ask(engine, f"SELECT length({REDACTED}) FROM {source}")  # noqa: S608
    assert perf_counter() - began < 10
