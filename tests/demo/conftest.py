"""The demonstration's parts under test: the provider in its own process, and a door that keeps what it is sent."""

from collections.abc import Iterator

import httpx
import pytest
from tests.demo.otlp import Door

from tocsin.demo.children import Children, free_port


@pytest.fixture
def door() -> Iterator[Door]:
    """Give a fresh door."""
    door = Door()
    yield door
    door.server.shutdown()
    door.server.server_close()


@pytest.fixture(scope="session")
def provider_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the stand-in provider in its own process."""
    port = free_port()
    with Children(tmp_path_factory.mktemp("provider")) as children:
        provider = children.start("provider", "tocsin.demo.provider", "--port", str(port), "--seed", "7")
        provider.wait_until_healthy(f"http://127.0.0.1:{port}/healthz", 30)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def dials(provider_url: str) -> Iterator[str]:
    """Give the address of the provider's dials, all at rest: no call fails unless the test says so."""
    url = f"{provider_url}/_faults"
    httpx.post(url, json={"rate_limited": 0.0}).raise_for_status()
    yield url
    httpx.delete(url).raise_for_status()
