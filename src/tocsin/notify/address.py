"""Judges a webhook's address when it is set, without ever showing it."""

from urllib.parse import urlsplit

from tocsin.model.secret import Secret


def assert_web_address(url: Secret) -> None:
    """Raise ValueError when it is not an http or https address with a host; the message does not quote it."""
    try:
        parts = urlsplit(url.reveal())
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("url is not a web address; its value must begin with https:// or http:// and name a host")
