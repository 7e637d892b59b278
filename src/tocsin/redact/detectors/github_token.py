"""Detector `github-token`: tokens of GitHub."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = EDGE + r"(?:gh[oprsu]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,})" + TAIL

DETECTOR = Detector(
    name="github-token",
    what="Personal, OAuth, app and refresh tokens of GitHub.",
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("github-token"),
    matches=(
        Example(f"git clone https://x-access-token:ghs_{letters(36)}@github.com/a/b", letters(36)),
        Example(f"ghp_{letters(36)}", letters(36)),
        Example(f"token github_pat_{letters(22)}_{letters(59)}", letters(59)),
    ),
    misses=("ghp_", "the prefix ghp_ or github_pat_ tells", "high_performance_computing_environment_x"),
    source="https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/",
)
