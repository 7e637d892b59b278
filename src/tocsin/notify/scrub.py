"""Takes secrets out of a text before it is logged, stored or shown."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, urlsplit

from tocsin.model.secret import MASK, Secret

# A piece shorter than this is no secret by itself, and masking it would shred the text.
PIECE_CHARACTERS_MIN = 6

_ADDRESS = re.compile(
    r"(?P<place>\b[a-zA-Z][a-zA-Z0-9+.-]*://)(?P<user>[^\s/@'\"<>]*@)?(?P<host>[^\s/?#'\"<>]*)[^\s'\"<>]*"
)
_TOKEN = re.compile(r"\b(?:xox[a-z]-|sk-|Bearer\s+|Basic\s+)[A-Za-z0-9._~+/=-]{6,}")


def scrub(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Mask the given secrets in every form they take, all but the host of any address, and what looks like a token."""
    for piece in sorted({p for secret in secrets for p in _pieces(secret)}, key=len, reverse=True):
        text = text.replace(piece, MASK)
    text = _ADDRESS.sub(rf"\g<place>\g<host>/{MASK}", text)
    return _TOKEN.sub(MASK, text)


def _pieces(secret: Secret) -> Iterator[str]:
    """Give the secret as it is, as an address writes it, and, of an address, each part that could be the secret one."""
    whole = secret.reveal()
    yield from _long_enough(whole, quote(whole), quote(whole, safe=""), repr(whole)[1:-1])
    try:
        parts = urlsplit(whole)
    except ValueError:
        return
    if parts.netloc:
        user = parts.netloc.rpartition("@")[0]
        yield from _long_enough(parts.path, parts.query, user, *user.split(":"), *parts.path.split("/"))
        yield from _long_enough(*re.split(r"[&=]", parts.query))


def _long_enough(*pieces: str) -> Iterator[str]:
    return (piece for piece in pieces if len(piece) >= PIECE_CHARACTERS_MIN)
