"""What the demonstration refuses before it starts anything."""

import fcntl
from pathlib import Path

import pytest

from tocsin.demo.ledger import Ledger
from tocsin.demo.run import MARK, Server, run_demo
from tocsin.model.problem import BadSetting


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    precious = tmp_path / "data" / "precious.txt"
    precious.write_text("keep me", encoding="utf-8")
    with pytest.raises(BadSetting, match="holds files that no demonstration made"):
        run_demo(exit_after_alarm=True, server=Server(data=tmp_path))
    assert precious.read_text(encoding="utf-8") == "keep me"


def test_a_folder_that_a_running_demonstration_uses_is_refused(tmp_path: Path) -> None:
    with (tmp_path / MARK).open("w") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        with pytest.raises(BadSetting, match="is used by another demonstration"):
            run_demo(exit_after_alarm=True, server=Server(data=tmp_path))


def test_the_ledger_keeps_when_calls_failed_and_leaves_out_what_is_not_from_an_app() -> None:
    ledger = Ledger()
    for line in (
        '{"service": "support-bot", "what": "started"}',
        "Traceback (most recent call last):",
        '{"service": "support-bot", "what": "failed", "at": "2026-11-25T10:00:05+00:00", "model": "m", "error": "e"}',
        '{"service": "support-bot", "what": "failed", "at": "2026-11-25T10:00:09+00:00", "model": "m", "error": "e"}',
        '{"service": "support-bot", "what": "tally", "calls": 7, "failed": 2}',
    ):
        ledger.hear(line)
    times = [at for at, _, _ in ledger.failures]
    assert ledger.failed_since(times[1]) == times[1:]
    assert ledger.started == {"support-bot"}
    assert ledger.calls_all == 7
