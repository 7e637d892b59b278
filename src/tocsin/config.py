"""Reads `tocsin.toml` and puts the stages' settings together; tells every mistake at once.

A stage owns its settings and never sees this file; what is asked for on the command line goes over the file before
anything is judged, so both are told in the same words.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from tocsin import measures, registry
from tocsin.alarms.kind import Alarm, kinds
from tocsin.alarms.maintenance import Maintenance
from tocsin.alarms.maintenance import Settings as Window
from tocsin.alarms.pack import DEFAULT, Common, pack
from tocsin.ingest.settings import Settings as Ingest
from tocsin.ingest.settings import refuse_open_door
from tocsin.model.attribute_keys import AttributeKeys
from tocsin.model.drill import PROJECT as DRILL_PROJECT
from tocsin.model.measure import Measure
from tocsin.model.problem import BadSetting, SettingFault
from tocsin.model.secret import Secret
from tocsin.notify.channel import Channel, Target, load_channels
from tocsin.notify.heartbeat import Settings as Heartbeat
from tocsin.notify.route import Route
from tocsin.notify.schedule import Settings as Schedule
from tocsin.price.override import Override
from tocsin.settings import is_loopback, nearest, read, shown, toml, toml_key, unknown_keys, written
from tocsin.store.schema import Retention

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FILE_NAME = "tocsin.toml"
PORT_MAX = 65_535

Table = Mapping[str, object]
# Section, key, value: what the command line asks for.
Asked = Mapping[str, Mapping[str, object]]
NOTHING_ASKED: Asked = {}


@dataclass(frozen=True, slots=True)
class Server:
    """The page, the JSON API, and where data lives."""

    host: str = "127.0.0.1"
    # 0 takes any free port.
    port: int = 4319
    # Telemetry and alarm state; one process owns it.
    data: Path = Path("tocsin-data")
    # How people reach the page, for the links in messages; empty: http, host and port.
    base_url: str = ""
    # The page has no login of its own. Set this only where something in front of it has one.
    reachable_without_login: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.port <= PORT_MAX:
            raise ValueError(f"port must lie in 0..{PORT_MAX}; found {self.port}")
        if self.base_url and urlsplit(self.base_url).scheme not in {"http", "https"}:
            raise ValueError(f'base_url = "{self.base_url}" is no address; write it as in "https://tocsin.example.com"')
        if not (is_loopback(self.host) or self.reachable_without_login):
            raise ValueError(
                f'host = "{self.host}" can be reached from outside this machine, and the page has no login; put a '
                'proxy with a login before it and write reachable_without_login = true, or write host = "127.0.0.1"'
            )

    @property
    def link_base(self) -> str:
        """What every link begins with, without a slash at its end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")


@dataclass(frozen=True, slots=True)
class _Keys:
    """The ingest keys as the file names them: the project that a key writes to."""

    keys: Mapping[str, Secret] = field(default_factory=dict[str, Secret])


@dataclass(frozen=True, slots=True)
class Place:
    """One channel of the file: what it is called there, of which type it is, and its own settings."""

    name: str
    type: str
    settings: "DataclassInstance"
    target: Target = field(compare=False)
    # Which notices it is given.
    route: Route = field(default_factory=Route)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be set, checked."""

    server: Server = field(default_factory=Server)
    ingest: Ingest = field(default_factory=Ingest)
    # Project to its ingest key.
    ingest_keys: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    retention: Retention = field(default_factory=Retention)
    attributes: AttributeKeys = field(default_factory=AttributeKeys)
    prices: tuple[Override, ...] = ()
    # Those that are on: the default pack as changed, and those of the file.
    alarms: tuple[Alarm, ...] = DEFAULT
    maintenance: tuple[Maintenance, ...] = ()
    # Without the built-in ones.
    channels: tuple[Place, ...] = ()
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    drill: Schedule = field(default_factory=Schedule)
    # The file's name; empty when there was none.
    source: str = ""
    # Where a file is looked for that nobody named.
    folder: Path = Path()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is: the ingest keys, and those of the channels."""
        return (*self.ingest_keys.values(), *(secret for place in self.channels for secret in place.target.secrets))


