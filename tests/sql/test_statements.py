"""Every statement says what it is, takes what it says, gives what it says, and is used in one place."""

import ast
import re
from collections import Counter
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from tests.store.opened import START, Opened

from tocsin.model.call import Call
from tocsin.model.dimension import ROLLED, Dimension
from tocsin.model.inspection import AttributeCount, ScopeCount, Score
from tocsin.model.parts import Parts
from tocsin.model.span import Span
from tocsin.store.engine import Parameter
from tocsin.store.read import columns_of
from tocsin.store.signs import CALLED_SIGNS, ROLLED_SIGNS
from tocsin.store.statements import CALLED_SKETCHES, ROLLED_SKETCHES, grouped, narrowed, question, step

Answer = Call | Span | Score | ScopeCount | AttributeCount
STORE = Path(str(resources.files("tocsin.store")))
QUESTIONS = sorted(path.stem for path in (STORE / "questions").glob("*.sql"))
STEPS = sorted(path.stem for path in (STORE / "steps").glob("*.sql"))
ALL = [*(("questions", name) for name in QUESTIONS), *(("steps", name) for name in STEPS)]
HEADERS = {"questions": ["Question", "Grain", "Takes", "Gives"], "steps": ["Step", "Takes", "Writes"]}
PARAMETER = re.compile(r"\{(\w+):((?:[^{}()']|\([^()]*(?:\([^()]*\))?[^()]*\))+)\}")

# What the columns of the parts are called, and their types, in their order.
COUNTS = [(f.name, "UInt64") for f in fields(Parts) if f.type is int]
SKETCH = "Tuple(Array(UInt16), Array(UInt64))"
SIGNS_TYPE = "Tuple(Array(String), Array(UInt64))"
PARTS = [*COUNTS, ("cost", "String"), ("duration", SKETCH), ("ttft", SKETCH), ("signs", SIGNS_TYPE)]
WHO = [("project", "String"), ("environment", "String"), ("service", "String")]
# Questions that are read into a dataclass, column by column.
READ_INTO: dict[str, type[Answer]] = {
    "example_calls": Call,
    "spans_of_trace": Span,
    "scores_sent": Score,
    "scopes_not_understood": ScopeCount,
    "attributes_of_calls": AttributeCount,
}
# Columns whose field has another unit or another shape.
RAW = {"started": "Int64", "duration_ns": "Int64", "ttft_ns": "Nullable(Int64)", "cost": "Nullable(String)"}
PYTHON = {float: "Float64", str: "String", int: "UInt64", bool: "Bool"}

GIVES: dict[str, list[tuple[str, str]]] = {
    "parts_rolled": [("at", "UInt32"), ("group", "Array(String)"), *PARTS],
    "parts_called": [("at", "UInt32"), ("group", "Array(String)"), *PARTS],
    "windows": [*WHO, ("place", "UInt32"), *PARTS],
    "windows_by_hour": [*WHO, ("place", "UInt32"), *PARTS],
    "parts_of_services": [*WHO, *PARTS],
    "projects": [("project", "String")],
    "metric_series": [
        *WHO,
        ("unit", "String"),
        ("shape", "String"),
        ("temporality", "UInt8"),
        ("monotonic", "Bool"),
        (
            "points",
            "Array(Tuple(UInt64, UInt64, Float64, UInt64, Array(Float64), Array(UInt64), Int32, Int32, UInt64))",
        ),
    ],
    "at_edges": [*WHO, ("place", "UInt32"), *PARTS],
    "calls_of_hours": [*WHO, ("at", "UInt32"), *PARTS],
    "rhythms": [
        *WHO,
        ("first_seen", "UInt32"),
        ("calls_week", "UInt64"),
        ("gap_p99", "UInt32"),
        ("active_hours", "Array(UInt32)"),
    ],
    "last_seen": [*WHO, ("at", "Int64"), ("ahead", "UInt64")],
    "changes": [*WHO, ("at", "UInt32")],
    "calls_before_and_now": [*WHO, ("now", "UInt64"), ("before", "UInt64")],
    "punctual": [("project", "String"), ("spans", "UInt64"), ("late", "UInt64"), ("skewed", "UInt64")],
    "judging": [
        *WHO,
        ("evaluator", "String"),
        ("attempts", "UInt64"),
        ("failed", "UInt64"),
        ("usual_attempts", "UInt64"),
        ("reason", "String"),
        ("newest", "UInt32"),
        ("gap_p99", "Float64"),
    ],
    "score_steps": [
        *WHO,
        ("evaluator", "String"),
        ("version", "String"),
        ("judge", "String"),
        ("rubric", "String"),
        ("at", "UInt32"),
        ("values", "Array(Float64)"),
        ("counts", "Array(UInt64)"),
    ],
    "runs_doing_much": [("project", "String"), ("trace_id", "String")],
    "runs_so_far": [
        *WHO,
        *((name, "String") for name in ("trace_id", "agent", "tenant")),
        ("started", "Int64"),
        ("newest", "Int64"),
        ("ended", "Bool"),
        *((name, "UInt64") for name in ("model_calls", "tool_calls", "tokens_lately")),
        *((name, "String") for name in ("femto_lately", "femto", "repeated")),
        ("repeats", "UInt64"),
    ],
    "spans_lately": [("at", "UInt32"), ("spans", "UInt64")],
    "run_habits": [
        *WHO,
        *((name, "UInt64") for name in ("runs", "rootless")),
        ("took_p99", "Int64"),
        *((name, "UInt64") for name in ("steps_p99", "tokens_p99")),
        ("femto_median", "Float64"),
    ],
    "values_of": [("value", "String"), ("calls", "UInt64")],
    "last_span_at": [("at", "Int64")],
    "newest_received": [("received", "UInt64")],
    "newest_settled": [("mark", "UInt64"), ("version", "UInt64"), ("hour", "UInt32"), ("newest", "UInt32")],
    "priced_pairs": [("provider", "String"), ("model", "String")],
    "settled_minutes": [("hour", "UInt32"), ("lo", "UInt32"), ("hi", "UInt32")],
    "arrivals": [("received", "UInt64"), ("arrived", "UInt64")],
    "touched": [("spans", "UInt64"), ("lo", "UInt32"), ("hi", "UInt32")],
    "touched_by_events": [("events", "UInt64"), ("lo", "UInt32"), ("hi", "UInt32")],
    "told_by_events": [("told", "UInt8")],
    "twins_told": [("twins", "UInt8")],
    "newly_served": [*WHO, ("asked", "String"), ("model", "String"), ("first", "UInt32"), ("calls", "UInt64")],
    "unpriced_pairs": [("provider", "String"), ("model", "String")],
}


