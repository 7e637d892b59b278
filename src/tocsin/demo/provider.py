"""A local stand-in for a model provider: OpenAI's API on loopback, with dials for what goes wrong.

It answers chat completions (plain, streamed, with tools) and embeddings with the token counts and times of `cast`, and
fails as told through `/_faults`. Run it with `python -m tocsin.demo.provider --port N`.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from random import Random
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tocsin import clock
from tocsin.demo import answers
from tocsin.demo.answers import Answer, Json
from tocsin.demo.cast import MODELS, Model, Pace, draw_fault, draw_fault_s, draw_pace, draw_tokens
from tocsin.demo.dials import Dials
from tocsin.model.problem import BadInput

BODY_MAX_BYTES: Final = 1_000_000
RETRY_AFTER_S: Final = "1"
# Keys look like this, and the rest names the client.
KEY_PREFIX: Final = "demo-key-"


class Provider:
    """The provider: its dials and its dice."""

    def __init__(self, seed: int) -> None:
        self.dials = Dials()
        self.rng = Random(seed)

    async def chat(self, request: Request) -> Response:
        """Answer `POST /v1/chat/completions`."""
        body, model = await _read(request)
        if not body.get("messages"):
            raise BadInput("messages must be a list with at least one message")
        dial = self.dials.of(model.name, _client(request))
        if refusal := await self._refuse(dial.faults, model):
            return refusal
        tools: Sequence[Json] = body.get("tools") or ()
        wants_tool = bool(tools) and body["messages"][-1].get("role") != "tool"
        tokens = draw_tokens(model, self.rng, calls_tool=wants_tool)
        tool = answers.tool_call(tools) if wants_tool else None
        answer = Answer(model, tokens, answers.text_of(self.rng), tool, _unix_s())
        pace = draw_pace(model, tokens.output, self.rng, slow=dial.slow)
        if body.get("stream"):
            options: Json = body.get("stream_options") or {}
            with_usage = bool(options.get("include_usage"))
            said = answers.chunks(answer, with_usage=with_usage)
            return StreamingResponse(_stream(said, pace), media_type="text/event-stream")
        await asyncio.sleep(pace.whole_s)
        return JSONResponse(answers.completion(answer))

    async def embeddings(self, request: Request) -> Response:
        """Answer `POST /v1/embeddings`."""
        body, model = await _read(request)
        inputs: Any = body.get("input")
        if not inputs:
            raise BadInput("input must be a text or a list of texts")
        dial = self.dials.of(model.name, _client(request))
        if refusal := await self._refuse(dial.faults, model):
            return refusal
        tokens = draw_tokens(model, self.rng)
        await asyncio.sleep(draw_pace(model, 0, self.rng, slow=dial.slow).whole_s)
        count = 1 if isinstance(inputs, str) else len(inputs)
        return JSONResponse(answers.embeddings(Answer(model, tokens, "", None, _unix_s()), count, self.rng))

    async def turn(self, request: Request) -> Response:
        """Turn a dial (POST), put all back (DELETE) or show them (GET), at `/_faults`."""
        if request.method == "DELETE":
            self.dials = Dials()
        elif request.method == "POST":
            self.dials.turn(await _json(request))
        return JSONResponse({"faults": self.dials.shown()})

    async def _refuse(self, faults: Mapping[int, float], model: Model) -> Response | None:
        status = draw_fault(faults, self.rng)
        if status is None:
            return None
        await asyncio.sleep(draw_fault_s(status, self.rng))
        headers = {"Retry-After": RETRY_AFTER_S} if status in {429, 529} else None
        return JSONResponse(answers.fault(status, model.name), status_code=status, headers=headers)


async def healthy(_: Request) -> Response:
    """Answer `GET /healthz`."""
    return JSONResponse({"ok": True})


async def models(_: Request) -> Response:
    """Answer `GET /v1/models`."""
    return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]})


def app(*, seed: int = 0) -> Starlette:
    """Build the provider; the same seed and the same requests in the same order give the same answers."""
    provider = Provider(seed)
    return Starlette(
        routes=[
            Route("/v1/chat/completions", provider.chat, methods=["POST"]),
            Route("/v1/embeddings", provider.embeddings, methods=["POST"]),
            Route("/v1/models", models),
            Route("/_faults", provider.turn, methods=["GET", "POST", "DELETE"]),
            Route("/healthz", healthy),
        ],
        exception_handlers={BadInput: _bad_input},
    )


async def _bad_input(_: Request, problem: Exception) -> Response:
    return JSONResponse(answers.bad_request(str(problem)), status_code=400)


async def _json(request: Request) -> Json:
    raw = await request.body()
    if len(raw) > BODY_MAX_BYTES:
        raise BadInput(f"the body has {len(raw)} bytes; the limit is {BODY_MAX_BYTES}")
    try:
        body: Any = json.loads(raw)
    except ValueError as error:
        raise BadInput(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadInput("the body must be a JSON object")
    return body  # pyright: ignore[reportUnknownVariableType] (parsed JSON)


async def _read(request: Request) -> tuple[Json, Model]:
    body = await _json(request)
    model = MODELS.get(str(body.get("model")))
    if model is None:
        raise BadInput(f"the model {body.get('model')!r} does not exist; there are {', '.join(MODELS)}")
    return body, model


def _client(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").removeprefix(KEY_PREFIX)


def _unix_s() -> int:
    return clock.now_ns() // 1_000_000_000


async def _stream(said: Sequence[Json], pace: Pace) -> AsyncIterator[bytes]:
    """Send the first chunk when the first token is there, and spread the others over the rest of the time."""
    await asyncio.sleep(pace.first_token_s)
    gap_s = (pace.whole_s - pace.first_token_s) / max(1, len(said) - 1)
    for i, chunk in enumerate(said):
        if i:
            await asyncio.sleep(gap_s)
        yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


def main() -> None:
    """Run the provider on loopback until told to stop."""
    options = argparse.ArgumentParser(description="A local stand-in for a model provider.")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    uvicorn.run(app(seed=chosen.seed), host="127.0.0.1", port=chosen.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
