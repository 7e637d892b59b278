"""The heartbeat outwards: an address that is asked while all is well, so that somebody misses it when it is not."""

from dataclasses import dataclass
from datetime import timedelta

import httpx

from tocsin.model.secret import Secret
from tocsin.notify.address import assert_web_address

EVERY_MIN = timedelta(seconds=10)
EVERY_MAX = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Settings:
    """A dead man's switch, such as a check of healthchecks.io: it tells when nobody asks any more."""

    # Asked with GET as long as alarms are judged, what arrives is stored and messages are sent; left out: nobody is.
    url: Secret | None = None
    every: timedelta = timedelta(minutes=1)

    def __post_init__(self) -> None:
        if self.url is not None:
            assert_web_address(self.url)
        if not EVERY_MIN <= self.every <= EVERY_MAX:
            raise ValueError(f"every must lie between {EVERY_MIN} and {EVERY_MAX}; got {self.every}")


async def beat(url: Secret, http: httpx.AsyncClient) -> str:
    """Ask once; return what went wrong, empty when nothing did. Never names the address, which is a secret."""
    try:
        # What it answers is of no interest, and may be long: only its head is read.
        async with http.stream("GET", url.reveal()) as answer:
            status = answer.status_code
    except httpx.HTTPError as fault:
        return f"could not be reached: {type(fault).__name__}"
    except httpx.InvalidURL:
        return "the address is not a valid http or https URL"
    if 300 <= status < 400:
        return f"answered {status}; redirects are not followed, set the final address"
    return "" if 200 <= status < 300 else f"answered {status}"
