"""Detector `jwt`: JSON Web Tokens."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = EDGE + r"eyJ[A-Za-z0-9_-]{10,}={0,2}\.[A-Za-z0-9_-]{10,}={0,2}(?:\.[A-Za-z0-9_=-]*){0,3}" + TAIL

DETECTOR = Detector(
    name="jwt",
    what="JSON Web Tokens, signed or encrypted, with or without their last part.",
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("jwt"),
    matches=(
        Example(f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx{letters(20)}.{letters(43)}", letters(43)),
        Example(f"cookie: sid=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx{letters(20)}.; path=/", letters(20)),
    ),
    misses=(
        "eyJ",
        "eyJhbGciOiJIUzI1NiJ9",
        "the header eyJhbGciOiJIUzI1NiJ9 says HS256.",
        "monkeyJumpsHigher.thanEveryOther",
    ),
    source="RFC 7519 and RFC 7516, compact serialisation",
)
