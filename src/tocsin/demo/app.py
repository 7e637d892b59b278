"""A small real agent app: the real OpenAI client under the real OpenLLMetry instrumentation.

Run it with `python -m tocsin.demo.app --service NAME --provider URL --otlp URL --anchor TIME`. It works at the rhythm
of its customers until it gets SIGTERM or its standard input ends, and tells its parent what happened as JSON lines.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from threading import Event, Lock, Thread
from typing import Any, Final, TypeVar

from openai import APIConnectionError, APIStatusError, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from tocsin import clock
from tocsin.demo import tracing
from tocsin.demo.cast import AGENT, EMBEDDER, SERVICES, TOOL, Service, Shape, Work, draw_caller, draw_work
from tocsin.demo.provider import KEY_PREFIX
from tocsin.demo.rhythm import Rhythm

THREADS: Final = 12
# The client itself does not retry, so that each failed call is a span; the app does, like most apps.
ATTEMPTS: Final = 3
RETRY_AFTER_S: Final = 0.4
TALLY_EVERY_S: Final = 1.0
CALL_TIMEOUT_S: Final = 10.0

SYSTEM: Final[ChatCompletionMessageParam] = {"role": "system", "content": "You help the customers of a small shop."}
QUESTIONS: Final = (
    "Where is my order A-1042?",
    "Can I still change the delivery address?",
    "How do I return a pair of shoes?",
    "Which plan has single sign-on?",
    "Summarise this conversation for the next shift.",
)
TOOLS: Final[list[ChatCompletionToolParam]] = [
    {
        "type": "function",
        "function": {
            "name": TOOL,
            "description": "State of one order",
            "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
        },
    }
]

T = TypeVar("T")


@dataclass(slots=True)
class Tally:
    """Counts calls and tells the parent: a line for each failure, and the counts now and then."""

    service: str
    calls: int = 0
    failed: int = 0
    lock: Lock = field(default_factory=Lock)

    def count(self, model: str, problem: APIStatusError | APIConnectionError | None) -> None:
        """Count one call; `problem` is None when it went well."""
        with self.lock:
            self.calls += 1
            self.failed += problem is not None
        if problem is not None:
            self.say({"what": "failed", "at": clock.now().isoformat(), "model": model, "error": type(problem).__name__})

    def tell_if_broken(self, done: Future[None]) -> None:
        """Tell the parent about a piece of work that ended in an exception of our own: a fault of this app."""
        if (fault := done.exception()) is not None:
            self.say({"what": "broken", "error": f"{type(fault).__name__}: {fault}"})

    def say(self, line: dict[str, Any] | None = None) -> None:
        """Write one line for the parent; without one, the counts."""
        told = line or {"what": "tally", "calls": self.calls, "failed": self.failed}
        with self.lock:
            sys.stdout.write(json.dumps({"service": self.service} | told) + "\n")
            sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Shop:
    """The app itself: does one piece of work at a time, each on its own thread."""

    client: OpenAI
    tally: Tally
    stopping: Event

    def do(self, work: Work, rng: Random) -> None:
        """Do one piece of work for one user."""
        question = rng.choice(QUESTIONS)
        with tracing.on_behalf_of(draw_caller(rng), work.feature):
            match work.shape:
                case Shape.STREAMED:
                    self._try(work.model, lambda: self._streamed(work.model, question))
                case Shape.PLAIN:
                    self._try(work.model, lambda: self._plain(work.model, question))
                case Shape.AGENT:
                    self._agent(work, question)
                case Shape.SEARCH:
                    self._search(work, question)

    def _agent(self, work: Work, question: str) -> None:
        with tracing.entity("workflow", work.feature), tracing.entity("agent", AGENT):
            messages: list[ChatCompletionMessageParam] = [SYSTEM, {"role": "user", "content": question}]
            asked = self._try(work.model, lambda: self._with_tools(work.model, messages))
            if asked is None:
                return
            with tracing.entity("tool", TOOL):
                self.stopping.wait(0.02)
            messages.append({"role": "assistant", "content": f"{TOOL} was called"})
            messages.append({"role": "tool", "tool_call_id": asked, "content": '{"state": "on its way"}'})
            self._try(work.model, lambda: self._with_tools(work.model, messages))

    def _search(self, work: Work, question: str) -> None:
        with tracing.entity("workflow", work.feature):
            found = self._try(EMBEDDER, lambda: self.client.embeddings.create(model=EMBEDDER, input=question))
            if found is not None:
                self._try(work.model, lambda: self._plain(work.model, question))

    def _streamed(self, model: str, question: str) -> str:
        stream = self.client.chat.completions.create(
            model=model,
            messages=[SYSTEM, {"role": "user", "content": question}],
            stream=True,
            stream_options={"include_usage": True},
        )
        return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)

    def _plain(self, model: str, question: str) -> str:
        answer = self.client.chat.completions.create(
            model=model, messages=[SYSTEM, {"role": "user", "content": question}]
        )
        return answer.choices[0].message.content or ""

    def _with_tools(self, model: str, messages: list[ChatCompletionMessageParam]) -> str:
        """Ask with tools; return the id of the tool call asked for, or empty when the model answered."""
        answer = self.client.chat.completions.create(model=model, messages=messages, tools=TOOLS)
        wanted = answer.choices[0].message.tool_calls
        return wanted[0].id if wanted else ""

    def _try(self, model: str, call: Callable[[], T]) -> T | None:
        """Call, and again after a failure; None when every attempt failed."""
        for attempt in range(ATTEMPTS):
            try:
                answer = call()
            except (APIStatusError, APIConnectionError) as problem:
                self.tally.count(model, problem)
                if self.stopping.wait(RETRY_AFTER_S * (attempt + 1)):
                    return None
            else:
                self.tally.count(model, None)
                return answer
        return None


def work_until(stopping: Event, shop: Shop, service: Service, rhythm: Rhythm, rng: Random) -> None:
    """Begin work at the service's rhythm until told to stop; arrivals do not wait for answers."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="work") as pool:
        while not stopping.wait(rhythm.gap_s(service, clock.now(), rng)):
            done = pool.submit(shop.do, draw_work(service, rng), Random(rng.getrandbits(64)))
            done.add_done_callback(shop.tally.tell_if_broken)


