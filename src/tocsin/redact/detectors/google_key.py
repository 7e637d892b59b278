"""Detector `google-key`: keys, secrets and tokens of Google."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = (
    EDGE + r"(?:AIza[A-Za-z0-9_-]{16,}|GOCSPX-[A-Za-z0-9_-]{16,}|ya29\.[A-Za-z0-9_-]{16,}"
    r"|1//0[A-Za-z0-9_-]{16,}|AQ\.Ab8[A-Za-z0-9_-]{16,})" + TAIL
)

DETECTOR = Detector(
    name="google-key",
    what="API keys (AIza), OAuth client secrets (GOCSPX-) and OAuth access and refresh tokens (ya29., 1//) of Google.",
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("google-key"),
    matches=(
        Example(f"https://host/v1beta/models?key=AIza{letters(35)}", letters(35)),
        Example(f"client_secret: GOCSPX-{letters(28)}", letters(28)),
        Example(f"ya29.{letters(60)}", letters(60)),
        Example(f"1//0{letters(60)}", letters(60)),
    ),
    misses=("AIza", "AIzawa Tetsuya", "http://0.0.0.0", "section 1//0 of the road"),
    source="https://cloud.google.com/docs/authentication/api-keys and https://developers.google.com/identity/protocols/oauth2",
)
