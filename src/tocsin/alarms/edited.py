"""An alarm with some of its settings written otherwise, to see what that would have told; nothing is kept."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace

from tocsin import settings
from tocsin.alarms.kind import Alarm
from tocsin.alarms.pack import Common
from tocsin.model.alarm import Patience
from tocsin.model.problem import BadSetting, SettingFault

# What belongs to every alarm's patience.
PATIENCE = ("hold", "keep")


def written(alarm: Alarm) -> Mapping[str, str]:
    """Return every setting as a person writes it, without quotes; empty for what is not set."""
    values = {name: getattr(alarm.patience, name) for name in PATIENCE}
    values |= {field.name: getattr(alarm.settings, field.name) for field in fields(alarm.kind.settings)}
    return {name: "" if value is None else _text(name, value) for name, value in values.items()}


def _text(name: str, value: object) -> str:
    text = settings.toml(value, name)
    return text.strip('"') if text.startswith('"') else text


def edited(alarm: Alarm, given: Mapping[str, str]) -> Alarm:
    """Return the alarm with what is given as texts; what is empty stays as it is. Raises BadSetting with all faults."""
    where = f"[alarms.{settings.toml_key(alarm.name)}]"
    values = {name: _value(text.strip()) for name, text in given.items() if text.strip()}
    faults: list[SettingFault] = []
    patient = {name: values.pop(name) for name in PATIENCE if name in values}
    faults += settings.unknown_keys(values, [*PATIENCE, *(field.name for field in fields(alarm.kind.settings))], where)
    common = settings.read(Common, patient, where=where, env={}, faults=faults)
    read = settings.read(alarm.kind.settings, values, where=where, env={}, faults=faults)
    if faults or common is None or read is None:
        raise BadSetting(tuple(faults))
    try:
        chosen = replace(alarm.settings, **{name: getattr(read, name) for name in values})
    except ValueError as wrong:
        raise BadSetting((SettingFault(where, str(wrong)),)) from None
    hold, keep = common.hold, common.keep
    patience = Patience(
        alarm.patience.hold if hold is None else hold,
        alarm.patience.keep if keep is None else keep,
    )
    return replace(alarm, settings=chosen, patience=patience)


def _value(text: str) -> object:
    """Read a value as TOML where it is that, as 0.05 and [1, 2] are; else it is a text, as 5m is."""
    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except tomllib.TOMLDecodeError:
        return text


def toml_lines(alarm: Alarm, changed: Alarm) -> list[str]:
    """Return what to write into the configuration to have an alarm as it was changed; empty when nothing was."""
    pairs = [(name, getattr(alarm.patience, name), getattr(changed.patience, name)) for name in PATIENCE]
    names = [field.name for field in fields(alarm.kind.settings)]
    pairs += [(name, getattr(alarm.settings, name), getattr(changed.settings, name)) for name in names]
    lines = [f"{name} = {settings.toml(now, name)}" for name, was, now in pairs if was != now]
    return [f"[alarms.{settings.toml_key(alarm.name)}]", *lines] if lines else []
