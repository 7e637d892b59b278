"""A Slack message as a browser can show it: Block Kit read into plain pieces. Nothing in it is trusted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

# The few signs that our own messages use.
_SIGNS = {
    "rotating_light": "\N{POLICE CARS REVOLVING LIGHT}",
    "warning": "\N{WARNING SIGN}",
    "white_check_mark": "\N{WHITE HEAVY CHECK MARK}",
    "bell": "\N{BELL}",
}
_ESCAPES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_MARKUP = re.compile(
    r"<(?P<url>https?://[^|>\s]+)(?:\|(?P<label>[^>]*))?>"
    r"|<!(?P<call>[a-z]+)>"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<!\w)\*(?P<bold>[^*\n]+)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^_\n]+)_(?!\w)"
    r"|:(?P<sign>[a-z_]+):"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one dress: text, bold, italic, code, call or link. Only a link has a `url`, of http or https."""

    kind: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button; without a `url` it does nothing here."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Block:
    """One block: header, section, context, fields, buttons or divider."""

    kind: str
    pieces: tuple[Piece, ...] = ()
    fields: tuple[tuple[Piece, ...], ...] = ()
    buttons: tuple[Button, ...] = ()


def blocks(payload: Mapping[str, Any]) -> tuple[Block, ...]:
    """Read a message's blocks, those of its attachments too; its plain text when there are none that can be read."""
    found = tuple(block for raw in _raw(payload) for block in _block(raw))
    return found or (Block("section", pieces(str(payload.get("text", "")))),)


def _raw(payload: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from _maps(payload.get("blocks"))
    for attachment in _maps(payload.get("attachments")):
        yield from _maps(attachment.get("blocks"))


def _maps(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        return []
    return [cast("Mapping[str, Any]", item) for item in cast("list[object]", value) if isinstance(item, dict)]


def _block(raw: Mapping[str, Any]) -> Iterator[Block]:
    match raw.get("type"):
        case "header":
            yield Block("header", _text(raw.get("text")))
        case "section":
            if raw.get("text"):
                yield Block("section", _text(raw["text"]))
            if fields := _maps(raw.get("fields")):
                yield Block("fields", fields=tuple(_text(field) for field in fields))
        case "context":
            joined = [piece for element in _maps(raw.get("elements")) for piece in _text(element)]
            yield Block("context", tuple(joined))
        case "actions":
            yield Block("buttons", buttons=tuple(_button(element) for element in _maps(raw.get("elements"))))
        case "divider":
            yield Block("divider")
        case _:
            return


def _text(raw: object) -> tuple[Piece, ...]:
    if not isinstance(raw, dict):
        return ()
    known = cast("Mapping[str, Any]", raw)
    text = str(known.get("text", ""))
    return pieces(text) if known.get("type") == "mrkdwn" else (Piece("text", _signed(text)),)


def _button(raw: Mapping[str, Any]) -> Button:
    url = str(raw.get("url", ""))
    label = "".join(piece.text for piece in _text(raw.get("text")))
    return Button(label, url if url.startswith(("http://", "https://")) else "")


def pieces(text: str) -> tuple[Piece, ...]:
    """Read Slack's markup: bold, italic, code, links, calls and signs; everything else is text."""
    found: list[Piece] = []
    at = 0
    for match in _MARKUP.finditer(text):
        if match.start() > at:
            found.append(Piece("text", unescaped(text[at : match.start()])))
        found.extend(_piece(match))
        at = match.end()
    if at < len(text):
        found.append(Piece("text", unescaped(text[at:])))
    return tuple(found)


def _piece(match: re.Match[str]) -> Sequence[Piece]:
    kind = match.lastgroup or ""
    inner = match.group(kind)
    if kind in {"url", "label"}:
        url = unescaped(match.group("url"))
        return (Piece("link", unescaped(match.group("label") or url), url),)
    if kind == "sign":
        return (Piece("text", _SIGNS.get(inner, match.group())),)
    if kind == "call":
        return (Piece("call", f"@{inner}"),)
    return (Piece(kind, unescaped(inner)),)


def _signed(text: str) -> str:
    return re.sub(r":([a-z_]+):", lambda found: _SIGNS.get(found.group(1), found.group()), text)


def unescaped(text: str) -> str:
    """Undo Slack's three escapes."""
    return re.sub(r"&(?:lt|gt|amp);", lambda found: _ESCAPES[found.group()], text)
