"""What the stand-in provider says: the JSON shapes of OpenAI's API, filled with made-up content."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from uuid import uuid4

from tocsin.demo.cast import Model, Tokens

Json = dict[str, Any]

SENTENCES: Final = (
    "Your parcel left our warehouse yesterday evening.",
    "You can change the delivery address until the parcel is on the van.",
    "The refund reaches your account within three working days.",
    "The manual says to hold the button for five seconds.",
    "Section four covers the limits of the free plan.",
    "In short: the meeting moved to Thursday and the budget stays as it is.",
)
# Pieces in which an answer is streamed.
PIECES: Final = 6
# Kept short, so that a page of answers stays small; the numbers are what matters.
EMBEDDING_SIZE: Final = 8
NOTHING: Final[Json] = {}
FAULTS: Final = {
    429: (
        "rate_limit_exceeded",
        "requests",
        "Rate limit reached for {model} in organization org-demo on requests per min",
    ),
    500: ("server_error", "server_error", "The server had an error while processing your request"),
    529: ("overloaded_error", "overloaded_error", "The engine is currently overloaded, please try again later"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One good answer, before it is put into an API's shape."""

    model: Model
    tokens: Tokens
    text: str
    # Name and JSON arguments of the tool that the model asks for; None when it answers.
    tool: tuple[str, str] | None
    # Unix seconds.
    created: int

    @property
    def finish_reason(self) -> str:
        """Why the model stopped, in OpenAI's words."""
        return "tool_calls" if self.tool else "stop"


def text_of(rng: Random) -> str:
    """Return something a model might say."""
    return " ".join(rng.sample(SENTENCES, 2))


def tool_call(tools: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return a call of the first tool offered, every parameter filled with an example."""
    function: Mapping[str, Any] = tools[0]["function"]
    names: list[str] = list(function.get("parameters", {}).get("properties", {}))
    return str(function["name"]), json.dumps(dict.fromkeys(names, "A-1042"))


def usage(tokens: Tokens) -> Json:
    """Return OpenAI's usage object: cached lies inside prompt, reasoning inside completion."""
    return {
        "prompt_tokens": tokens.input,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": tokens.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def completion(answer: Answer) -> Json:
    """Return a whole chat completion."""
    message: Json = {"role": "assistant", "content": None if answer.tool else answer.text, "refusal": None}
    if answer.tool:
        message["tool_calls"] = [_tool_call(answer.tool)]
    return {
        "id": f"chatcmpl-{uuid4().hex[:24]}",
        "object": "chat.completion",
        "created": answer.created,
        "model": answer.model.served_as,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish_reason}],
        "usage": usage(answer.tokens),
        "service_tier": "default",
        "system_fingerprint": "fp_demo0001",
    }


def chunks(answer: Answer, *, with_usage: bool) -> list[Json]:
    """Return a chat completion as the chunks of a stream; the usage comes last, and only when asked for."""
    head: Json = {
        "id": f"chatcmpl-{uuid4().hex[:24]}",
        "object": "chat.completion.chunk",
        "created": answer.created,
        "model": answer.model.served_as,
        "service_tier": "default",
        "system_fingerprint": "fp_demo0001",
    }
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    if answer.tool:
        deltas.append({"tool_calls": [{"index": 0, **_tool_call(answer.tool)}]})
    else:
        deltas.extend({"content": piece} for piece in _pieces(answer.text))
    said = [head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    said.append(head | {"choices": [{"index": 0, "delta": NOTHING, "finish_reason": answer.finish_reason}]})
    if with_usage:
        said.append(head | {"choices": [], "usage": usage(answer.tokens)})
    return said


def embeddings(answer: Answer, inputs: int, rng: Random) -> Json:
    """Return one vector for each input."""
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": i, "embedding": [rng.uniform(-1, 1) for _ in range(EMBEDDING_SIZE)]}
            for i in range(inputs)
        ],
        "model": answer.model.served_as,
        "usage": {"prompt_tokens": answer.tokens.input, "total_tokens": answer.tokens.input},
    }


def fault(status: int, model: str) -> Json:
    """Return an error as the provider words it."""
    code, kind, message = FAULTS[status]
    return {"error": {"message": message.format(model=model), "type": kind, "param": None, "code": code}}


def bad_request(message: str) -> Json:
    """Return the answer to a request that can't be served as it is."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}


def _tool_call(tool: tuple[str, str]) -> Json:
    name, arguments = tool
    return {"id": f"call_{uuid4().hex[:20]}", "type": "function", "function": {"name": name, "arguments": arguments}}


def _pieces(text: str) -> list[str]:
    size = max(1, -(-len(text) // PIECES))
    return [text[i : i + size] for i in range(0, len(text), size)]
