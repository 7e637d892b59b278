"""The inbox shows messages as Slack would, and trusts nothing in them."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.notify.slack import payload
from tocsin.testing.examples import a_notice
from tocsin.web.slack import Piece, blocks, pieces


def test_our_own_message_is_read_whole() -> None:
    notice = a_notice()
    found = blocks(payload(notice))
    text = "\n".join("".join(piece.text for piece in block.pieces) for block in found)
    for line in (notice.headline, notice.compared, notice.why, notice.changed):
        assert line in text
    links = [piece for block in found for piece in block.pieces if piece.kind == "link"]
    assert [link.url for link in links] == [notice.link]


def test_markup_becomes_pieces() -> None:
    assert pieces("a *b* _c_ `d*e*` <https://x.example/?a=1&amp;b=2|f> &lt;g&gt; :warning: <!here>") == (
        Piece("text", "a "),
        Piece("bold", "b"),
        Piece("text", " "),
        Piece("italic", "c"),
        Piece("text", " "),
        Piece("code", "d*e*"),
        Piece("text", " "),
        Piece("link", "f", "https://x.example/?a=1&b=2"),
        Piece("text", " <g> "),
        Piece("text", "\N{WARNING SIGN}"),
        Piece("text", " "),
        Piece("call", "@here"),
    )


def test_a_link_that_runs_script_is_no_link() -> None:
    kinds = {piece.kind for piece in pieces("<javascript:alert(1)|x> <data:text/html,x>")}
    assert kinds == {"text"}
    button = {"type": "button", "text": {"type": "plain_text", "text": "x"}, "url": "javascript:alert(1)"}
    assert blocks({"blocks": [{"type": "actions", "elements": [button]}]})[0].buttons[0].url == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=9) | st.sampled_from(["section", "mrkdwn", "header", "actions"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "blocks", "elements", "fields", "url", "x"]), inner, max_size=4
        )
    ),
)


@given(st.dictionaries(st.sampled_from(["text", "blocks", "attachments"]), JSON))
def test_whatever_is_stored_can_be_shown(stored: dict[str, object]) -> None:
    for block in blocks(stored):
        for piece in block.pieces:
            assert piece.kind != "link" or piece.url.startswith("http")


@given(st.text(alphabet="*_`<>|:&;!ab \nhtps/.", max_size=80))
def test_reading_markup_ends_whatever_it_is(text: str) -> None:
    assert all(piece.text for piece in pieces(text))
