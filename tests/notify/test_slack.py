from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.alarm import Group, Severity
from tocsin.model.notice import Notice, NoticeState
from tocsin.notify.slack import Mention, escaped, payload
from tocsin.testing.examples import a_notice

LINES = st.text(max_size=4_000) | st.text("&<>", max_size=4_000)
NOTICES = st.builds(
    a_notice,
    state=st.sampled_from(NoticeState),
    severity=st.sampled_from(Severity),
    alarm=LINES,
    group=st.builds(Group, LINES, LINES, LINES),
    headline=LINES,
    compared=LINES,
    why=LINES,
    changed=LINES,
    link=LINES,
)


def texts(message: dict[str, Any]) -> list[str]:
    """Every text of the blocks, in order."""
    found: list[str] = []
    for block in message["blocks"]:
        found += [part["text"] for part in ([block["text"]] if "text" in block else block["elements"])]
    return found


@given(NOTICES, st.sampled_from(Mention))
def test_any_notice_keeps_within_what_slack_takes(notice: Notice, mention: Mention) -> None:
    """Over a limit Slack refuses the whole message, and it was the largest incident that never arrived."""
    message = payload(notice, mention)
    assert 1 <= len(message["blocks"]) <= 50
    assert 0 < len(message["text"]) <= 40_000
    for block in message["blocks"]:
        assert block["type"] in {"section", "context"}
        if block["type"] == "section":
            assert 0 < len(block["text"]["text"]) <= 3_000
        else:
            assert 1 <= len(block["elements"]) <= 10
            assert all(0 < len(element["text"]) <= 3_000 for element in block["elements"])


@given(st.text("ab&<>", max_size=200), st.integers(1, 300))
def test_an_escape_is_never_cut_in_two(text: str, characters_max: int) -> None:
    cut = escaped(text, characters_max)
    assert len(cut) <= characters_max
    rest = cut.removesuffix("…")
    for escape in ("&amp;", "&lt;", "&gt;"):
        rest = rest.replace(escape, "")
    assert not set(rest) & set("&<>")


def test_the_fallback_says_what_the_blocks_say() -> None:
    message = payload(a_notice())
    for line in (a_notice().headline, a_notice().compared, a_notice().why, a_notice().changed):
        assert escaped(line, 3_000) in message["text"]
        assert any(escaped(line, 3_000) in text for text in texts(message))
    link = escaped(a_notice().link, 3_000)
    assert link in message["text"]
    assert any(text.startswith(f"<{link}|") for text in texts(message))


def test_a_service_cannot_call_anybody_or_set_a_link() -> None:
    message = payload(a_notice(headline="<!channel> <https://evil.example|Open the graph>"))
    assert "<!channel>" not in str(message)
    assert "<https://evil" not in str(message)
    assert all(block["text"]["verbatim"] for block in message["blocks"] if "text" in block)


@pytest.mark.parametrize(
    ("changes", "called"),
    [
        ({}, True),
        ({"severity": Severity.TICKET}, False),
        ({"state": NoticeState.RESOLVED}, False),
        ({"drill": True}, False),
        ({"drill": True, "loud": True}, True),
    ],
)
def test_only_a_page_that_begins_calls_people(changes: dict[str, Any], called: bool) -> None:  # noqa: FBT001 - a column
    message = payload(a_notice(**changes), Mention.CHANNEL)
    assert message["text"].startswith("<!channel> ") is called
    assert texts(message)[0].startswith("<!channel> ") is called
