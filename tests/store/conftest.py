"""One data folder for all tests of the store, opened once a file."""

from collections.abc import Iterator

import pytest
from tests.store.opened import Kept, Opened, opened


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("telemetry"))


@pytest.fixture(scope="module")
def store(kept: Kept) -> Iterator[Opened]:
    with opened(kept) as found:
        yield found
