"""The stand-in provider, asked by the real client."""

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from tocsin.demo.app import TOOLS
from tocsin.demo.cast import EMBEDDER, TOOL
from tocsin.demo.provider import KEY_PREFIX

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello"}]


def client(provider_url: str, name: str = "support-bot") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{provider_url}/v1", api_key=KEY_PREFIX + name, max_retries=0)


@pytest.fixture
def asked(provider_url: str, dials: str) -> openai.OpenAI:
    assert dials
    return client(provider_url)


def test_a_plain_answer_has_text_and_usage_that_adds_up(asked: openai.OpenAI) -> None:
    answer = asked.chat.completions.create(model="gpt-4o", messages=HELLO)
    usage = answer.usage
    assert answer.choices[0].message.content
    assert answer.model == "gpt-4o-2024-08-06"
    assert usage is not None
    assert usage.prompt_tokens + usage.completion_tokens == usage.total_tokens
    assert usage.prompt_tokens_details is not None
    assert (usage.prompt_tokens_details.cached_tokens or 0) <= usage.prompt_tokens


def test_a_reasoning_model_tells_its_reasoning_inside_the_output(asked: openai.OpenAI) -> None:
    answers = [asked.chat.completions.create(model="o4-mini", messages=HELLO).usage for _ in range(3)]
    thought = [u.completion_tokens_details.reasoning_tokens or 0 for u in answers if u and u.completion_tokens_details]
    assert max(thought) > 0
    assert all(n <= u.completion_tokens for n, u in zip(thought, answers, strict=True) if u)


def test_a_stream_ends_with_usage_when_asked_for(asked: openai.OpenAI) -> None:
    stream = asked.chat.completions.create(
        model="gpt-4o", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert [chunk.usage is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


def test_a_stream_has_no_usage_when_not_asked_for(asked: openai.OpenAI) -> None:
    chunks = list(asked.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True))
    assert all(chunk.usage is None for chunk in chunks)


def test_tools_are_called_first_and_answered_after(asked: openai.OpenAI) -> None:
    first = asked.chat.completions.create(model="gpt-4o", messages=HELLO, tools=TOOLS)
    wanted = first.choices[0].message.tool_calls
    assert first.choices[0].finish_reason == "tool_calls"
    assert wanted is not None
    assert wanted[0].type == "function"
    assert wanted[0].function.name == TOOL
    result: ChatCompletionMessageParam = {"role": "tool", "tool_call_id": wanted[0].id, "content": "{}"}
    then = asked.chat.completions.create(model="gpt-4o", messages=[*HELLO, result], tools=TOOLS)
    assert then.choices[0].finish_reason == "stop"
    assert then.choices[0].message.content


def test_embeddings_give_a_vector_for_each_text(asked: openai.OpenAI) -> None:
    answer = asked.embeddings.create(model=EMBEDDER, input=["alpha", "beta"])
    assert [len(item.embedding) for item in answer.data] == [8, 8]
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 0


@pytest.mark.parametrize(
    ("dial", "status", "kind"),
    [
        ("rate_limited", 429, openai.RateLimitError),
        ("server_error", 500, openai.InternalServerError),
        ("overloaded", 529, openai.InternalServerError),
    ],
)
def test_a_turned_dial_fails_calls_in_the_shape_of_the_provider(
    asked: openai.OpenAI, dials: str, dial: str, status: int, kind: type[openai.APIStatusError]
) -> None:
    httpx.post(dials, json={"model": "gpt-4o", dial: 1.0}).raise_for_status()
    with pytest.raises(kind) as failure:
        asked.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert failure.value.status_code == status
    assert failure.value.code
    assert ("retry-after" in failure.value.response.headers) == (status in {429, 529})
    # Another model is not touched.
    assert asked.chat.completions.create(model="gpt-4o-mini", messages=HELLO).choices


def test_a_dial_for_one_client_leaves_the_others_alone(provider_url: str, dials: str) -> None:
    httpx.post(dials, json={"model": "gpt-4o", "client": "support-bot", "rate_limited": 1.0}).raise_for_status()
    with pytest.raises(openai.RateLimitError):
        client(provider_url).chat.completions.create(model="gpt-4o", messages=HELLO)
    assert client(provider_url, "doc-search").chat.completions.create(model="gpt-4o", messages=HELLO).choices


def test_a_slow_provider_takes_longer(asked: openai.OpenAI, dials: str) -> None:
    httpx.post(dials, json={"model": EMBEDDER, "rate_limited": 0.0, "slow": 20}).raise_for_status()
    raw = asked.embeddings.with_raw_response.create(model=EMBEDDER, input="alpha")
    assert raw.elapsed.total_seconds() > 0.4


def test_a_model_that_does_not_exist_is_a_bad_request_that_names_those_that_do(asked: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match=r"gpt-9.*gpt-4o"):
        asked.chat.completions.create(model="gpt-9", messages=HELLO)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"rate_limited": 2}, "rate_limited must be a number from 0 to 1"),
        ({"rate_limited": "0.5"}, "rate_limited must be a number"),
        ({"rate_limited": 0.7, "server_error": 0.7}, "add up to 1.40"),
        ({"slow": 0}, "slow must be a number"),
        ({"rate_limit": 0.5}, "unknown dial"),
    ],
)
def test_a_wrong_dial_is_refused_and_changes_nothing(dials: str, wanted: dict[str, object], reason: str) -> None:
    before = httpx.get(dials).json()
    answer = httpx.post(dials, json=wanted)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]["message"]
    assert httpx.get(dials).json() == before