SECTIONS = (
    "server",
    "heartbeat",
    "drill",
    "ingest",
    "retention",
    "attributes",
    "prices",
    "alarms",
    "maintenance",
    "channels",
)


def documented() -> "Mapping[str, type[DataclassInstance]]":
    """Return each section and the settings that can stand in it, for the docs."""
    places = {
        f'[channels.NAME] with type = "{name}"': c.settings for name, c in load_channels().items() if not c.built_in
    }
    return {
        "[server]": Server,
        "[ingest]": Ingest,
        "[retention]": Retention,
        "[attributes]": AttributeKeys,
        "[[prices]]": Override,
        "[alarms.NAME]": Common,
        **{f'[alarms.NAME] with kind = "{name}"': kind.settings for name, kind in kinds().items()},
        "[maintenance.NAME]": Window,
        "[heartbeat]": Heartbeat,
        "[drill]": Schedule,
        "[channels.NAME]": Route,
        **places,
    }


def load(path: Path | None, env: Mapping[str, str], asked: Asked = NOTHING_ASKED, *, folder: Path = Path()) -> Config:
    """Read a file, or `tocsin.toml` of a folder, the current one, where there is one, or nothing but defaults.

    Raises BadSetting with all faults, also when a file that was named can't be read.
    """
    found = path or (folder / FILE_NAME if (folder / FILE_NAME).is_file() else None)
    if found is None:
        return parse("", "", env, asked)
    try:
        text = found.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8 text"
        raise BadSetting((SettingFault(str(found), f"can't be read: {reason}"),)) from None
    return parse(text, str(found), env, asked)


def parse(text: str, source: str, env: Mapping[str, str], asked: Asked = NOTHING_ASKED) -> Config:
    """Read a configuration's text; `source` names it in faults. Raises BadSetting with all of them."""
    try:
        tables = _with_asked(tomllib.loads(text), asked)
    except tomllib.TOMLDecodeError as wrong:
        raise BadSetting((SettingFault(source, f"is not TOML: {wrong}"),)) from None
    faults = [
        SettingFault(f"[{name}]", f"is not a known section; {nearest(name, SECTIONS)}")
        for name in tables
        if name not in SECTIONS
    ]
    config = _assembled(tables, env, faults)
    if config is None or faults:
        raise BadSetting(tuple(_placed(fault, source or "command line") for fault in faults))
    return replace(config, source=source)


def _with_asked(tables: Table, asked: Asked) -> Table:
    merged = dict(tables)
    for section, values in asked.items():
        in_file = merged.get(section, {})
        if isinstance(in_file, Mapping) and values:
            merged[section] = {**cast("Table", in_file), **values}
    return merged


def _assembled(tables: Table, env: Mapping[str, str], faults: list[SettingFault]) -> Config | None:
    server = read(Server, tables.get("server", {}), where="[server]", env=env, faults=faults)
    ingest, keys = _ingest(tables.get("ingest", {}), env, faults)
    retention = read(Retention, tables.get("retention", {}), where="[retention]", env=env, faults=faults)
    attributes = read(AttributeKeys, tables.get("attributes", {}), where="[attributes]", env=env, faults=faults)
    prices = _prices(tables.get("prices", []), env, faults)
    alarms = _alarms(tables.get("alarms", {}), faults)
    maintenance = _maintenance(tables.get("maintenance", {}), env, faults)
    channels = _channels(tables.get("channels", {}), env, faults)
    if retention is not None:
        faults += _too_short(retention)
    heartbeat = read(Heartbeat, tables.get("heartbeat", {}), where="[heartbeat]", env=env, faults=faults)
    drill = read(Schedule, tables.get("drill", {}), where="[drill]", env=env, faults=faults)
    if (
        heartbeat is None
        or drill is None
        or server is None
        or ingest is None
        or retention is None
        or attributes is None
    ):
        return None
    return Config(server, ingest, keys, retention, attributes, prices, alarms, maintenance, channels, heartbeat, drill)


