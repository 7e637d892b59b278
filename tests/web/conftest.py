"""The served world, for tests over HTTP."""

from collections.abc import Iterator

import httpx
import pytest
from tests.web.served import address


@pytest.fixture(scope="session")
def web() -> Iterator[httpx.Client]:
    """Return a client of the served world."""
    with httpx.Client(base_url=address(), timeout=20) as client:
        yield client
