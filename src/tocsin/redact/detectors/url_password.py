"""Detector `url-password`: passwords inside addresses: databases, queues, proxies, repositories."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import replaced

# Printable ASCII without space, quotes, slash, colon, angle brackets and backslash; the first also without what begins
# a placeholder. Spelt as ranges, since Vectorscan reads some negated classes too widely (seen in chDB 26.9).
_SIGN = r"[!#-&(-.0-9;=?-\[\]-~]"
_FIRST = r"[!#%&()+-.0-9;=?-Z\]-z|}~]"

DETECTOR = Detector(
    name="url-password",
    what="The password in scheme://user:password@host; user and host stay.",
    pattern=rf"(://{_SIGN}*:){_FIRST}(?:{_SIGN}|:)*@",
    first_look=rf"://{_SIGN}*:{_FIRST}(?:{_SIGN}|:)*@",
    replacement=r"\1" + replaced("url-password") + "@",
    matches=(
        Example(f"postgresql+psycopg://app:{letters(12)}@db.internal:5432/app", letters(12)),
        Example(f"smtps://me@example.com:{letters(9)}@smtp.example.com:465", letters(9)),
        Example(f"redis://:{letters(9)}@cache:6379/0", letters(9)),
        Example(f'"proxy": "http://me:{letters(10)}@proxy:3128"', letters(10)),
        Example(f"amqps://guest:{letters(6)}!#{letters(3)}@mq/vhost", letters(6)),
    ),
    misses=(
        "https://example.com:8080/@user",
        "http://localhost:4318/v1/traces and mail me@example.com",
        "postgres://user:${PASSWORD}@host/db",
        "postgres://user:{password}@host/db",
        "postgres://user:<password>@host/db",
        "https://user@host:8080/path",
        "ssh://git@github.com:22/x",
    ),
    source="RFC 3986, section 3.2.1",
)