def _ingest(
    table: object, env: Mapping[str, str], faults: list[SettingFault]
) -> tuple[Ingest | None, Mapping[str, Secret]]:
    """Read the doors' settings; the file names projects and their keys, the doors look keys up."""
    if not isinstance(table, Mapping):
        faults.append(SettingFault("[ingest]", f"must be a table; found {shown(table)}"))
        return None, {}
    given = cast("Table", table)
    named = {name: value for name, value in given.items() if name == "keys"}
    others = {name: value for name, value in given.items() if name != "keys"}
    settings = read(Ingest, others, where="[ingest]", env=env, faults=faults)
    keys = read(_Keys, named, where="[ingest]", env=env, faults=faults)
    if settings is None or keys is None:
        return None, {}
    settings = replace(settings, keys={key.reveal(): project for project, key in keys.keys.items()})
    if len(settings.keys) < len(keys.keys):
        faults.append(SettingFault("[ingest]", "keys: two projects have one key; give each its own"))
    if DRILL_PROJECT in keys.keys:
        reason = f"keys: the project {DRILL_PROJECT} is for drills, which make their own key; choose another name"
        faults.append(SettingFault("[ingest]", reason))
    fault = refuse_open_door(settings)
    if fault is not None:
        faults.append(fault)
    return settings, keys.keys


def _prices(given: object, env: Mapping[str, str], faults: list[SettingFault]) -> tuple[Override, ...]:
    if not isinstance(given, list):
        faults.append(SettingFault("[prices]", "is a list of tables; begin each with [[prices]]"))
        return ()
    tables = cast("list[object]", given)
    read_in = (
        read(Override, table, where=f"[[prices]] number {number}", env=env, faults=faults)
        for number, table in enumerate(tables, start=1)
    )
    return tuple(override for override in read_in if override is not None)


def _alarms(given: object, faults: list[SettingFault]) -> tuple[Alarm, ...]:
    if not isinstance(given, Mapping):
        faults.append(SettingFault("[alarms]", "holds one table for each alarm; begin each with [alarms.NAME]"))
        return ()
    try:
        alarms = pack(cast("Table", given))
    except BadSetting as wrong:
        faults += wrong.faults
        return ()
    known = registry.load(measures, "MEASURE", Measure)
    wrong = ((alarm.name, alarm.kind.unfit(alarm.settings, known)) for alarm in alarms)
    faults += [SettingFault(f"[alarms.{toml_key(name)}]", why) for name, why in wrong if why]
    return alarms


def _maintenance(given: object, env: Mapping[str, str], faults: list[SettingFault]) -> tuple[Maintenance, ...]:
    if not isinstance(given, Mapping):
        faults.append(
            SettingFault("[maintenance]", "holds one table for each window; begin each with [maintenance.NAME]")
        )
        return ()
    found: list[Maintenance] = []
    for name, table in cast("Table", given).items():
        settings = read(Window, table, where=f"[maintenance.{toml_key(name)}]", env=env, faults=faults)
        found += [Maintenance(name, settings)] if settings else []
    return tuple(found)


def _channels(given: object, env: Mapping[str, str], faults: list[SettingFault]) -> tuple[Place, ...]:
    if not isinstance(given, Mapping):
        faults.append(SettingFault("[channels]", "holds one table for each channel; begin each with [channels.NAME]"))
        return ()
    known = load_channels()
    types = {name: channel for name, channel in known.items() if not channel.built_in}
    places: list[Place] = []
    for name, table in cast("Table", given).items():
        where = f"[channels.{toml_key(name)}]"
        if name in known and name not in types:
            faults.append(SettingFault(where, "is built in and always there; remove this section"))
        elif isinstance(table, Mapping):
            place = _place(name, where, dict(cast("Table", table)), types, env, faults)
            places += [place] if place else []
        else:
            faults.append(SettingFault(where, f"must be a table; found {shown(table)}"))
    faults += _no_backups(places, cast("Table", given))
    return tuple(places)


