"""Detector `gitlab-token`: tokens of GitLab."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = EDGE + r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas|imt|ffct)-[A-Za-z0-9_.=-]{16,}" + TAIL

DETECTOR = Detector(
    name="gitlab-token",
    what="Personal, deploy, runner, trigger, job and agent tokens of GitLab.",
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("gitlab-token"),
    matches=(
        Example(f"PRIVATE-TOKEN: glpat-{letters(20)}", letters(20)),
        Example(f"glrt-{letters(20)}", letters(20)),
    ),
    misses=("glpat-", "a glft-shaped word"),
    source="https://docs.gitlab.com/security/tokens/#token-prefixes",
)
