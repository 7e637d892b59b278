"""Who takes part in the demonstration: services, models, tenants, features, and how each behaves.

One truth for three users: the stand-in provider draws its token counts and times from here, the app its work, and the
history generator both. That is why two weeks of history and the live minutes have one level, and no alarm fires for
the seam between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the stand-in provider. Token counts and times are medians of log-normal spreads."""

    name: str
    # What the provider says it served.
    served_as: str
    input_tokens: int
    # Zero for embeddings, which answer with numbers.
    output_tokens: int
    # Part of the answer that is thinking; counted inside the output.
    reasoning_share: float
    first_token_s: float
    token_s: float


MODELS: Final = {
    model.name: model
    for model in (
        Model("gpt-4o", "gpt-4o-2024-08-06", 1150, 170, 0.0, 0.21, 0.0019),
        Model("gpt-4o-mini", "gpt-4o-mini-2024-07-18", 820, 130, 0.0, 0.13, 0.0011),
        Model("o4-mini", "o4-mini-2025-04-16", 1400, 620, 0.6, 0.45, 0.0009),
        Model("text-embedding-3-small", "text-embedding-3-small", 240, 0, 0.0, 0.055, 0.0),
    )
}


class Shape(StrEnum):
    """How one piece of work calls models."""

    # One streamed call.
    STREAMED = "streamed"
    # One plain call.
    PLAIN = "plain"
    # A workflow with an agent that asks a model, runs a tool, and asks again.
    AGENT = "agent"
    # A workflow that embeds the question and then asks a model.
    SEARCH = "search"


CALLS_OF: Final = {Shape.STREAMED: 1, Shape.PLAIN: 1, Shape.AGENT: 2, Shape.SEARCH: 2}


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that users do with a service, and its share of that service's traces."""

    feature: str
    shape: Shape
    model: str
    share: float


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the demonstration; `releases` are (days before the demonstration, version), oldest first."""

    name: str
    calls_per_s_peak: float
    releases: tuple[tuple[float, str], ...]
    works: tuple[Work, ...]

    @property
    def traces_per_s_peak(self) -> float:
        """Traces begun in a second of the busiest hours."""
        return self.calls_per_s_peak / sum(CALLS_OF[work.shape] * work.share for work in self.works)

    @property
    def release(self) -> str:
        """The version that runs now."""
        return self.releases[-1][1]


SERVICES: Final = {
    service.name: service
    for service in (
        Service(
            "support-bot",
            0.50,
            ((30.0, "2.2.4"), (8.2, "2.3.0"), (2.1, "2.3.1")),
            (
                Work("support-chat", Shape.STREAMED, "gpt-4o", 0.45),
                Work("agent", Shape.AGENT, "gpt-4o", 0.20),
                Work("summarise", Shape.PLAIN, "gpt-4o-mini", 0.35),
            ),
        ),
        Service(
            "doc-search",
            0.08,
            ((30.0, "1.8.0"), (5.3, "1.9.0")),
            (
                Work("search", Shape.SEARCH, "gpt-4o-mini", 0.70),
                Work("summarise", Shape.PLAIN, "o4-mini", 0.30),
            ),
        ),
    )
}

ENVIRONMENT: Final = "production"
EMBEDDER: Final = "text-embedding-3-small"
AGENT: Final = "order-agent"
TOOL: Final = "look_up_order"
TENANTS: Final = {"acme": 0.42, "globex": 0.26, "initech": 0.19, "umbrella": 0.13}
USERS_PER_TENANT: Final = 24
# Share of all calls that fail on an ordinary day, by HTTP status.
USUAL_FAULTS: Final = {429: 0.0025, 500: 0.0015}


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a piece of work is done."""

    tenant: str
    user: str
    session: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call used: cached lies inside input, reasoning inside output, as OpenAI counts."""

    input: int
    cached: int
    output: int
    reasoning: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How long an answer takes, from the request; in seconds."""

    first_token_s: float
    whole_s: float


def draw_work(service: Service, rng: Random) -> Work:
    """Choose what a user does next."""
    return rng.choices(service.works, [work.share for work in service.works])[0]


def draw_caller(rng: Random) -> Caller:
    """Choose for whom; a session is new each time, a user comes back."""
    tenant = rng.choices(list(TENANTS), list(TENANTS.values()))[0]
    user = f"{tenant}-user-{rng.randrange(USERS_PER_TENANT):02d}"
    return Caller(tenant, user, f"session-{rng.getrandbits(40):010x}")


def draw_tokens(model: Model, rng: Random, *, calls_tool: bool = False) -> Tokens:
    """Choose the token counts of one answer; an answer that only calls a tool is short."""
    whole_input = _around(model.input_tokens, 0.35, rng)
    # The provider caches whole blocks of 128 tokens, from 1,024 on.
    cached = whole_input * 7 // 10 // 128 * 128 if whole_input >= 1024 and rng.random() < 0.6 else 0
    if model.output_tokens == 0:
        return Tokens(whole_input, 0, 0, 0)
    output = _around(28 if calls_tool else model.output_tokens, 0.45, rng)
    return Tokens(whole_input, cached, output, round(output * model.reasoning_share / 64) * 64)


def draw_pace(model: Model, output_tokens: int, rng: Random, *, slow: float = 1.0) -> Pace:
    """Choose how long one answer takes; `slow` multiplies it, 1 is an ordinary day."""
    first = model.first_token_s * rng.lognormvariate(0, 0.30) * slow
    return Pace(first, first + output_tokens * model.token_s * rng.lognormvariate(0, 0.22) * slow)


def draw_fault(faults: Mapping[int, float], rng: Random) -> int | None:
    """Choose whether a call fails and with which status; `faults` maps status to share, None is a good answer."""
    ball = rng.random()
    for status, share in faults.items():
        if ball < share:
            return status
        ball -= share
    return None


def draw_fault_s(status: int, rng: Random) -> float:
    """Choose after how many seconds a refusal comes: a rate limit at once, a broken server later."""
    return (0.02 if status == 429 else 0.12) * rng.lognormvariate(0, 0.4)


def _around(median: int, sigma: float, rng: Random) -> int:
    return max(1, round(rng.lognormvariate(log(median), sigma)))
