"""What the page says of Tocsin itself."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.model.drill import Step
from tocsin.web.engine import samples
from tocsin.web.site import Site

BY = {"command": "tocsin drill", "page": "this page", "schedule": "the schedule"}


@dataclass(frozen=True, slots=True)
class StepRow:
    """One stage of a drill."""

    what: str
    # "17.5 s", or "missed".
    when: str
    note: str
    missed: bool


@dataclass(frozen=True, slots=True)
class DrillView:
    """What `itself/drill.html` may use."""

    # Whether one goes on now; then its steps are shown, else those of the last one.
    running: bool
    # None: there was none yet.
    began: datetime | None
    by: str
    steps: tuple[StepRow, ...]
    missed: int
    incident: str


@dataclass(frozen=True, slots=True)
class ItselfView:
    """What `itself/page.html` may use."""

    # Whether drills can be asked for here.
    drills: bool
    # Name and type of each channel of the configuration, and whether it fails.
    channels: tuple[tuple[str, str, bool], ...]
    drill: DrillView
    ill: tuple[str, ...]
    heartbeat: str
    beaten: datetime | None
    # Name, labels, value, meaning.
    measures: tuple[tuple[str, str, str, str], ...]


def build(site: Site, at: datetime) -> ItselfView:
    """Build the page."""
    failing = {one.channel for one in site.failing()}
    pulse = site.itself.pulse
    return ItselfView(
        drills=site.itself.drills is not None,
        channels=tuple((name, kind, name in failing) for name, kind in site.itself.channels.items()),
        drill=drill(site),
        ill=() if pulse is None else pulse.ill,
        heartbeat=_heartbeat(site),
        beaten=None if pulse is None else pulse.beaten,
        measures=tuple(
            (one.name, ", ".join(value for _, value in one.labels), f"{one.value:,.6g}", one.help)
            for one in samples(site, at)
        ),
    )


def drill(site: Site) -> DrillView:
    """Build the part about drills."""
    running = site.itself.drills.running if site.itself.drills is not None else None
    if running is not None:
        return _drill(tuple(running.steps), running.drill.began, running.asked.by, running.incident, running=True)
    last = site.control.last_drilled()
    if last is None:
        return DrillView(running=False, began=None, by="", steps=(), missed=0, incident="")
    return _drill(last.steps, last.began, last.by, last.incident, running=False)


def _drill(steps: tuple[Step, ...], began: datetime, by: str, incident: str, *, running: bool) -> DrillView:
    rows = tuple(
        StepRow(
            what=f"{step.stage} {step.channel}".strip(),
            when="missed" if step.took is None else f"{step.took.total_seconds():.1f} s",
            note=step.note,
            missed=step.took is None,
        )
        for step in steps
    )
    return DrillView(running, began, BY.get(by, by), rows, sum(row.missed for row in rows), incident)


def _heartbeat(site: Site) -> str:
    pulse = site.itself.pulse
    if pulse is None or pulse.settings.url is None:
        return "No heartbeat is set up: if this machine dies, nobody is told. Set [heartbeat] url in tocsin.toml."
    if pulse.ill:
        return "No heartbeat goes out, because something does not work."
    return f"The heartbeat is not taken: {pulse.fault}." if pulse.fault else "The heartbeat goes out."
