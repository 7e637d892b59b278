"""The message as Slack takes it: Block Kit within Slack's limits for any notice, and plain text that says the same."""

from enum import StrEnum
from typing import Any

from tocsin.model.alarm import Severity
from tocsin.model.notice import Notice, NoticeState
from tocsin.notify import words
from tocsin.notify.render import plain_text

# Slack's limits (docs.slack.dev, block kit reference): more and the whole message is refused.
BLOCKS_MAX = 50
SECTION_CHARACTERS_MAX = 3_000
CONTEXT_CHARACTERS_MAX = 2_000
TEXT_CHARACTERS_MAX = 40_000


class Mention(StrEnum):
    """Whom a page calls; a ticket, a drill and an end call nobody."""

    NOBODY = "nobody"
    HERE = "here"
    CHANNEL = "channel"


def payload(notice: Notice, mention: Mention = Mention.NOBODY) -> dict[str, Any]:
    """Return the JSON body: `text` is the fallback, shown where blocks are not, and means the same as they do."""
    call = _call(notice, mention)
    sign = _sign(notice)
    blocks = [_section(f"{call}{sign} *{{}}*", notice.headline)]
    blocks += [_section("{}", line) for line in (notice.compared, notice.why, notice.changed, notice.handled) if line]
    blocks.append(_link_section(notice))
    blocks.append(_context(notice))
    assert len(blocks) <= BLOCKS_MAX, "a message has a handful of blocks"
    return {
        "text": f"{call}{sign} {escaped(plain_text(notice), TEXT_CHARACTERS_MAX - 100)}",
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def text_only(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the same message without blocks, for when Slack refuses them."""
    return {key: value for key, value in whole.items() if key != "blocks"}


def escaped(text: str, characters_max: int) -> str:
    """Escape what Slack reads as markup, and cut to a length without cutting an escape in two."""
    pieces: list[str] = []
    room = characters_max - 1
    for character in text:
        piece = _ESCAPES.get(character, character)
        if len(piece) > room:
            pieces.append("…")
            break
        room -= len(piece)
        pieces.append(piece)
    return "".join(pieces)


_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def _call(notice: Notice, mention: Mention) -> str:
    loud = notice.state is NoticeState.FIRING and notice.severity is Severity.PAGE and not notice.hushed
    return f"<!{mention}> " if loud and mention is not Mention.NOBODY else ""


def _sign(notice: Notice) -> str:
    if notice.state is NoticeState.RESOLVED:
        return ":white_check_mark:"
    return ":rotating_light:" if notice.severity is Severity.PAGE else ":warning:"


def _section(form: str, line: str) -> dict[str, Any]:
    # Verbatim: Slack shall not turn what a service is called into links or mentions.
    room = SECTION_CHARACTERS_MAX - len(form)
    return {"type": "section", "text": _markdown(form.format(escaped(line, room)))}


def _link_section(notice: Notice) -> dict[str, Any]:
    link = escaped(notice.link.replace("|", "%7C"), SECTION_CHARACTERS_MAX)
    label = "Open the graph"
    text = f"<{link}|{label}>"
    # A link that does not fit would be cut into one that leads nowhere.
    return {"type": "section", "text": _markdown(text if len(text) <= SECTION_CHARACTERS_MAX else label)}


def _context(notice: Notice) -> dict[str, Any]:
    group = notice.group
    facts = [notice.severity.value, notice.alarm, group.project, group.environment, f"incident {notice.incident}"]
    told = " · ".join(words.name(fact) for fact in facts if fact)
    return {"type": "context", "elements": [_markdown(escaped(told, CONTEXT_CHARACTERS_MAX))]}


def _markdown(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
