"""Detector `bearer-token`: tokens after the words that HTTP puts before them."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import ASSIGN, QUOTE, replaced

DETECTOR = Detector(
    name="bearer-token",
    what="What follows Bearer, or Authorization and a scheme, in headers that got into text.",
    # After Bearer alone a digit is asked for, since the word also stands in prose.
    pattern=(
        rf"(?i)((?:proxy-)?authorization{ASSIGN}(?:{QUOTE})?(?:basic|bearer|token|digest|apikey|key|negotiate|bot)\s{{1,2}})"
        r"[A-Za-z0-9+/_.~%-]{6,}={0,2}"
        r"|((?:\b|\\[nrt])bearer\s{1,2})(?:[a-z+/_.~%-]*[0-9][a-z0-9+/_.~%-]{8,}|[a-z+/_.~%-]{8,}[0-9][a-z0-9+/_.~%-]*)={0,2}"
    ),
    first_look=(
        rf"(?i)(?:authorization{ASSIGN}(?:{QUOTE})?[a-z]{{3,9}}\s{{1,2}}[a-z0-9+/_.~%-]{{6}}"
        r"|bearer\s{1,2}[a-z0-9+/_.~%-]{9})"
    ),
    replacement=r"\1\2" + replaced("bearer-token"),
    matches=(
        Example(f"Authorization: Bearer {letters(40)}", letters(40)),
        Example(f'{{\\"authorization\\": \\"Basic {letters(22)}==\\"}}', letters(22)),
        Example(f"curl -H 'Authorization: token {letters(40)}'", letters(40)),
        Example(f"the header was bearer {letters(24)}", letters(24)),
    ),
    misses=(
        "Authorization: Bearer",
        "Authorization: Bearer <token>",
        "Authorization: Bearer $TOKEN",
        "Authorization: Bearer {api_key}",
        "bearer authentication-and-authorisation",
        "the bearer of this letter",
        "authorization: required",
    ),
    source="RFC 6750 and RFC 7617",
    by_name=True,
)
