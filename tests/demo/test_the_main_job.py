"""The main job, end to end: an incident begins, and within a minute one message opens the graph on fire."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tocsin.demo.children import free_port


@pytest.mark.slow
def test_within_a_minute_of_the_first_failed_call_a_message_comes_and_its_link_opens(tmp_path: Path) -> None:
    ports = {option: str(free_port()) for option in ("--port", "--otlp-http-port", "--otlp-grpc-port")}
    options = [word for pair in ports.items() for word in pair]
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "demo", "--exit-after-alarm", "--json", "--data", str(tmp_path), *options],
        capture_output=True,
        text=True,
        timeout=480,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["stage"] == "done"
    assert told["problem"] is None
    assert 0 < told["first_failure_to_message_s"] <= 60
    assert told["link"].startswith(f"http://127.0.0.1:{ports['--port']}/")
    assert told["link_status"] == 200
    assert "support-bot" in told["message"]
    assert told["link"] in told["message"]
    assert told["false_alarms"] == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{ports['--port']}/healthz")
