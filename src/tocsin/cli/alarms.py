"""Look at alarms, test them with stories, and replay them over your own history."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated

import orjson
import typer

from tocsin import clock, measures, registry, settings
from tocsin.alarms import story
from tocsin.alarms.lint import Level, of_settings
from tocsin.checkup import checkup
from tocsin.cli.folder import Line, NoFolder, ask, bar, existing, holder_of, starting
from tocsin.cli.standing import alarm_lines, alarms_json, finding_lines, replay_lines
from tocsin.config import FILE_NAME, Config, load
from tocsin.model.measure import Measure
from tocsin.model.problem import BadInput
from tocsin.rewind import SINCE_DEFAULT, Asked, checked, rewind
from tocsin.serve import open_stores
from tocsin.store.control import Control
from tocsin.store.control.state import FILE_NAME as CONTROL_NAME
from tocsin.web.actions import LINT_PATH, asked_of, finding_from, looked, replayed_in_steps
from tocsin.web.site import dump

# How a program ends when it was asked wrongly.
ASKED_WRONGLY = 2
STORY_BYTES_MAX = 1_000_000

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help=f"The configuration; without it, {FILE_NAME} of this folder, or the defaults."),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder for telemetry and alarm state.", show_default="tocsin-data"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add `tocsin alarms`."""
    group = typer.Typer(
        help="Look at alarms, test them with stories, and replay them over your own history.", no_args_is_help=True
    )
    group.command("list")(list_all)
    group.command("test")(test)
    group.command("replay")(replay)
    group.command("lint")(lint)
    app.add_typer(group, name="alarms")


def list_all(as_json: AsJson = False, config: ConfigFile = None, data: Data = None) -> None:
    """List every alarm that is on: how it judges, how patient it is, and where each service stands.

    What the alarms found is read from the data folder, which a server may have at the same time.
    """
    loaded = _loaded(config, data)
    known = _measures()
    folder = existing(loaded.server.data)
    control = Control(folder) if (folder / CONTROL_NAME).is_file() else None
    standings = {} if control is None else control.standings()
    judgements = {} if control is None else control.last_judgements()
    if as_json:
        print(dump({"alarms": alarms_json(loaded.alarms, standings, judgements, known)}).decode())
        return
    for line in alarm_lines(loaded.alarms, standings, judgements, known, clock.now()):
        print(line)
    if control is None:
        print(f"\nNothing was judged yet: there is no alarm state in {folder}.")


def test(
    files: Annotated[list[Path], typer.Argument(help="Story files, or folders of them.", show_default=False)],
) -> None:
    """Run stories, which are alarm tests as text; ends with code 1 when one does not go as it says.

    Code 2: a file can't be read as a story.
    """
    known = _measures()
    stories, unreadable = _stories(files)
    for fault in unreadable:
        typer.echo(fault, err=True)
    if unreadable:
        raise typer.Exit(ASKED_WRONGLY)
    untrue = 0
    with bar("Telling stories") as shown:
        told: list[str] = []
        for n, (path, one) in enumerate(stories):
            shown.at(n, len(stories))
            result = story.tell(one, known)
            untrue += bool(result.faults)
            told.append(f"{path}\n{result.transcript}" if result.faults else f"ok      {result.title} ({path})")
    print("\n".join(told))
    if untrue:
        print(f"\n{untrue} of {len(stories)} did not go as told")
        raise typer.Exit(1)


def _stories(files: list[Path]) -> tuple[list[tuple[Path, story.Story]], list[str]]:
    found: list[tuple[Path, story.Story]] = []
    faults: list[str] = []
    for given in files:
        paths = sorted(given.rglob("*.story")) if given.is_dir() else [given]
        if not paths:
            faults.append(f"{given}: holds no .story file")
        for path in paths:
            try:
                found.append((path, _story(path)))
            except BadInput as wrong:
                faults.append(wrong.reason)
    return found, faults


