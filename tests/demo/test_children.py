"""Processes of the demonstration end with it, also when it is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tocsin.demo.children import Children, choose_port, choose_ports, free_port
from tocsin.model.problem import BadSetting, Foreign

PARENT = """
import sys, time
from pathlib import Path
from tocsin.demo.children import Children
with Children(Path(sys.argv[1])) as children:
    child = children.start("provider", "tocsin.demo.provider", "--port", sys.argv[2])
    child.wait_until_healthy(f"http://127.0.0.1:{sys.argv[2]}/healthz", 30)
    print(child.process.pid, flush=True)
    time.sleep(60)
"""


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1).status_code == 200
    except httpx.TransportError:
        return False


def gone_within(port: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while answers(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_every_process_is_gone_after_the_context(tmp_path: Path) -> None:
    port = free_port()
    with Children(tmp_path) as children:
        child = children.start("provider", "tocsin.demo.provider", "--port", str(port))
        child.wait_until_healthy(f"http://127.0.0.1:{port}/healthz", 30)
    assert child.process.returncode is not None
    assert not answers(port)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's leash is Linux's")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(port)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline())
        assert answers(port)
        parent.send_signal(signal.SIGKILL)
        parent.wait(5)
    assert gone_within(port, 8)


def test_a_child_that_ends_at_once_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("provider", "tocsin.demo.provider", "--seed", "1")
        with pytest.raises(Foreign, match=r"(?s)provider: ended with code 2.*required: --port"):
            child.wait_until_healthy("http://127.0.0.1:9/healthz", 30)


def test_a_named_port_that_is_taken_is_refused_and_the_usual_one_is_replaced() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(BadSetting, match=f"--port: port {port} is taken"):
            choose_port("--port", 4319, port)
        assert choose_port("--port", port, None) != port
    assert choose_port("--port", 4319, port) == port


def test_a_child_is_not_in_the_terminals_group(tmp_path: Path) -> None:
    """Ctrl-C goes to the parent alone, which then ends the children in order."""
    port = free_port()
    with Children(tmp_path) as children:
        child = children.start("provider", "tocsin.demo.provider", "--port", str(port))
        child.wait_until_healthy(f"http://127.0.0.1:{port}/healthz", 30)
        assert os.getpgid(child.process.pid) == child.process.pid != os.getpgrp()


def test_every_named_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = [taken.getsockname()[1] for taken in (one, two)]
        with pytest.raises(BadSetting) as told:
            choose_ports(
                ("--port", 4319, ports[0]), ("--otlp-http-port", 4318, None), ("--otlp-grpc-port", 4317, ports[1])
            )
    assert [fault.path for fault in told.value.faults] == ["--port", "--otlp-grpc-port"]
