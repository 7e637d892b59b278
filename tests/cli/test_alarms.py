"""`tocsin alarms`: what it prints and how it ends. Against a real server: tests/serve/test_history.py."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tocsin import clock
from tocsin.cli.frame import build, commands
from tocsin.model.alarm import Phase, Verdict
from tocsin.model.problem import BadInput, Busy
from tocsin.store.control import Control, claim
from tocsin.testing.examples import GROUP, a_judgement, a_transition

TRUE = """
story    a provider outage fires
alarm    errors_fast
calls    00:00  30m   ok 50  failed 0
calls    00:30  10m   ok 5   failed 45
expect   00:31  pending
expect   00:32  firing
expect   nothing else
"""
UNTRUE = TRUE.replace("00:32  firing", "00:35  firing").replace("a provider outage", "a late outage")


def tocsin(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "300", "TERM": "dumb"}).invoke(build("alarms", commands()), ["alarms", *words])


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a data folder in which one alarm fires and another learns."""
    now = clock.now()
    control = Control(tmp_path)
    moved = a_transition(alarm="errors_fast", now=Phase.FIRING, at=now - timedelta(minutes=9))
    learning = a_judgement(
        verdict=Verdict.OK, measure="latency_p95", value=1.5, threshold=30.0, usual=None, samples=200, learning=True
    )
    with control.transaction() as tx:
        tx.append([moved])
        tx.save_judgements({("errors_fast", GROUP): a_judgement(), ("latency_drift", GROUP): learning}, now)
    control.close()
    return tmp_path


def test_the_list_says_how_each_alarm_judges_and_where_each_service_stands(state: Path) -> None:
    lines = tocsin("list", "--data", str(state)).stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("errors_fast: "))
    assert lines[at + 1] == "  fires after 1 min of breach, is over after 10 min of health"
    assert "window 5 min" in lines[at + 2]
    assert "share min 5%" in lines[at + 2]
    assert lines[at + 3].startswith("  checkout-bot (production)  firing since ")
    assert lines[at + 3].endswith("  23% (limit 5%, usually 0.4%)  breach, 178 samples in 5 min")
    (learning,) = [line for line in lines if "learning" in line and "checkout-bot" in line]
    assert learning == ("  checkout-bot (production)  quiet  1.5 s (limit 30 s)  ok, 200 samples in 5 min, learning")
    assert "monthly budget not set" in "\n".join(lines)


def test_the_list_as_json_has_the_keys_of_the_api(state: Path) -> None:
    listed = json.loads(tocsin("list", "--json", "--data", str(state)).stdout)["alarms"]
    (errors,) = [alarm for alarm in listed if alarm["name"] == "errors_fast"]
    assert (errors["kind"], errors["scope"], errors["hold_s"], errors["keep_s"]) == ("errors_fast", "service", 60, 600)
    assert errors["settings"]["window"] == 300
    (one,) = errors["instances"]
    assert (one["service"], one["environment"], one["phase"]) == (GROUP.service, GROUP.environment, "firing")
    assert (one["judgement"]["value"], one["judgement"]["unit"]) == (41 / 178, "share")


def test_the_list_of_a_data_folder_that_is_none_is_refused_and_makes_none(tmp_path: Path) -> None:
    answer = tocsin("list", "--data", str(tmp_path / "none"))
    assert answer.exit_code == 1
    assert isinstance(answer.exception, BadInput)
    assert f"there is no data folder {tmp_path / 'none'}" in answer.exception.reason
    assert list(tmp_path.iterdir()) == []


def test_the_list_of_a_folder_in_which_nothing_was_judged_says_so(tmp_path: Path) -> None:
    answer = tocsin("list", "--data", str(tmp_path))
    assert answer.exit_code == 0
    assert "Nothing was judged yet" in answer.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_alarm_that_the_configuration_turns_off_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "bell.toml").write_text('[alarms.no_data]\nenabled = false\n[alarms.errors_fast]\nhold = "3m"\n')
    answer = tocsin("list", "--data", str(tmp_path), "--config", str(tmp_path / "bell.toml"))
    assert "\nno_data: " not in answer.stdout
    assert "fires after 3 min of breach" in answer.stdout


def test_text_from_telemetry_can_not_draw_on_the_terminal(tmp_path: Path) -> None:
    control = Control(tmp_path)
    hostile = replace(GROUP, service="\x1b[2Jgone\nerrors_fast: all is well")
    with control.transaction() as tx:
        tx.save_judgements({("errors_fast", hostile): a_judgement(note="\x1b]0;title\x07")}, clock.now())
    control.close()
    answer = tocsin("list", "--data", str(tmp_path))
    assert "\x1b" not in answer.stdout
    assert "\x07" not in answer.stdout
    assert "\nerrors_fast: all is well" not in answer.stdout


