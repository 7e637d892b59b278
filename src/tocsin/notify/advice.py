"""What to do about a channel that fails, from how its last try ended."""

from tocsin.model.notice import GaveUpReason

_ADVICE = {
    GaveUpReason.NOT_AUTHORISED: (
        "its key, token or password was not accepted: put a valid one where the section [channels.{name}] takes it "
        "from, and restart Tocsin"
    ),
    GaveUpReason.UNKNOWN_TARGET: (
        "what it is sent to does not exist: set the right address or room in the section [channels.{name}], and "
        "restart Tocsin"
    ),
    GaveUpReason.REJECTED: (
        "it took offence at the message: compare its last words with the section [channels.{name}], and restart Tocsin"
    ),
}
_NOT_NOW = (
    "it answers wrongly or not at all: see whether this machine reaches it, and whether a proxy or a login stands "
    "before it; what waits is sent as soon as it is well"
)


def advice(name: str, outcome: str) -> str:
    """Return the first thing to do; `outcome` is "try again", or "gave up: " and the reason, as deliveries have it."""
    reason = outcome.removeprefix("gave up: ")
    known = {one.value: text for one, text in _ADVICE.items()}
    return known.get(reason, _NOT_NOW).format(name=name)
