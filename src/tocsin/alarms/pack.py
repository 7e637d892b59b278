"""The default pack: the alarms that are on with no configuration, and how a config changes them or adds more."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tocsin import settings
from tocsin.alarms.kind import Alarm, Kind, kinds
from tocsin.alarms.kinds import (
    bad_answers,
    cost_run_rate,
    error_budget,
    error_class_surge,
    errors_fast,
    judge_health,
    latency_drift,
    model_swap,
    no_data,
    no_data_global,
    pipeline,
    quality_drift,
    runaway,
    token_efficiency,
)
from tocsin.model.alarm import Patience
from tocsin.model.problem import BadSetting, SettingFault


def _default(name: str, title: str, kind: Kind, chosen: object) -> Alarm:
    return Alarm(name, title, kind, chosen, kind.patience)


# In cause order: the nearer to the root, the earlier.
DEFAULT: tuple[Alarm, ...] = (
    _default("no_data_global", "No data at all", no_data_global.KIND, no_data_global.Settings()),
    _default("no_data", "No data", no_data.KIND, no_data.Settings()),
    _default("errors_fast", "Errors, fast", errors_fast.KIND, errors_fast.Settings()),
    _default("error_class_surge", "Errors of one class", error_class_surge.KIND, error_class_surge.Settings()),
    _default("error_budget", "Errors, budget burn", error_budget.KIND, error_budget.Settings()),
    _default("runaway", "Runaway run", runaway.KIND, runaway.Settings()),
    _default("cost_run_rate", "Cost run-rate", cost_run_rate.KIND, cost_run_rate.Settings()),
    _default("token_efficiency", "Tokens and cache", token_efficiency.KIND, token_efficiency.Settings()),
    _default("latency_drift", "Latency drift", latency_drift.KIND, latency_drift.Settings()),
    _default(
        "ttft_drift",
        "Time to first token drift",
        latency_drift.KIND,
        latency_drift.Settings(
            timing=latency_drift.Timing.TTFT,
            extra_min=timedelta(milliseconds=150),
            learning_p95_max=timedelta(seconds=5),
        ),
    ),
    _default("bad_answers", "Bad answers", bad_answers.KIND, bad_answers.Settings()),
    _default("model_swap", "Model swap", model_swap.KIND, model_swap.Settings()),
    _default("quality_drift", "Quality drift", quality_drift.KIND, quality_drift.Settings()),
    _default("judge_health", "Judge health", judge_health.KIND, judge_health.Settings()),
    _default("pipeline", "Pipeline", pipeline.KIND, pipeline.Settings()),
)


@dataclass(frozen=True, slots=True)
class Common:
    """What can be set for every alarm, beside the settings of its kind. None: as the kind has it."""

    enabled: bool = True
    # Only for an alarm of your own: which kind judges it.
    kind: str | None = None
    title: str | None = None
    # How long a breach must last before the alarm fires, and health before it ends.
    hold: timedelta | None = None
    keep: timedelta | None = None

    def __post_init__(self) -> None:
        for name in ("hold", "keep"):
            value: timedelta | None = getattr(self, name)
            if value is not None and value < timedelta(0):
                raise ValueError(f"{name} must not be negative; got {value}")


COMMON_KEYS = tuple(Common.__dataclass_fields__)


def pack(overrides: Mapping[str, object]) -> tuple[Alarm, ...]:
    """Return the alarms that are on: the default pack, changed and added to by `overrides`.

    `overrides` is the config's table of tables, by alarm name: keys of the kind's `Settings`, and `enabled`, `title`,
    `hold`, `keep`; an alarm of your own also names its `kind`. Raises BadSetting with every fault found.
    """
    defaults = {alarm.name: alarm for alarm in DEFAULT}
    faults: list[SettingFault] = []
    changed: dict[str, Alarm | None] = {}
    for name, table in overrides.items():
        changed[name] = _read(name, table, defaults.get(name), faults)
    if faults:
        raise BadSetting(tuple(faults))
    alarms = (changed.get(name, alarm) for name, alarm in (defaults | changed).items())
    return tuple(alarm for alarm in alarms if alarm is not None)


def _read(name: str, table: object, default: Alarm | None, faults: list[SettingFault]) -> Alarm | None:
    """Read one alarm; None when it is off or faulty."""
    where = f"[alarms.{settings.toml_key(name)}]"
    if not isinstance(table, Mapping):
        faults.append(SettingFault(where, f"must be a table; found {settings.shown(table)}"))
        return None
    given: dict[str, object] = {str(key): value for key, value in table.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    common = settings.read(
        Common, {key: given.pop(key) for key in COMMON_KEYS if key in given}, where=where, env={}, faults=faults
    )
    kind = _kind(name, common, default, where, faults)
    if kind is None or common is None:
        return None
    before = len(faults)
    chosen = _settings(kind, default, given, where, faults)
    if len(faults) > before or not common.enabled:
        return None
    patience = Patience(
        hold=kind.patience.hold if common.hold is None else common.hold,
        keep=kind.patience.keep if common.keep is None else common.keep,
    )
    title = common.title or (default.title if default else kind.title)
    return Alarm(name, title, kind, chosen, patience)


def _kind(
    name: str, common: Common | None, default: Alarm | None, where: str, faults: list[SettingFault]
) -> Kind | None:
    known = kinds()
    if common is None:
        return None
    if default is not None:
        if common.kind is not None and known.get(common.kind) is not default.kind:
            faults.append(
                SettingFault(where, f"kind can't be changed for {name}, an alarm of the default pack; leave it out")
            )
            return None
        return default.kind
    if common.kind is None:
        names = [alarm.name for alarm in DEFAULT]
        faults.append(
            SettingFault(
                where,
                f"{name} is not an alarm of the default pack ({settings.nearest(name, names)});"
                f' an alarm of your own needs a kind, as in kind = "{names[2]}"',
            )
        )
        return None
    if common.kind not in known:
        faults.append(
            SettingFault(where, f'kind = "{common.kind}" is not known; {settings.nearest(common.kind, known)}')
        )
        return None
    return known[common.kind]


def _settings(
    kind: Kind, default: Alarm | None, given: Mapping[str, object], where: str, faults: list[SettingFault]
) -> Any:  # noqa: ANN401 - the kind's own class
    """Read the kind's settings; what isn't given stays as the default pack has it."""
    before = len(faults)
    allowed = (*(field_name for field_name in kind.settings.__dataclass_fields__), *COMMON_KEYS)
    unknown = settings.unknown_keys(given, allowed, where)
    faults += unknown
    known = {key: value for key, value in given.items() if key in kind.settings.__dataclass_fields__}
    read = settings.read(kind.settings, known, where=where, env={}, faults=faults)
    if read is None or len(faults) > before:
        return None
    if default is None:
        return read
    try:
        return replace(default.settings, **{key: getattr(read, key) for key in known})
    except ValueError as wrong:
        faults.append(SettingFault(where, str(wrong)))
        return None