def test_stories_that_are_true_end_with_code_0(tmp_path: Path) -> None:
    (tmp_path / "one.story").write_text(TRUE)
    answer = tocsin("test", str(tmp_path / "one.story"))
    assert answer.exit_code == 0
    assert answer.stdout == f"ok      a provider outage fires ({tmp_path / 'one.story'})\n"


def test_a_story_that_is_not_true_ends_with_code_1_and_its_transcript(tmp_path: Path) -> None:
    (tmp_path / "one.story").write_text(TRUE)
    (tmp_path / "two.story").write_text(UNTRUE)
    answer = tocsin("test", str(tmp_path))
    assert answer.exit_code == 1
    assert "ok      a provider outage fires" in answer.stdout
    assert "story   a late outage fires\nsaw     00:31 pending errors_fast\nsaw     00:32 firing" in answer.stdout
    assert "fault   line 7: expected 00:35 firing errors_fast, but it was at 00:32" in answer.stdout
    assert answer.stdout.endswith("\n1 of 2 did not go as told\n")


def test_files_that_are_no_stories_end_with_code_2_and_all_are_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.story").write_text("alarm eror_fast\n")
    (tmp_path / "latin.story").write_bytes(b"story caf\xe9\n")
    (tmp_path / "empty").mkdir()
    paths = [str(tmp_path / name) for name in ("wrong.story", "latin.story", "none.story", "empty")]
    answer = tocsin("test", *paths)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr.splitlines() == [
        f'{paths[0]} line 1: "eror_fast" is no alarm of the default pack; did you mean errors_fast?',
        f"{paths[1]}: can't be read: it is not UTF-8 text",
        f"{paths[2]}: can't be read: No such file or directory",
        f"{paths[3]}: holds no .story file",
    ]


def test_a_replay_without_a_data_folder_says_so_and_makes_none(tmp_path: Path) -> None:
    answer = tocsin("replay", "--data", str(tmp_path / "none"))
    assert isinstance(answer.exception, BadInput)
    assert f"there is no data folder {tmp_path / 'none'}" in answer.exception.reason
    assert list(tmp_path.iterdir()) == []


def test_a_length_of_time_that_is_none_ends_with_code_2(tmp_path: Path) -> None:
    answer = tocsin("replay", "--since", "a month", "--data", str(tmp_path))
    assert answer.exit_code == 2
    assert 'since = "a month" is not a duration' in answer.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("erors_fast",), 'no alarm "erors_fast" is on; did you mean errors_fast?'),
        (("--since", "200d"), "since = 200d must lie between 1m and 90d"),
        (("--since", "a month"), 'since = "a month" is not a duration'),
    ],
)
def test_a_mistake_in_what_is_asked_is_told_also_where_the_data_folder_is_missing(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    answer = tocsin("replay", *words, "--data", str(tmp_path / "none"))
    assert answer.exit_code == 2
    assert told in answer.stderr


def test_a_folder_that_another_command_has_can_not_be_asked(tmp_path: Path) -> None:
    with claim(tmp_path):
        answer = tocsin("replay", "--data", str(tmp_path))
    assert isinstance(answer.exception, Busy)
    assert "which can't be asked; wait for its end" in answer.exception.reason


def test_a_configuration_alone_can_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "bell.toml").write_text('[alarms.no_data]\nsilence_min = "6d"\nhold = "2d"\n')
    words = ("--config", str(tmp_path / "bell.toml"), "--data", str(tmp_path / "none"))
    answer = tocsin("lint", *words)
    assert answer.exit_code == 1
    assert answer.stdout.startswith("error: [alarms.no_data] hold: can never fire: after 7d of silence a service")
    assert answer.stdout.splitlines()[1] == "  lower hold or silence_min"
    assert answer.stdout.endswith("1 error, 0 warnings, by settings; there is no data folder to look at\n")
    told = json.loads(tocsin("lint", "--json", *words).stdout)
    assert told["data"] is False
    assert [one["level"] for one in told["findings"]] == ["error"]
    assert not (tmp_path / "none").exists()


def test_warnings_alone_end_with_code_0(tmp_path: Path) -> None:
    (tmp_path / "bell.toml").write_text("[alarms.no_data]\nenabled = false\n")
    answer = tocsin("lint", "--config", str(tmp_path / "bell.toml"), "--data", str(tmp_path / "none"))
    assert answer.exit_code == 0
    assert answer.stdout.startswith("warning: [alarms.no_data]: is off, so nobody is told when a service goes silent")
