"""The one place that builds real things and joins them."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from socket import socket
from urllib.parse import urlsplit

import structlog
import uvicorn

from tocsin import clock, measures, registry
from tocsin.alarms.kind import Alarm, Cause
from tocsin.alarms.lint import Finding, of_settings
from tocsin.alarms.replay import Replayed
from tocsin.checkup import checkup
from tocsin.config import Config, load
from tocsin.deliver import deliver_until
from tocsin.drill import Drills, Way
from tocsin.ingest.counters import Count
from tocsin.ingest.grpc import GrpcDoor
from tocsin.ingest.http import HttpDoor
from tocsin.ingest.listen import Server, http_server, sockets
from tocsin.model.drill import PROJECT as DRILL_PROJECT
from tocsin.model.drill import Drill
from tocsin.model.incident import Incident
from tocsin.model.measure import Measure
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.pipeline import AskPipeline
from tocsin.model.problem import BadSetting, Problem, SettingFault
from tocsin.model.progress import Progress
from tocsin.model.secret import Secret
from tocsin.normalise.conventions import conventions
from tocsin.notify import post, render
from tocsin.notify.channel import Target
from tocsin.notify.channels import inbox, slack
from tocsin.notify.route import routed_by
from tocsin.pipeline import Doors, Watcher
from tocsin.price.book import PriceBook
from tocsin.pulse import Pulse
from tocsin.receive import Receiver
from tocsin.redact.profile import DEFAULT
from tocsin.respond import Desk
from tocsin.rewind import Asked, rewind
from tocsin.settings import is_loopback
from tocsin.store.control import Claim, Control, claim
from tocsin.store.schema import Schema
from tocsin.store.telemetry import Telemetry, open_telemetry
from tocsin.store.views.normalise import compile_normalising
from tocsin.watch import GROUPS_MAX, Telling, Ticked, Watch
from tocsin.web.actions import Actions
from tocsin.web.app import LOOPBACK, make_app
from tocsin.web.itself import Itself
from tocsin.web.tryout import Tryout

LOG = structlog.get_logger()
NS_PER_S = 10**9
# How long requests under way are waited for when stopping.
GRACE_S = 3.0
FAULT_TEXT_MAX = 300
# How long looking into an incident may hold its message up; without it, the words come a minute later.
LOOKED_INTO_S = 2.0
# Control state older than this goes, once a day: closed incidents, delivered messages, all but the last log rows.
CONTROL_KEPT = timedelta(days=400)
FORGET_EVERY = timedelta(days=1)
# Spans that come in for minutes longer ago than this are history: what was usual has to be learned anew.
HISTORY_AFTER = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Stores:
    """An opened data folder: claimed, brought up to this version, its parts ready."""

    claim: Claim
    control: Control
    telemetry: Telemetry

    def close(self) -> None:
        """Close the folder and give it back, when nobody uses it."""
        self.telemetry.close()
        self.control.close()
        self.claim.release()


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a running server listens; all real numbers, also where any free one was asked for."""

    page: int
    otlp_http: int
    otlp_grpc: int


def open_stores(config: Config) -> Stores:
    """Open the data folder. Raises BadSetting when another process has it, Foreign when it can't be used."""
    claimed = claim(config.server.data)
    asides = [place.name for place in config.channels if place.target.asides]
    control = Control(config.server.data, routed_by({place.name: place.route for place in config.channels}), asides)
    normalising = compile_normalising(conventions(), config.attributes)
    schema = Schema(DEFAULT, normalising, config.retention)
    telemetry = open_telemetry(config.server.data, schema, PriceBook(config.prices).rows_for)
    return Stores(claimed, control, telemetry)


