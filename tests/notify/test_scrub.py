from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.secret import Secret
from tocsin.notify.scrub import masked, scrub

URL = "https://user:hunter22@hooks.example.com/services/T0AAAA/B0BBBB/cccccccc?token=dddddddd&x=1"


def test_every_part_of_an_address_that_could_be_secret_is_masked() -> None:
    said = f"POST {URL} failed; path /services/T0AAAA/B0BBBB/cccccccc, {quote(URL, safe='')}, dddddddd, hunter22"
    clean = scrub(said, [Secret(URL)])
    for piece in ("T0AAAA", "B0BBBB", "cccccccc", "dddddddd", "hunter22"):
        assert piece not in clean
    assert clean.startswith("POST *** failed; path ")


def test_an_address_nobody_named_keeps_only_its_host() -> None:
    assert scrub("see https://a:b@hooks.example.com/x/y?z#q now") == "see https://hooks.example.com/*** now"


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("tgram://123456789:AAHtoken_of_bot/12345678", "AAHtoken_of_bot"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazk", "T1JJ3T3L2"),
        ("mailto://user:pass1@example.com", "pass1"),
        ("ntfys://tk_abcdef123@ntfy.example.com/topic", "tk_abcdef123"),
        ("json://user:p%40ssword@example.com/hook", "p@ssword"),
        ("https://user:hunter2@hooks.example.com/x", "hunter2"),
        ("abc12", "abc12"),
    ],
)
def test_an_address_of_any_kind_is_masked_whole_and_in_parts_and_in_any_case(address: str, secret: str) -> None:
    """The token of some services stands where others have their host, and libraries write a host in small letters."""
    said = f"{address} failed; host {secret.lower()}, {secret}, {secret.upper()}, {quote(address, safe='')}"
    clean = scrub(said, [Secret(address)])
    assert secret.lower() not in clean.lower()
    assert clean.startswith("*** failed; host ***, ***, ***, ***")


def test_an_address_of_a_service_nobody_named_keeps_nothing() -> None:
    assert scrub("can't reach tgram://123:AAHtoken/1 now") == "can't reach tgram://*** now"


def test_words_that_are_in_everybodys_address_are_not_masked() -> None:
    assert scrub("2 services fail", [Secret(URL)]) == "2 services fail"


def test_masking_alone_leaves_other_addresses_as_they_are() -> None:
    assert masked(f"http://127.0.0.1:4319/incidents {URL}", [Secret(URL)]) == "http://127.0.0.1:4319/incidents ***"


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
