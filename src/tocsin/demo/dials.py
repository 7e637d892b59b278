"""The stand-in provider's dials: which share of calls fails, and how slow it is; by model and by client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tocsin.demo.cast import USUAL_FAULTS
from tocsin.model.problem import BadInput

ANY: Final = "*"
# The dials' names in JSON, and the status that each answers with.
SHARES: Final = {"rate_limited": 429, "server_error": 500, "overloaded": 529}
SLOW_MAX: Final = 100.0


@dataclass(frozen=True, slots=True)
class Dial:
    """How the provider treats some calls: shares of all calls by HTTP status, and a factor on every time."""

    faults: Mapping[int, float]
    slow: float = 1.0


USUAL: Final = Dial(USUAL_FAULTS)


@dataclass(slots=True)
class Dials:
    """All dials, by (model, client); `*` stands for any. The closest counts: both named, model, client, any."""

    turned: dict[tuple[str, str], Dial] = field(default_factory=dict[tuple[str, str], Dial])

    def of(self, model: str, client: str) -> Dial:
        """Return how to treat a call."""
        for key in ((model, client), (model, ANY), (ANY, client), (ANY, ANY)):
            if key in self.turned:
                return self.turned[key]
        return USUAL

    def turn(self, wanted: Mapping[str, Any]) -> None:
        """Set one dial from the control endpoint's JSON.

        `model` and `client` default to `*`; `rate_limited`, `server_error` and `overloaded` are shares from 0 to 1 that
        add up to at most 1; `slow` multiplies every time. Raises BadInput and changes nothing when one of them is not.
        """
        unknown = sorted(set(wanted) - {*SHARES, "model", "client", "slow"})
        if unknown:
            raise BadInput(f"unknown dial {unknown[0]!r}; there are model, client, slow, {', '.join(SHARES)}")
        faults = {status: _number(wanted, name, 0.0, 1.0) for name, status in SHARES.items() if name in wanted}
        if sum(faults.values()) > 1:
            raise BadInput(f"the shares add up to {sum(faults.values()):.2f}; at most 1 of all calls can fail")
        slow = _number(wanted, "slow", 0.01, SLOW_MAX) if "slow" in wanted else 1.0
        self.turned[str(wanted.get("model", ANY)), str(wanted.get("client", ANY))] = Dial(faults or USUAL_FAULTS, slow)

    def shown(self) -> list[dict[str, Any]]:
        """Return every dial that was turned, in the control endpoint's JSON."""
        names = {status: name for name, status in SHARES.items()}
        return [
            {"model": model, "client": client, "slow": dial.slow}
            | {names[status]: share for status, share in dial.faults.items()}
            for (model, client), dial in self.turned.items()
        ]


def _number(wanted: Mapping[str, Any], name: str, low: float, high: float) -> float:
    value = wanted[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadInput(f"{name} must be a number from {low:g} to {high:g}; found {value!r}")
    return float(value)