async def serve(config: Config, started: Callable[[Ports], None]) -> None:
    """Run the server until SIGINT or SIGTERM; `started` is told the ports when everything listens.

    Raises BadSetting when a port or the data folder is taken, before anything is stored.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    page, otlp = sockets((config.server.host, config.server.port), config.ingest)
    config = at_home(config)
    for finding in of_settings(config.alarms):
        LOG.warning("an alarm is set up so that it can't do its work", where=finding.where, what=finding.what)
    async with _opened(config) as (stores, receiver):
        await _serve(config, stores, receiver, page, otlp, stopping, started)


def at_home(config: Config) -> Config:
    """Make the data folder the current one, and return the configuration with its paths whole.

    The engine writes parsed schemas into the current folder, which may be any, also one that can't be written.
    """
    named, data = config.server.data, config.server.data.resolve()
    source = str(Path(config.source).resolve()) if config.source else ""
    folder = config.folder.resolve()
    try:
        data.mkdir(parents=True, exist_ok=True)
        os.chdir(data)
    except OSError as wrong:
        reason = f"the data folder {named} can't be used: {wrong.strerror}; name a folder that can be written"
        raise BadSetting((SettingFault("server.data", reason),)) from None
    return replace(config, server=replace(config.server, data=data), source=source, folder=folder)


@asynccontextmanager
async def _opened(config: Config) -> AsyncGenerator[tuple[Stores, Receiver]]:
    """Open the data folder and begin to store; on every way out what waits is stored, and all is closed."""
    stores = await asyncio.to_thread(open_stores, config)
    receiver = Receiver(stores.telemetry.writer, config.ingest, now_ns=clock.now_ns)
    receiver.start(stamp_floor_ns=stores.telemetry.newest_received_ns)
    try:
        yield stores, receiver
    finally:
        await receiver.close()
        stores.close()


async def _serve(  # noqa: PLR0913, PLR0917 - everything that is joined here
    config: Config,
    stores: Stores,
    receiver: Receiver,
    page: socket,
    otlp: socket,
    stopping: asyncio.Event,
    started: Callable[[Ports], None],
) -> None:
    """Open the doors and the pages, and run both loops until `stopping`."""
    drill_key = Secret(token_urlsafe(32))
    own = {drill_key.reveal(): DRILL_PROJECT}
    http_door = HttpDoor(receiver, config.ingest, budget=receiver.budget, counters=receiver.counters, own_keys=own)
    grpc_door = GrpcDoor(receiver, config.ingest, budget=receiver.budget, counters=receiver.counters)
    grpc_port = await grpc_door.start()
    ports = Ports(page.getsockname()[1], otlp.getsockname()[1], grpc_port)
    link_base = config.server.base_url or f"http://{config.server.host}:{ports.page}"
    rounds = asyncio.Lock()
    targets = _targets(config, stores.control)
    telling = replace(_telling(targets, link_base.rstrip("/")), windows=config.maintenance)
    watch = _watch(config, stores, telling)
    drills = _drills(config, stores, watch, _reached_at(config.ingest.host, ports.otlp_http), drill_key)
    pulse = Pulse(stores.control, lambda: receiver.failing, config.heartbeat, clock.now)
    pages = Server(
        uvicorn.Config(
            make_app(
                stores.telemetry.reader,
                stores.control,
                otlp_http=f"http://{config.ingest.host}:{ports.otlp_http}",
                otlp_grpc=f"http://{config.ingest.host}:{ports.otlp_grpc}",
                acts=_actions(config, stores, receiver, rounds),
                itself=_itself(config, stores, receiver, drills, pulse),
                hosts=_known_as(config),
                answers=Desk(stores.control, telling.tell, telling.channels),
                windows=config.maintenance,
                slack_secrets=_slack_secrets(config),
                tryout=_tryout(config, stores),
            ),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=int(GRACE_S),
        )
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task((door := http_server(http_door)).serve(sockets=[otlp]))
        tasks.create_task(pages.serve(sockets=[page]))
        tasks.create_task(pulse.until(stopping, post.client))
        tasks.create_task(drills.on_schedule(stopping, config.drill))
        tasks.create_task(_watch_until(stopping, watch, _watcher(config, stores, receiver), stores, receiver, rounds))
        delivering = tasks.create_task(_deliver(stopping, stores.control, targets))
        stores.claim.announce(_reached_at(config.server.host, ports.page))
        started(ports)
        await stopping.wait()
        await drills.stop()
        door.should_exit = pages.should_exit = True
        # A channel that does not answer holds nothing up: what it was being sent stays in the outbox.
        await asyncio.gather(grpc_door.stop(GRACE_S), asyncio.wait({delivering}, timeout=GRACE_S))
        delivering.cancel()
    http_door.close()


def _targets(config: Config, control: Control) -> list[Target]:
    """Return where messages go: the channels of the file, and always the built-in inbox; others are given up."""
    own = inbox.CHANNEL.target("inbox", inbox.Settings(control.put_in_inbox))
    targets = [own, *(place.target for place in config.channels)]
    control.keep_channels([target.name for target in targets], clock.now())
    return targets


def _telling(targets: list[Target], link_base: str) -> Telling:
    known = registry.load(measures, "MEASURE", Measure)

    def tell(incident: Incident, state: NoticeState, at: datetime) -> Notice:
        return render.notice_for(incident, at=at, base_url=link_base, state=state, measures=known)

    changing = [target.name for target in targets if target.changes]
    return Telling(known, tell, [target.name for target in targets], changing=changing)


def _watch(config: Config, stores: Stores, telling: Telling) -> Watch:
    within = InTime(LOOKED_INTO_S)
    return Watch(config.alarms, stores.telemetry.evidence, stores.control, telling, clock.now(), within=within)


def _watcher(config: Config, stores: Stores, receiver: Receiver) -> Watcher:
    """Return what tells the alarm about Tocsin itself how it is."""
    taken = (Count.ACCEPTED, Count.REPEATED, Count.BUSY)
    refused = (Count.REJECTED, Count.FAULTS)

    def doors() -> Doors:
        counted = {count: receiver.counters[count] for count in (*taken, *refused)}
        return Doors(sum(counted.values()), sum(counted[count] for count in refused))

    watcher = Watcher(
        stores.control,
        frozenset(alarm.name for alarm in config.alarms if alarm.kind.cause is Cause.PIPELINE),
        stores.telemetry.reader.projects,
        doors,
        lambda: timedelta(seconds=_settle_lag(stores, receiver)),
    )
    stores.telemetry.evidence.also_tell(AskPipeline, watcher.answer)
    return watcher


def _settle_lag(stores: Stores, receiver: Receiver) -> float:
    """Return how far settling is behind what is stored, in seconds."""
    return max(0, receiver.durable_up_to_ns - stores.telemetry.settler.reach.received_ns) / NS_PER_S


class InTime:
    """Does one thing at a time in a thread of its own, and waits for it so long and no longer."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="looking into an incident")
        self._last: Future[Incident] | None = None

    def __call__(self, look: Callable[[], Incident]) -> Incident | None:
        """Return what it found; None when it, or the one before it, is not done in time."""
        if self._last is not None and not self._last.done():
            return None
        self._last = self._thread.submit(look)
        try:
            return self._last.result(self._wait_s)
        except TimeoutError:
            return None


