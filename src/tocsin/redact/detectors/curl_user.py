"""Detector `curl-user`: the password in the user options of curl."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import QUOTE, replaced

DETECTOR = Detector(
    name="curl-user",
    what="The password in `curl -u user:password` and the options like it; the user stays.",
    pattern=(
        rf"((?:\b|\\[nrt])curl\s(?:[ -~]{{0,80}}?\s)?(?:-u|--user|--proxy-user|-U)[\s=]{{0,3}}"
        rf"(?:{QUOTE})?[^\s:\"'<>$\\]+:)"
        # What was taken out before is taken again, so that a second time does not reach on to the next option.
        r"""(?:\[redacted:[a-z-]+\]|[^\s"'<>$\[{\\][^\s"'\\]{2,})"""
    ),
    first_look=r"curl\s[^\n]*-(?:u|user|U)[^\n]*:",
    replacement=r"\1" + replaced("curl-user"),
    matches=(
        Example(f'curl -X PUT -u "admin:{letters(9)}" https://127.0.0.1', letters(9)),
        Example(f"curl --user ann:{letters(9)} https://api.example.com", letters(9)),
    ),
    misses=(
        "curl -u admin https://127.0.0.1",
        "curl -u $USER:$PASSWORD https://127.0.0.1",
        "docker run -u 1000:1000 image",
        "curl https://example.com:8080/a",
    ),
    source="curl(1), options -u and -U",
    by_name=True,
)
