"""One server for all tests that don't stop or starve it; each test has a service name of its own."""

from collections.abc import Iterator

import pytest
from tests.serve.running import Running, up


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a running server without any configuration."""
    with up(tmp_path_factory.mktemp("server")) as running:
        yield running