def main() -> None:
    """Run one service of the demonstration."""
    options = argparse.ArgumentParser(description="One service of the demonstration.")
    options.add_argument("--service", choices=sorted(SERVICES), required=True)
    options.add_argument("--provider", required=True, help="root URL of the stand-in provider")
    options.add_argument("--otlp", required=True, help="root URL of the OTLP/HTTP door")
    options.add_argument("--anchor", type=datetime.fromisoformat, required=True, help="when the demonstration began")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()

    service = SERVICES[chosen.service]
    telemetry = tracing.start(service.name, service.release, chosen.otlp)
    client = OpenAI(
        base_url=f"{chosen.provider}/v1",
        api_key=KEY_PREFIX + service.name,
        max_retries=0,
        timeout=CALL_TIMEOUT_S,
    )
    stopping = Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tally = Tally(service.name)
    Thread(target=_stop_with_parent, args=(stopping,), daemon=True).start()
    Thread(target=_tell, args=(stopping, tally), daemon=True).start()
    tally.say({"what": "started"})
    work_until(stopping, Shop(client, tally, stopping), service, Rhythm(chosen.anchor), Random(chosen.seed))
    telemetry.shutdown()


def _stop_with_parent(stopping: Event) -> None:
    """Stop when standard input ends: the parent holds the other end, and is gone then."""
    # Unbuffered: a buffered read would hold a lock that the interpreter wants at its end.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stopping.set()


def _tell(stopping: Event, tally: Tally) -> None:
    while not stopping.wait(TALLY_EVERY_S):
        tally.say()


if __name__ == "__main__":
    main()
