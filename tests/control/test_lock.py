import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tocsin.model.problem import BadSetting
from tocsin.store.control import Holder, claim, claim_or_holder

HOLD = """
import sys, time
from pathlib import Path
from tocsin.store.control import Holder, claim, claim_or_holder
held = claim(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_folder_in_use_is_refused_and_the_message_names_the_process(tmp_path: Path) -> None:
    with claim(tmp_path), pytest.raises(BadSetting, match=rf"{tmp_path} is in use by process {os.getpid()};"):
        claim(tmp_path)


def test_a_released_folder_can_be_claimed_again(tmp_path: Path) -> None:
    held = claim(tmp_path / "new" / "folder")
    held.release()
    held.release()
    claim(tmp_path / "new" / "folder").release()


def test_a_folder_that_cannot_be_made_is_a_setting_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BadSetting, match="can't be used"):
        claim(tmp_path / "file" / "data")


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BadSetting, match=f"in use by process {holder.pid};"):
            claim(tmp_path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    claim(tmp_path).release()


def test_whoever_wants_a_held_folder_learns_where_its_holder_can_be_asked(tmp_path: Path) -> None:
    with claim(tmp_path) as held:
        assert claim_or_holder(tmp_path) == Holder(str(os.getpid()), "")
        held.announce("http://127.0.0.1:4319")
        assert claim_or_holder(tmp_path) == Holder(str(os.getpid()), "http://127.0.0.1:4319")
        with pytest.raises(BadSetting, match=f"in use by process {os.getpid()};"):
            claim(tmp_path)
    with claim(tmp_path):
        # What the last holder said is not said of the next.
        assert claim_or_holder(tmp_path) == Holder(str(os.getpid()), "")