def _no_backups(places: list[Place], named: Table) -> list[SettingFault]:
    """Tell the backups that are nobody; one whose own section is wrong is somebody."""
    faults: list[SettingFault] = []
    for place in places:
        backup, where = place.route.backup, f"[channels.{toml_key(place.name)}]"
        others = [name for name in named if name != place.name]
        if backup == place.name:
            faults.append(SettingFault(where, f'backup = "{backup}" is this channel itself; name another one'))
        elif backup and backup not in others:
            faults.append(
                SettingFault(where, f'backup = "{backup}" is no channel of this file; {nearest(backup, others)}')
            )
    return faults


def _place(  # noqa: PLR0913, PLR0917 - the parts of one section, used once
    name: str,
    where: str,
    table: dict[str, object],
    types: Mapping[str, Channel[Any]],
    env: Mapping[str, str],
    faults: list[SettingFault],
) -> Place | None:
    kind = table.pop("type", None)
    channel = types.get(str(kind))
    if channel is None:
        wrong = "type is missing" if kind is None else f"type = {shown(kind)} is not known"
        faults.append(SettingFault(where, f"{wrong}; {nearest(str(kind), types)}"))
        return None
    own, routing = _names(channel.settings), _names(Route)
    faults += unknown_keys(table, [*own, *routing], where)
    given = {key: value for key, value in table.items() if key in own}
    settings = read(channel.settings, given, where=where, env=env, faults=faults)
    on_its_way = {key: value for key, value in table.items() if key in routing}
    route = read(Route, on_its_way, where=where, env=env, faults=faults)
    if settings is None or route is None:
        return None
    target = replace(channel.target(name, settings), backup=route.backup, has_hours=bool(route.hours))
    return Place(name, channel.name, settings, target, route)


def _names(kind: "type[DataclassInstance]") -> list[str]:
    return [setting.name for setting in fields(kind) if setting.init]


def _too_short(retention: Retention) -> list[SettingFault]:
    ages = ((name, cast("timedelta", getattr(retention, name))) for name in Retention.__dataclass_fields__)
    return [
        SettingFault("[retention]", f'{name} = {shown(age)} is not whole days; write it as in "30d"')
        for name, age in ages
        if age < timedelta(days=1) or age % timedelta(days=1)
    ]


def _placed(fault: SettingFault, source: str) -> SettingFault:
    """Put the file's name before a fault, and its section in brackets."""
    if fault.path.startswith("["):
        return SettingFault(source, f"{fault.path} {fault.reason}")
    section, _, key = fault.path.rpartition(".")
    return SettingFault(source, f"[{section}] {key}: {fault.reason}" if section else f"{key}: {fault.reason}")


def show(config: Config) -> str:
    """Write the whole configuration as TOML, defaults filled in, secrets as the names of their variables."""
    ingest = [line for line in written(config.ingest) if not line.startswith("keys = ")]
    keys = [f"{toml_key(project)} = {toml(key)}" for project, key in config.ingest_keys.items()]
    off = sorted({alarm.name for alarm in DEFAULT} - {alarm.name for alarm in config.alarms})
    parts = [
        ["[server]", *written(config.server)],
        ["[ingest]", *ingest],
        ["[ingest.keys]", *keys],
        ["[heartbeat]", *written(config.heartbeat)],
        ["[drill]", *written(config.drill)],
        ["[retention]", *written(config.retention)],
        ["[attributes]", *written(config.attributes)],
        *(["[[prices]]", *written(price)] for price in config.prices),
        *(_alarm_lines(alarm) for alarm in config.alarms),
        *([f"[alarms.{name}]", "enabled = false"] for name in off),
        *([f"[maintenance.{toml_key(one.name)}]", *written(one.settings)] for one in config.maintenance),
        *(
            [
                f"[channels.{toml_key(place.name)}]",
                f"type = {toml(place.type)}",
                *written(place.settings),
                *written(place.route),
            ]
            for place in config.channels
        ),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _alarm_lines(alarm: Alarm) -> list[str]:
    kind = next(name for name, known in kinds().items() if known is alarm.kind)
    return [
        f"[alarms.{toml_key(alarm.name)}]",
        f"kind = {toml(kind)}",
        f"title = {toml(alarm.title)}",
        f"hold = {toml(alarm.patience.hold)}",
        f"keep = {toml(alarm.patience.keep)}",
        *written(alarm.settings),
    ]
