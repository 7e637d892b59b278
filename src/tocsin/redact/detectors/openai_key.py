"""Detector `openai-key`: keys of OpenAI, and of services that copied their shape."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import hexes, letters
from tocsin.redact.shapes import EDGE, TAIL, replaced

_UUID = f"{hexes(8)}-{hexes(4)}-{hexes(4)}-{hexes(4)}-{hexes(12)}"

DETECTOR = Detector(
    name="openai-key",
    what="Keys that begin with sk-, as OpenAI, DeepSeek, OpenRouter, Langfuse and LiteLLM give them out.",
    pattern=(
        EDGE + r"sk-(?:(?:proj|svcacct|admin|None|service|or-v1|test|live)-[A-Za-z0-9_-]{16,}"
        r"|lf-[0-9a-f-]{32,}|(?:[a-z]{2,10}[0-9]{0,2}-){0,2}[A-Za-z0-9_]{16,})" + TAIL
    ),
    first_look=EDGE + r"sk-[A-Za-z0-9_-]{16}",
    replacement=r"\1" + replaced("openai-key"),
    matches=(
        Example(f"use sk-{letters(48)} for it", letters(48)),
        Example(f"OPENAI_API_KEY=sk-proj-{letters(40)}-{letters(9)}_{letters(60)}", letters(60)),
        Example(f'{{"key": "sk-svcacct-{letters(60)}"}}', letters(60)),
        Example(f"sk-or-v1-{hexes(64)}", hexes(64)),
        Example(f"sk-{hexes(32)}", hexes(32)),
        Example(f"sk-lf-{_UUID}", _UUID),
        Example(f'{{"content": "first line\\\\nsk-{letters(32)}\\\\nlast"}}', letters(32)),
        Example(f"https://x/?next=%3Fkey%3Dsk-{letters(32)}", letters(32)),
        Example(f"\x1b[93msk-{letters(32)}\x1b[0m", letters(32)),
        Example(f"Incorrect API key provided: sk-{letters(20)}.", letters(20)),
    ),
    misses=(
        "a task-oriented-dialogue-system-for-everybody",
        "the disk-usage-report-generator-2024 ran",
        "class='sk-circle sk-folding-cube'",
        "sk-learn and sk-estimator-doc-link",
        "sk-****************************abcd",
    ),
    source="https://platform.openai.com/docs/api-reference/authentication and keys seen in recorded error messages",
)
