"""What a browser loads to show a page for the first time, in bytes over the wire."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

import httpx

from tocsin.model.problem import Foreign

# Elements that name something to load, and the attribute that does.
_LOADS: Final = {"script": "src", "img": "src", "link": "href", "source": "src", "iframe": "src"}
_RELATIONS: Final = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}
_IMPORT: Final = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([./][^"']+)["']""")
_CSS_URL: Final = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])([^"')]+)""")
# What a browser says that it takes.
_ACCEPT: Final = {"Accept-Encoding": "gzip", "Accept": "text/html,*/*"}


class _Links(HTMLParser):
    """Collects what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        relations = set((named.get("rel") or "").split())
        target = named.get(_LOADS.get(tag, ""))
        if target and (tag != "link" or relations & _RELATIONS):
            self.found.append(target)
        # What htmx fetches as soon as the page is there.
        fetched = named.get("hx-get")
        if fetched and "load" in re.split(r"[\s,]+", named.get("hx-trigger") or ""):
            self.found.append(fetched)


def links_of(text: str, media_type: str) -> Iterator[str]:
    """Yield what an HTML page, a style sheet or a script loads; nothing for other types."""
    if media_type == "text/html":
        links = _Links()
        links.feed(text)
        yield from links.found
    elif media_type == "text/css":
        yield from _CSS_URL.findall(text)
    elif media_type.endswith("javascript"):
        yield from _IMPORT.findall(text)


def first_load(address: str) -> dict[str, int]:
    """Return each address that a first load of a page fetches, with the bytes of its answer: head and packed body.

    Raises Foreign when something that is named is not there.
    """
    sizes: dict[str, int] = {}
    waiting = [address]
    with httpx.Client(headers=_ACCEPT, timeout=30) as client:
        while waiting:
            at = waiting.pop()
            if at in sizes or at.startswith("data:"):
                continue
            with client.stream("GET", at) as answer:
                packed = answer.read()
                if not answer.is_success:
                    raise Foreign("tocsin up", f"{at} answered {answer.status_code}")
                head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw) + len(
                    "HTTP/1.1 200 OK\r\n\r\n"
                )
                sizes[at] = answer.num_bytes_downloaded + head
                media_type = answer.headers.get("content-type", "").partition(";")[0]
                del packed
                waiting += [urljoin(at, link) for link in links_of(answer.text, media_type)]
    return sizes