def written(folder: str, name: str) -> str:
    return question(name) if folder == "questions" else step(name)


def typed(answer: type[Answer]) -> list[tuple[str, str]]:
    """Return the columns and types that a dataclass is read from."""
    hints = get_type_hints(answer)
    found: list[tuple[str, str]] = []
    columns = columns_of(answer) if issubclass(answer, Call | Span) else [f.name for f in fields(answer)]
    for column in columns:
        if column in RAW:
            found.append((column, RAW[column]))
            continue
        hint = hints[column]
        optional = type(None) in get_args(hint)
        plain = next((kind for kind in get_args(hint) if kind is not type(None)), hint) if optional else hint
        name = PYTHON.get(plain) or ("Array(String)" if "tuple" in str(hint) else "Map(String, String)")
        found.append((column, f"Nullable({name})" if optional else name))
    return found


# One value of each type that a statement takes.
VALUES: dict[str, Parameter] = {
    "String": "0" * 32,
    "UInt32": 3600,
    "UInt64": 1,
    "Bool": True,
    "DateTime('UTC')": START.strftime("%Y-%m-%d %H:%M:%S"),
    "DateTime64(6, 'UTC')": START.strftime("%Y-%m-%d %H:%M:%S.%f"),
    "Int64": 3600 * 10**9,
    "Array(UInt32)": [3600],
    "Array(Int64)": [3600 * 10**9],
    "Array(String)": ["a" * 32],
}


def asked(name: str) -> tuple[str, dict[str, Parameter]]:
    """Return a question with its places filled and its parameters given."""
    dimensions = list(ROLLED) if name in {"parts_rolled", "parts_of_services"} else [*ROLLED, Dimension.TENANT]
    sql = question(name).replace("@group@", grouped(dimensions[:1] if name == "values_of" else dimensions))
    sql = sql.replace("@where@", narrowed(dimensions)).replace("@order@", "started DESC")
    sql = sql.replace("@sketches@", ROLLED_SKETCHES if name.startswith("windows") else CALLED_SKETCHES)
    sql = sql.replace("@signs@", ROLLED_SIGNS if name.startswith("windows") else CALLED_SIGNS)
    return sql, {parameter: VALUES[kind] for parameter, kind in PARAMETER.findall(sql)}


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_a_statement_has_its_header(folder: str, name: str) -> None:
    head = written(folder, name).splitlines()
    said = [match[1] for line in head if (match := re.match(r"-- (Question|Grain|Takes|Gives|Step|Writes): +\S", line))]
    assert said == HEADERS[folder]


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_a_statement_takes_what_its_header_says(folder: str, name: str) -> None:
    sql = written(folder, name)
    head = [line for line in sql.splitlines() if line.startswith("--")]
    code = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    told = "\n".join(head).partition("Takes:")[2].partition("Gives:" if folder == "questions" else "Writes:")[0]
    taken = {parameter for parameter, _ in PARAMETER.findall(code)}
    assert set(re.findall(r"\{(\w+)\}", told)) == taken
    assert set(re.findall(r"@\w+@", told)) == set(re.findall(r"@\w+@", code))


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_a_parameter_has_one_type_throughout_a_statement(folder: str, name: str) -> None:
    kinds = Counter(parameter for parameter, _ in set(PARAMETER.findall(written(folder, name))))
    assert [parameter for parameter, n in kinds.items() if n > 1] == []


def test_every_statement_is_used_in_exactly_one_place() -> None:
    used = Counter(
        name.value
        for path in STORE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("question", "step")
        for name in ast.walk(call.args[0])
        if isinstance(name, ast.Constant) and isinstance(name.value, str)
    )
    assert used == Counter(name for _, name in ALL)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_gives_the_names_and_types_that_its_reader_expects(store: Opened, name: str) -> None:
    expected = GIVES[name] if name in GIVES else typed(READ_INTO[name])
    sql, parameters = asked(name)
    given = [(row[0], row[1]) for row in store.writer.ask(f"DESCRIBE ({sql})", parameters)]
    assert [(column, kind.replace("LowCardinality(String)", "String")) for column, kind in given] == expected


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_can_be_asked_of_an_empty_store(store: Opened, name: str) -> None:
    sql, parameters = asked(name)
    assert isinstance(store.writer.ask(sql, parameters), list)
