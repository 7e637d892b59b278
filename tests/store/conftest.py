"""One engine for all tests of the store."""

from collections.abc import Iterator

import pytest
from tests.store.opened import Opened, opened


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("telemetry")) as found:
        yield found
