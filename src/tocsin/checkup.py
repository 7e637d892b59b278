"""Checkup: what is wrong with the alarms of a configuration, by itself and for what is stored.

Only looked at, nothing is kept: every alarm is judged once, by the judges that run live.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tocsin.alarms.evidence import EvidenceSource
from tocsin.alarms.lint import KNOWN, Finding, Known, judged_once, of_data, of_settings, unmatched
from tocsin.config import Config
from tocsin.model.alarm import Group
from tocsin.model.asking import AddsUp
from tocsin.model.dimension import Dimension
from tocsin.model.measure import Measure
from tocsin.model.parts import Parts
from tocsin.model.window import Window
from tocsin.settings import toml_key


def calls_of(stored: AddsUp, project: str, at: datetime) -> Mapping[Group, Parts]:
    """Add up the calls of each service in the 28 days before `at`."""
    by = (Dimension.ENVIRONMENT, Dimension.SERVICE)
    rows = stored.parts(project, Window(at - KNOWN, at), None, by, {})
    return {Group(project, *row.group): row.parts for row in rows}


def checkup(
    config: Config, stored: EvidenceSource, measures: Mapping[str, Measure], project: str, at: datetime
) -> Sequence[Finding]:
    """Return everything that is wrong for one project as of `at`; of a project without calls only its settings."""
    said, rhythms = judged_once(config.alarms, stored, measures, project, at)
    known = Known(said, calls_of(stored, project, at), rhythms)
    return [*of_settings(config.alarms), *of_data(config.alarms, known, measures), *_names(config, known)]


def _names(config: Config, known: Known) -> Iterator[Finding]:
    if not known.parts:
        return
    services = sorted({group.service for group in known.parts})
    environments = sorted({group.environment for group in known.parts})
    for place in config.channels:
        where = f"[channels.{toml_key(place.name)}]"
        yield from unmatched(f"{where} services", place.route.services, services)
        yield from unmatched(f"{where} environments", place.route.environments, environments)
    for window in config.maintenance:
        where = f"[maintenance.{toml_key(window.name)}]"
        yield from unmatched(f"{where} service", [window.settings.service], services)
        yield from unmatched(f"{where} environment", [window.settings.environment], environments)
