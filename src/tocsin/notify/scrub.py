"""Takes secrets out of a text before it is logged, stored or shown."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from tocsin.model.secret import MASK, Secret

# A part of a secret that is shorter is none by itself, and masking it would shred the text. A whole secret that is
# shorter, or a password, is masked where it stands alone.
PIECE_CHARACTERS_MIN = 6
# Parts of addresses that are the same for everybody.
_NO_SECRETS = frozenset({"enqueue", "message", "messages", "notify", "services", "triggers", "webhook", "webhooks"})
# Where the host says only where a thing is. Elsewhere it may be the token, as in tgram://TOKEN/CHAT.
_WEB = ("http", "https")
_PATTERNS_KEPT_MAX = 64

_ADDRESS = re.compile(
    r"(?P<place>\b[a-zA-Z][a-zA-Z0-9+.-]*://)(?P<user>[^\s/@'\"<>]*@)?(?P<host>[^\s/?#'\"<>]*)[^\s'\"<>]*"
)
_TOKEN = re.compile(r"\b(?:xox[a-z]-|sk-|Bearer\s+|Basic\s+)[A-Za-z0-9._~+/=-]{6,}")
_BETWEEN_PARTS = re.compile(r"[/?#&=:@,]+")


def scrub(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Mask the given secrets, all but the host of any web address, all of any other, and what looks like a token."""
    return _TOKEN.sub(MASK, _ADDRESS.sub(_without_its_secrets, masked(text, secrets)))


def masked(text: str, secrets: Iterable[Secret]) -> str:
    """Mask the given secrets, whole and in parts, in every form and case they take; all else stays."""
    pattern = _pattern(tuple(secrets))
    return text if pattern is None else pattern.sub(MASK, text)


def _without_its_secrets(address: re.Match[str]) -> str:
    host = f"{address['host']}/" if address["place"].lower().removesuffix("://") in _WEB else ""
    return f"{address['place']}{host}{MASK}"


@lru_cache(_PATTERNS_KEPT_MAX)
def _pattern(secrets: tuple[Secret, ...]) -> re.Pattern[str] | None:
    pieces = {piece for secret in secrets for piece in _pieces(secret) if piece}
    if not pieces:
        return None
    in_order = sorted(pieces, key=lambda piece: (-len(piece), piece))
    return re.compile("|".join(map(_found_by, in_order)), re.IGNORECASE)


def _found_by(piece: str) -> str:
    escaped = re.escape(piece)
    return escaped if len(piece) >= PIECE_CHARACTERS_MIN else rf"(?<!\w){escaped}(?!\w)"


def _pieces(secret: Secret) -> Iterator[str]:
    """Give the secret as it is, as an address writes it, and, of an address, each part that could be the secret one."""
    whole = secret.reveal()
    yield from _forms(whole)
    try:
        parts = urlsplit(whole)
    except ValueError:
        parts = urlsplit("")
    user = parts.netloc.rpartition("@")[0]
    yield from _forms(user.partition(":")[2])
    for part in _parts(whole, parts.scheme, parts.netloc):
        yield from (form for form in _forms(part) if len(form) >= PIECE_CHARACTERS_MIN and form not in _NO_SECRETS)


def _parts(whole: str, scheme: str, netloc: str) -> Iterator[str]:
    """Give the parts of an address; nothing for what is none."""
    if not netloc:
        return
    _, _, rest = whole.partition("://")
    user, _, host = netloc.rpartition("@")
    if scheme in _WEB:
        after = rest[len(netloc) :]
        yield from (after, after.partition("?")[0], after.partition("?")[2], user)
        yield from _BETWEEN_PARTS.split(f"{user}/{after}")
    else:
        yield from (rest, netloc, host, user)
        yield from _BETWEEN_PARTS.split(rest)


def _forms(text: str) -> tuple[str, ...]:
    """Return a text as it is, as an address, Python, JSON and a login write it, and as an address means it."""
    encoded = text.encode("utf-8", "surrogateescape")
    login = b64encode(encoded).decode().rstrip("=")
    return (
        text,
        quote(encoded),
        quote(encoded, safe=""),
        unquote(text),
        repr(text)[1:-1],
        json.dumps(text)[1:-1],
        login,
    )