def _actions(config: Config, stores: Stores, receiver: Receiver, rounds: asyncio.Lock) -> Actions:
    """Return what commands may ask of this server, since the data folder is its own."""

    def replay(asked: Asked) -> Iterator[Progress | Replayed]:
        known = registry.load(measures, "MEASURE", Measure)
        return rewind(config.alarms, stores.telemetry.reader, known, asked, clock.now())

    def reprice() -> Iterator[Progress]:
        # Read again: a price that was put into the file since the start is why somebody asks.
        prices = load(Path(config.source) if config.source else None, os.environ, folder=config.folder).prices
        book = PriceBook(prices)
        return stores.telemetry.settler.reprice(book.rows_for, clock.now(), receiver.durable_up_to_ns)

    def lint(project: str) -> Sequence[Finding]:
        known = registry.load(measures, "MEASURE", Measure)
        return checkup(config, stores.telemetry.evidence, known, project, clock.now())

    return Actions(replay, reprice, lint, rounds)


def _tryout(config: Config, stores: Stores) -> Tryout:
    """Return how a page tries an alarm out over the past."""
    known = registry.load(measures, "MEASURE", Measure)

    def replay(alarm: Alarm, asked: Asked) -> Iterator[Progress | Replayed]:
        return rewind([alarm], stores.telemetry.reader, known, asked, clock.now())

    return Tryout(config.alarms, replay)


def _drills(config: Config, stores: Stores, watch: Watch, door: str, key: Secret) -> Drills:
    def set_drilling(drill: Drill | None) -> None:
        watch.drilling = drill

    way = Way(
        control=stores.control,
        telemetry=stores.telemetry.reader,
        alarms=config.alarms,
        channels=[place.name for place in config.channels],
        door=door,
        key=key,
        set_drilling=set_drilling,
        now=clock.now,
    )
    return Drills(way)


def _itself(config: Config, stores: Stores, receiver: Receiver, drills: Drills, pulse: Pulse) -> Itself:
    def counts() -> dict[str, tuple[float, str, str]]:
        return {count.value.name: (receiver.counters[count], count.unit, count.description) for count in Count}

    places = {place.name: place.type for place in config.channels}
    return Itself(drills, pulse, places, counts, lambda: _settle_lag(stores, receiver))


