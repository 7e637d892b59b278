from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.secret import Secret
from tocsin.notify.scrub import scrub

URL = "https://user:hunter22@hooks.example.com/services/T0AAAA/B0BBBB/cccccccc?token=dddddddd&x=1"


def test_every_part_of_an_address_that_could_be_secret_is_masked() -> None:
    said = f"POST {URL} failed; path /services/T0AAAA/B0BBBB/cccccccc, {quote(URL, safe='')}, dddddddd, hunter22"
    clean = scrub(said, [Secret(URL)])
    for piece in ("T0AAAA", "B0BBBB", "cccccccc", "dddddddd", "hunter22"):
        assert piece not in clean
    assert clean.startswith("POST *** failed; path ")


def test_an_address_nobody_named_keeps_only_its_host() -> None:
    assert scrub("see https://a:b@hooks.example.com/x/y?z#q now") == "see https://hooks.example.com/*** now"


def test_what_looks_like_a_token_is_masked() -> None:
    assert scrub("Authorization: Bearer abcdef123456 and xoxb-123-abc") == "Authorization: *** and ***"


def test_plain_words_stay() -> None:
    said = "answered 404: no_service (try 3 of 5)"
    assert scrub(said, [Secret(URL)]) == said


@given(st.text(min_size=6, max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_secret_survives_in_any_text(secret: str, before: str, after: str) -> None:
    clean = scrub(before + secret + after, [Secret(secret)])
    assert secret not in clean.replace("***", "")


@given(st.text(max_size=200))
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    once = scrub(text, [Secret(URL)])
    assert scrub(once, [Secret(URL)]) == once
