"""Detector `anthropic-key`: keys of Anthropic."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = EDGE + r"sk-ant-[A-Za-z0-9_-]{10,}" + TAIL

DETECTOR = Detector(
    name="anthropic-key",
    what="Keys that begin with sk-ant-, as Anthropic gives them out.",
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("anthropic-key"),
    matches=(
        Example(f"x-api-key: sk-ant-api03-{letters(60)}-{letters(33)}AA", letters(33)),
        Example(f"sk-ant-admin01-{letters(40)}_{letters(10)}", letters(40)),
        Example(f'\\"sk-ant-sid01-{letters(30)}\\"', letters(30)),
    ),
    misses=("sk-ant-", "the prefix is sk-ant-api03", "task-ant-colony-optimisation"),
    source="https://docs.anthropic.com/en/api/overview",
)