def _story(path: Path) -> story.Story:
    try:
        if path.stat().st_size > STORY_BYTES_MAX:
            raise BadInput(f"{path}: is longer than {STORY_BYTES_MAX} bytes; split the story")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8 text"
        raise BadInput(f"{path}: can't be read: {reason}") from None
    return story.read(text, str(path))


def replay(
    name: Annotated[
        str, typer.Argument(help="The alarm; without it, all that are on.", show_default=False, metavar="NAME")
    ] = "",
    *,
    since: Annotated[str, typer.Option(help="How far back, as in 30d or 12h.")] = settings.duration_text(SINCE_DEFAULT),
    project: Annotated[str, typer.Option(help="The project.")] = "default",
    as_json: AsJson = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Judge your own history by the alarms as they are set now, and say when they would have fired.

    The judges are those that run live, once a minute. When a server has the data folder, it does this, by its own
    configuration.
    """
    loaded = _loaded(config, data)
    given = {"name": name, "project": project, "since": since}
    try:
        asked = asked_of(given)
        # Before anything is opened; a server that has the folder knows better which alarms are on.
        if not loaded.server.data.is_dir():
            checked(loaded.alarms, asked)
        server = holder_of(loaded.server.data)
        with bar("Judging the past") as shown:
            lines = _here(loaded, asked) if server is None else ask(server, "/api/v1/alarms/replay", given)
            result = shown.through(lines)
    except NoFolder:
        raise
    except BadInput as wrong:
        raise typer.BadParameter(wrong.reason) from wrong
    assert result is not None, "a replay without a fault has a result"
    if as_json:
        print(dump(result).decode())
        return
    for line in replay_lines(result, clock.now()):
        print(line)


def _here(config: Config, asked: Asked) -> Iterator[Line]:
    """Replay in this process; in the words in which a server answers, so that both are read alike."""
    known, at = _measures(), clock.now()
    with starting():
        opened = open_stores(config)
    with closing(opened) as stores:
        # What came in last, before its server ended, may not be settled yet.
        stores.telemetry.settler.settle(stores.telemetry.newest_received_ns, at)
        steps = rewind(config.alarms, stores.telemetry.reader, known, asked, at)
        for line in replayed_in_steps(steps, asked, known):
            yield orjson.loads(dump(line))


def lint(
    *,
    project: Annotated[str, typer.Option(help="The project whose data are looked at.")] = "default",
    as_json: AsJson = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Find alarms that can't do what they are there for; ends with code 1 when one can't.

    Looks for limits that nothing can pass, windows too short for the pace of the calls, names that fit nothing, and
    alarms whose data never came. Without a data folder only the settings are looked at. When a server has the folder,
    it looks at the data, by its own configuration.
    """
    loaded = _loaded(config, data)
    folder = loaded.server.data
    found = list(of_settings(loaded.alarms))
    if folder.is_dir():
        with bar("Looking at the alarms") as shown:
            server = holder_of(folder)
            lines = _looked(loaded, project) if server is None else ask(server, LINT_PATH, {"project": project})
            result = shown.through(lines)
        assert result is not None, "a look without a fault has a result"
        found += [finding for finding in map(finding_from, result["findings"]) if finding not in found]
    errors = sum(finding.level is Level.ERROR for finding in found)
    if as_json:
        print(dump({"data": folder.is_dir(), "findings": found}).decode())
    else:
        for line in finding_lines(found, str(folder) if folder.is_dir() else ""):
            print(line)
    if errors:
        raise typer.Exit(1)


def _looked(config: Config, project: str) -> Iterator[Line]:
    """Look in this process, in the words in which a server answers."""
    with starting():
        opened = open_stores(config)
    with closing(opened) as stores:
        stores.telemetry.settler.settle(stores.telemetry.newest_received_ns, clock.now())
        found = checkup(config, stores.telemetry.evidence, _measures(), project, clock.now())
    yield orjson.loads(dump(looked(found)))


def _loaded(config: Path | None, data: Path | None) -> Config:
    return load(config, os.environ, {"server": {} if data is None else {"data": str(data)}})


def _measures() -> Mapping[str, Measure]:
    return registry.load(measures, "MEASURE", Measure)
