import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.detector import Example
from tocsin.redact.madeup import letters
from tocsin.redact.profile import DEFAULT
from tocsin.redact.text import holds_whole_secret, redact

PIECES = [
    *(example.text for detector in DEFAULT.detectors for example in detector.matches),
    *(example.secret for detector in DEFAULT.detectors for example in detector.matches),
    *(detector.replacement for detector in DEFAULT.detectors),
    *(
        "password",
        "PASSWORD=",
        "pwd: ",
        "token=",
        "secret",
        "is",
        "Bearer ",
        "authorization",
        "://",
        "@",
        ":",
        "=",
        "&",
    ),
    *(
        '"',
        "\\",
        "\\n",
        "'",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----END RSA PRIVATE KEY-----",
        "<",
        ">",
        "[",
        "]",
        "%3D",
    ),
    *("curl -u ", "a", "1", " ", "\n", "é", "sk-", "eyJ", ".", ",", "--"),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join)


@given(TEXTS)
def test_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(TEXTS)
def test_the_first_look_misses_nothing_that_would_be_replaced(text: str) -> None:
    """The engine replaces only in texts that the first look is positive on."""
    for detector in DEFAULT.detectors:
        if re.search(detector.pattern, text, re.ASCII):
            assert re.search(detector.first_look, text, re.ASCII), detector.name


@given(st.sampled_from([example for d in DEFAULT.detectors for example in d.matches]), st.integers(1, 3))
def test_a_secret_inside_json_inside_json_is_found(example: Example, depth: int) -> None:
    """Prompts arrive as JSON inside attributes, and tool calls as JSON inside that."""
    text = example.text
    for _ in range(depth):
        text = json.dumps({"content": f"line\n{text}\nline"})
    assert example.secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "chatcmpl-9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c",
        "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
        "msg_01XFDUDYJgAACzvnptvVoYEL",
        "req_011CSHoEeqs5C35K2UUqR7Fy",
        "call_5d41402abc4b2a76b9719d911017c592",
        "toolu_01A09q90qw90lq917835lq9",
        "asst_abc123DEF456ghi789JKL012",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "fp_44709d6fcb",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        '{"prompt_tokens": 1234, "completion_tokens": 567, "total_tokens": 1801, "cached_tokens": 1024}',
        '{"token": " the", "logprob": -0.0123456789, "top_logprobs": []}',
        "gen_ai.usage.input_tokens=123456789012345678",
        "tokenizer = AutoTokenizer.from_pretrained('meta-llama/Llama-3.3-70B-Instruct')",
        "def login(username: str, password: str) -> Token: ...",
        "client = OpenAI(api_key=os.environ['OPENAI_API_KEY'])",
        "headers = {'Authorization': f'Bearer {token}'}",
        "self.password = hash_password(password, salt)",
        "SELECT id, password FROM users WHERE token = $1",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
        "https://user-images.example.com/12345678/98765432-abcdef.png?size=100&token_type=jwt",
        "The secret of good writing is rewriting; the key to it: patience.",
    ],
)
def test_ids_counts_and_code_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


def test_what_stands_around_a_secret_stays() -> None:
    assert redact(f"a=1&token={letters(24)}&b=2") == "a=1&token=[redacted:secret-assignment]&b=2"
    assert redact("postgres://app:hunter2@db/app") == "postgres://app:[redacted:url-password]@db/app"
    assert redact('{"password": "hunter2", "n": 1}') == '{"password": "[redacted:password]", "n": 1}'
    assert redact(f"Authorization: Bearer {letters(40)}\nAccept: */*") == (
        "Authorization: Bearer [redacted:bearer-token]\nAccept: */*"
    )


def test_a_secret_goes_by_its_own_shape_before_it_goes_by_its_name() -> None:
    assert redact(f"OPENAI_API_KEY=sk-proj-{letters(48)}") == "OPENAI_API_KEY=[redacted:openai-key]"


@pytest.mark.parametrize(
    "key",
    [
        "authorization",
        "http.request.header.authorization",
        "http.request.header.x-api-key",
        "http.request.header.x_api_key",
        "http.response.header.set-cookie",
        "langsmith.metadata.LANGSMITH_API_KEY",
        "db.password",
        "metadata.client_secret",
        "Cookie",
    ],
)
def test_an_attribute_that_is_a_secret_by_name_is_known(key: str) -> None:
    assert holds_whole_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        "gen_ai.token.type",
        "gen_ai.usage.input_tokens",
        "llm.token_count.prompt",
        "public_key",
        "secretary",
        "cookie.name",
        "session.id",
        "gen_ai.prompt",
        "authorization.required",
    ],
)
def test_an_attribute_that_only_sounds_like_it_is_kept(key: str) -> None:
    assert not holds_whole_secret(key)
