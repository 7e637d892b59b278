"""The alarms: all of them, and each one's own page with what it would have told of the past."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from tocsin.alarms.edited import edited, toml_lines, written
from tocsin.alarms.kind import Alarm
from tocsin.checkup import calls_of
from tocsin.model.dimension import Dimension
from tocsin.model.problem import BadSetting
from tocsin.rewind import Asked
from tocsin.settings import nearest
from tocsin.web.missing import Missing
from tocsin.web.pages.alarms import one, view
from tocsin.web.refused import Refused
from tocsin.web.site import Page, Site
from tocsin.web.state import BadLink, State
from tocsin.web.tryout import Tryout
from tocsin.web.watched import Watch

SET = "set."


def _routes(site: Site) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/alarms")
    def alarms(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        watch = site.watch(site.state(request, at).project)
        titles = {alarm.name: alarm.title for alarm in _all(site)}
        return site.page(request, "alarms/page.html", view.build(watch, _looked(site, watch, at), titles), at=at)

    @router.get("/alarms/{name}")
    def alarm(request: Request, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        asked = _Asked.of(site, request, name, at)
        watch = site.watch(asked.state.project)
        found = _page(site, asked, watch, at)
        return site.page(request, "alarms/one.html", found, at=at)

    @router.get("/alarms/{name}/replay")
    def replay(request: Request, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        at = site.now()
        asked = _Asked.of(site, request, name, at)
        return site.part(request, asked.replayed(site, at), at=at)

    return router


def _all(site: Site) -> tuple[Alarm, ...]:
    return tuple(site.tryout.alarms) if site.tryout else ()


def _looked(site: Site, watch: Watch, at: datetime) -> view.Looked:
    if site.tryout is None:
        return view.NOTHING_FOUND
    return view.look(site.tryout.alarms, watch, calls_of(site.telemetry, watch.project, at))


class _Asked:
    """What was asked of an alarm's page: how long, which service, and settings written otherwise."""

    def __init__(self, tryout: Tryout, alarm: Alarm, state: State, given: dict[str, str], *, inside: bool) -> None:
        self.tryout = tryout
        self.alarm = alarm
        self.state = state
        self.inside = inside
        self.given = {key.removeprefix(SET): text for key, text in given.items() if key.startswith(SET)}
        self.with_replay = "replay" in given
        self.service = next(iter(state.filtered().get(Dimension.SERVICE, ())), "")
        self.days = one.DAYS[0]
        if "days" in given:
            if given["days"] not in set(map(str, one.DAYS)):
                reason = f"a replay goes over {' or '.join(map(str, one.DAYS))} days, not {given['days'][:20]}."
                raise BadLink(reason, urlencode(state.pairs()))
            self.days = int(given["days"])

    @classmethod
    def of(cls, site: Site, request: Request, name: str, at: datetime) -> "_Asked":
        if site.tryout is None:
            raise Missing("this page does not know how the alarms are set.", "/alarms", "All alarms")
        known = {alarm.name: alarm for alarm in site.tryout.alarms}
        if name not in known:
            reason = f"no alarm \u201c{name[:60]}\u201d is on; {nearest(name[:60], known)}"
            raise Missing(reason, "/alarms", "All alarms")
        names = [f"{SET}{field}" for field in written(known[name])]
        state, given = site.asked(request, at, "days", "replay", *names)
        # A page of another site must not make this one work.
        inside = request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
        return cls(site.tryout, known[name], state, given, inside=inside)

    @property
    def back(self) -> str:
        return view.link_of(self.alarm.name, self.state.project)

    @property
    def load(self) -> str:
        """Where the replay of what was asked is."""
        pairs = [*self.state.pairs(), ("days", str(self.days)), *((f"{SET}{k}", v) for k, v in self.given.items())]
        return f"{self.back.partition('?')[0]}/replay?{urlencode(pairs)}"

    def replayed(self, site: Site, at: datetime) -> one.ReplayView:
        if not self.inside:
            raise Refused("a replay can be asked for from this site's own pages only")
        title = f"{self.alarm.title} over {self.days} days"
        try:
            changed = edited(self.alarm, self.given)
        except BadSetting as wrong:
            return one.failed(title, self.back, faults=tuple(str(fault) for fault in wrong.faults))
        asked = Asked(self.alarm.name, self.state.project, timedelta(days=self.days), self.service)
        lines = toml_lines(self.alarm, changed)
        tried = self.tryout.tried(changed, asked, at)
        as_set = self.tryout.remembered(self.alarm, asked, at) if lines else None
        return one.replayed(title, self.back, tried, as_set=as_set, toml=lines, measures=site.measures)


def _page(site: Site, asked: _Asked, watch: Watch, at: datetime) -> one.OneView:
    looked = _looked(site, watch, at)
    mine = [finding for finding in looked.findings if finding.where.startswith(f"[alarms.{asked.alarm.name}]")]
    patience, settings = one.fields(written(asked.alarm), asked.given)
    groups = calls_of(site.telemetry, watch.project, at)
    return one.OneView(
        name=asked.alarm.name,
        title=asked.alarm.title,
        watches=one.watches(asked.alarm),
        rows=view.rows(watch, looked, asked.alarm.name),
        findings=tuple(f"{one.where}: {one.what}; {one.do}" for one in mine),
        inert=looked.inert.get(asked.alarm.name, ""),
        patience=patience,
        settings=settings,
        days=asked.days,
        services=tuple(sorted({group.service for group in groups})),
        service=asked.service,
        project=watch.project,
        load=asked.load,
        replay=asked.replayed(site, at) if asked.with_replay else None,
    )


PAGE = Page(nav="Alarms", path="/alarms", place=3, routes=_routes)
