"""Ingest keys: who may write, and into which project."""

import hmac
from collections.abc import Mapping

DEFAULT_PROJECT = "default"
# Headers, and gRPC metadata, that may carry a key; names in lower case.
AUTHORIZATION = "authorization"
KEY_HEADERS = ("x-tocsin-key", "api-key")
REFUSAL = (
    "the ingest key is missing or unknown; send one that stands in ingest.keys as 'Authorization: Bearer KEY' "
    "or 'x-tocsin-key: KEY'"
)


class Keys:
    """The keys of the settings; without any, everybody may write into the project "default".

    `own` are keys that this process made for itself, and that change nothing for others.
    """

    def __init__(self, keys: Mapping[str, str], own: Mapping[str, str] | None = None) -> None:
        self._projects = {key.encode(): project for key, project in {**keys, **(own or {})}.items()}
        self._open = not keys

    def project_of(self, headers: Mapping[str, str]) -> str | None:
        """Return the project that the sender may write into, or None when it may not write.

        `headers`: names in lower case. Takes the same time whichever key is wrong, and wherever it is wrong.
        """
        presented = _presented(headers).encode(errors="replace")
        project = DEFAULT_PROJECT if self._open else None
        for key, owner in self._projects.items():
            if hmac.compare_digest(key, presented):
                project = owner
        return project


def _presented(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get(AUTHORIZATION, "").strip().partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return next((headers[name].strip() for name in KEY_HEADERS if name in headers), "")
