"""Where a server stands while it runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from tocsin.config import Config, Server
from tocsin.model.problem import BadSetting
from tocsin.serve import at_home


def test_a_server_stands_in_its_data_folder_and_not_where_it_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine writes into the current folder; started in one that can't be written, every insert failed."""
    monkeypatch.chdir(tmp_path)
    config = at_home(replace(Config(), server=Server(data=Path("data")), source="tocsin.toml"))
    assert Path.cwd() == tmp_path / "data"
    assert config.server.data == tmp_path / "data"
    assert config.source == str(tmp_path / "tocsin.toml")
    assert config.folder == tmp_path


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody can write")
def test_a_data_folder_that_cant_be_made_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSetting, match="can't be used"):
        at_home(replace(Config(), server=Server(data=Path("/proc/nowhere"))))