def _slack_secrets(config: Config) -> list[Secret]:
    """Return what the Slack apps of the file sign their requests with."""
    asked = [place.settings for place in config.channels if isinstance(place.settings, slack.Settings)]
    return [one.signing_secret for one in asked if one.buttons and one.signing_secret is not None]


def _known_as(config: Config) -> tuple[str, ...]:
    """Return the names under which a browser may ask for the pages; empty is any, for a server behind a proxy."""
    if not is_loopback(config.server.host):
        return ()
    own = urlsplit(config.server.base_url).hostname
    return (*LOOPBACK, own) if own else LOOPBACK


def _reached_at(host: str, port: int) -> str:
    """Return the address at which this machine reaches a server that listens on `host`."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is not listened on here
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"


async def _watch_until(  # noqa: PLR0913, PLR0917 - everything that a round is made with
    stopping: asyncio.Event,
    watch: Watch,
    watcher: Watcher,
    stores: Stores,
    receiver: Receiver,
    rounds: asyncio.Lock,
) -> None:
    """Settle and judge, on the grid of ticks; a tick that fails is told in the log, and the next one catches up."""
    forgotten: datetime | None = None
    failing = False
    said = Said()
    while not stopping.is_set():
        at = clock.now()
        try:
            async with rounds:
                ticked = await asyncio.to_thread(one_round, watch, stores, receiver.durable_up_to_ns, clock.now())
            if ticked.at is not None:
                watcher.ticked(ticked.at, ticked.failing, clock.now())
            said.tell(ticked)
            if forgotten is None or at - forgotten > FORGET_EVERY:
                await asyncio.to_thread(_forget, stores.control, at)
                forgotten = at
            if failing:
                LOG.warning("the watch goes on")
            failing = False
        # A border: whatever breaks a round, the next one comes, and judges its time too.
        except Exception as fault:
            failing = True
            LOG.exception(
                "a round of the watch failed",
                fault=str(fault)[:FAULT_TEXT_MAX],
                exc_info=None if isinstance(fault, Problem) else fault,
            )
        every = watch.settings.every.total_seconds()
        pause = every - clock.now().timestamp() % every
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)


def one_round(watch: Watch, stores: Stores, durable_up_to_ns: int, at: datetime) -> Ticked:
    """Settle what has arrived, then judge every tick that is due."""
    settled = stores.telemetry.settler.settle(durable_up_to_ns, at)
    if settled.minutes is not None and settled.minutes[0] < at - HISTORY_AFTER:
        watch.history_changed()
    return watch.tick(at)


@dataclass(slots=True)
class Said:
    """What the log was told of the ticks so far: what lasts is told when it begins and when it ends."""

    _faults: frozenset[str] = field(init=False, default=frozenset())
    _left_out: int = field(init=False, default=0)

    def tell(self, ticked: Ticked) -> None:
        """Tell the log what is new in a tick; one in which nothing was due says nothing."""
        if ticked.at is None:
            return
        if ticked.mark_ahead is not None:
            LOG.warning("the clock was ahead and was set back; judging goes on from now", had_judged=ticked.mark_ahead)
        if ticked.gap is not None:
            LOG.warning("nobody judged for a while", since=ticked.gap.since, until=ticked.gap.until)
        faults = frozenset(ticked.faults)
        for fault in sorted(faults - self._faults):
            LOG.warning("an alarm could not be judged", fault=fault)
        for fault in sorted(self._faults - faults):
            LOG.info("a fault of an alarm is over", fault=fault)
        if ticked.groups_left_out != self._left_out:
            LOG.warning("services beyond the limit are not judged", left_out=ticked.groups_left_out, limit=GROUPS_MAX)
        self._faults, self._left_out = faults, ticked.groups_left_out
        for transition in ticked.transitions:
            LOG.info("alarm", alarm=transition.alarm, service=transition.group.service, now=str(transition.now))


def _forget(control: Control, at: datetime) -> None:
    with control.transaction() as tx:
        tx.forget(at - CONTROL_KEPT)


async def _deliver(stopping: asyncio.Event, control: Control, targets: list[Target]) -> None:
    async with post.client() as http:
        await deliver_until(stopping, control, targets, http, clock.now)
