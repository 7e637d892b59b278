"""Detector `slack-token`: tokens of Slack."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = (
    EDGE
    + r"(?:xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,}|xwfp-[A-Za-z0-9-]{10,})"
    + TAIL
)

DETECTOR = Detector(
    name="slack-token",
    what="Bot, user, app and configuration tokens of Slack.",
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("slack-token"),
    matches=(
        Example(f"SLACK_TOKEN=xoxb-123456789012-1234567890123-{letters(24)}", letters(24)),
        Example(f"xoxe.xoxp-1-{letters(40)}", letters(40)),
        Example(f"xapp-1-A0123456789-1234567890123-{letters(64)}", letters(64)),
    ),
    misses=("xoxo, your friend", "xoxb-", "xapp-store"),
    source="https://api.slack.com/concepts/token-types",
)
