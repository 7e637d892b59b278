"""A disk that fills up under a running server: it stops acknowledging, says so, and goes on when there is room."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.serve.running import Running, call, request, until, up

pytestmark = pytest.mark.slow
SIZE = "96m"
SERVICE = "on a full disk"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small disk in memory; it holds the data, and the log too."""
    if sys.platform != "linux":
        pytest.skip("small disks are made as Linux makes them")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(ballast: Path) -> None:
    """Write until there is no room for one byte."""
    with ballast.open("ab", buffering=0) as file:
        for size in (2**16, 2**12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def test_a_full_disk_costs_nothing_that_was_acknowledged(small_disk: Path) -> None:
    acknowledged = 0
    ballast = small_disk / "ballast"

    def send(server: Running) -> int:
        nonlocal acknowledged
        answer = server.send(request(SERVICE, [call() for _ in range(5)]))
        acknowledged += 5 * (answer.status_code == 200)
        if answer.status_code != 200:
            assert answer.status_code == 503, answer.content
            assert 1 <= int(answer.headers["retry-after"]) <= 2
            assert b"no space left on the disk" in answer.content
        return answer.status_code

    with up(small_disk) as server:
        assert [send(server) for _ in range(5)] == [200] * 5
        server.stored(SERVICE, 25)
        fill(ballast)
        # What room the engine itself had left may do for a request or two.
        assert until(lambda: [send(server) for _ in range(3)] == [503] * 3, "a refusal")
        for _ in range(10):
            fill(ballast)
            send(server)
            time.sleep(1)
        assert len(server.calls(SERVICE)) >= 25, "what is stored can still be read"
        assert server.process.poll() is None, server.said
        ballast.unlink()
        assert until(lambda: send(server) == 200, "the end of it")
        until(lambda: "the watch goes on" in server.said, "a line in the log")
        assert "disk is full" in server.said or "no space left on the disk" in server.said
        assert len(server.stored(SERVICE, acknowledged)) == acknowledged
        judged = server.get("/healthz")["ticked"]
        assert until(lambda: server.get("/healthz")["ticked"] > judged, "another tick")
        assert server.stop() < 5
        assert server.process.returncode == 0
    with up(small_disk) as again:
        assert len(again.stored(SERVICE, acknowledged)) == acknowledged
