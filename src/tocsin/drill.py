"""Drills: made-up calls fail, and are followed from the door to the channels and back.

Nothing is taken for granted: the calls go over a socket to the OTLP door, and each stage counts when it is seen in the
store, the log, the outbox. A drill ends by itself, whatever it found; what it set off is then resolved, and told.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import TypeVar

import httpx
import structlog
from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status as RpcStatus
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from tocsin.alarms.kind import Alarm
from tocsin.model.alarm import Phase, Transition
from tocsin.model.dimension import Dimension
from tocsin.model.drill import MARK, PROJECT, Drill, Drilled, Stage, Step, group_of
from tocsin.model.incident import Incident
from tocsin.model.listing import Order
from tocsin.model.notice import NoticeState
from tocsin.model.problem import BadInput, Busy, Problem
from tocsin.model.secret import Secret
from tocsin.model.window import Window
from tocsin.notify.advice import advice
from tocsin.notify.schedule import Settings as Schedule
from tocsin.settings import duration_text, nearest
from tocsin.store.control import DELIVERED, TRY_AGAIN, Control, Delivery
from tocsin.store.read import Reader

T = TypeVar("T")
LOG = structlog.get_logger()
# As many as a full outage needs to be sure, and some more.
CALLS = 20
OK = 200
SECOND = timedelta(seconds=1)
# How long a drill waits for its message, where nothing else is asked for, and at most.
TIMEOUT_DEFAULT = timedelta(seconds=60)
TIMEOUT_MAX = timedelta(minutes=15)
TIMEOUT_MIN = timedelta(seconds=1)
# How long it waits for the end: a tick, and the pause that Slack wants between two changes of one message.
END_WAIT = timedelta(seconds=30)
PAUSE_S = 0.2
# How often the schedule is looked at.
SCHEDULE_S = 60.0
SEND_TIMEOUT_S = 10.0
# The built-in channel, which is always there and wakes nobody.
INBOX = "inbox"
REASON_CHARACTERS_MAX = 300
NANOSECONDS = 10**9


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a drill."""

    # Who asks: "command", "page" or "schedule".
    by: str
    # Named ones; empty: all.
    channels: tuple[str, ...] = ()
    loud: bool = False
    # How long the message may take to arrive.
    timeout: timedelta = TIMEOUT_DEFAULT


@dataclass(frozen=True, slots=True)
class Way:
    """What a drill goes through, and how its beginning and its end are said to the watch."""

    control: Control
    telemetry: Reader
    alarms: Sequence[Alarm]
    # Without the inbox.
    channels: Sequence[str]
    # Address of the OTLP door over HTTP, and the key into the drills' project.
    door: str
    key: Secret
    set_drilling: Callable[[Drill | None], None]
    now: Callable[[], datetime]


@dataclass(slots=True)
class Running:
    """A drill that goes on: its steps so far, and how it went once it is over."""

    asked: Asked
    drill: Drill
    # When the message has to be there.
    until: datetime
    steps: list[Step] = field(default_factory=list[Step])
    incident: str = ""
    drilled: Drilled | None = None

    def reached(self, stage: Stage, at: datetime, note: str = "", channel: str = "") -> None:
        """Note a stage that was reached; never before the one that comes before it.

        A tick says the moment that it judges, which may lie some seconds before it came to judge.
        """
        before = [step.took for step in self.steps if step.took is not None and not step.channel]
        self.steps.append(Step(stage, channel, max([at - self.drill.began, timedelta(), *before]), note))

    def missed(self, stage: Stage, note: str, channel: str = "") -> None:
        """Note one that was not."""
        self.steps.append(Step(stage, channel, None, note))


class Drills:
    """Runs drills, one at a time."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._running: Running | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> Running | None:
        """The drill that goes on; None when none does."""
        return None if self._running is None or self._running.drilled is not None else self._running

    def start(self, asked: Asked) -> Running:
        """Begin a drill, which goes on to its end. Raises BadInput when it can't be so, Busy while one goes on."""
        self._refuse(asked)
        began = self._way.now()
        drill = Drill(group_of(f"{began:%Y%m%d-%H%M%S}"), began, asked.loud, asked.channels)
        self._running = Running(asked, drill, began + asked.timeout)
        self._task = asyncio.create_task(self._go(self._running), name="drill")
        return self._running

    async def follow(self, running: Running) -> AsyncIterator[Step | Drilled]:
        """Yield the steps as they come, then how it went."""
        told = 0
        while True:
            over = running.drilled
            for step in running.steps[told:]:
                yield step
            told = len(running.steps)
            if over is not None:
                yield over
                return
            await asyncio.sleep(PAUSE_S)

    async def on_schedule(self, stopping: asyncio.Event, schedule: Schedule) -> None:
        """Begin a drill whenever one is due, until `stopping` is set."""
        while not stopping.is_set():
            try:
                last = await asyncio.to_thread(self._way.control.last_drilled)
                if self.running is None and schedule.due(None if last is None else last.began, self._way.now()):
                    self.start(Asked("schedule"))
            except Problem as fault:
                LOG.error("a drill that is due can't be made", fault=str(fault))  # noqa: TRY400 - no bug of ours
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), SCHEDULE_S)

    async def stop(self) -> None:
        """End what goes on, when the server stops."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

    def _refuse(self, asked: Asked) -> None:
        known = [INBOX, *self._way.channels]
        for name in asked.channels:
            if name not in known:
                raise BadInput(f"there is no channel {name[:60]}; {nearest(name, known)}")
        if not TIMEOUT_MIN <= asked.timeout <= TIMEOUT_MAX:
            raise BadInput(f"a drill waits from 1s to {duration_text(TIMEOUT_MAX)}; choose a timeout between")
        if not any(alarm.kind.drilled for alarm in self._way.alarms):
            raise BadInput(
                "no alarm of kind errors_fast is on, so nothing would tell of calls that fail, in a drill or for real; "
                "take enabled = false out of [alarms.errors_fast]"
            )
        if self.running is not None:
            raise Busy("a drill is under way already; wait for its end", 10)

    async def _go(self, run: Running) -> None:
        try:
            self._way.set_drilling(run.drill)
            await self._walk(run)
        except Exception as fault:
            LOG.exception("a drill broke off", fault=type(fault).__name__)
            said = str(fault) if isinstance(fault, Problem) else f"{type(fault).__name__}, see the log"
            run.missed(_next(run), f"a fault inside the server: {said[:REASON_CHARACTERS_MAX]}")
        finally:
            self._way.set_drilling(None)
            ended = self._way.now()
            run.drilled = Drilled(
                run.drill.group.environment,
                run.drill.began,
                ended,
                run.asked.by,
                run.asked.loud,
                run.asked.channels,
                tuple(run.steps),
                run.incident,
            )
        await self._keep(run.drilled)

    async def _keep(self, drilled: Drilled) -> None:
        for step in drilled.missed:
            LOG.error("a drill did not arrive", stage=str(step.stage), channel=step.channel, reason=step.note)
        try:
            await asyncio.to_thread(self._way.control.keep_drilled, drilled)
        except Problem as fault:
            LOG.error("a drill is not written down", fault=str(fault))  # noqa: TRY400 - no bug of ours

    async def _walk(self, run: Running) -> None:
        if not await self._send(run):
            return
        if not await self._look(run, Stage.SETTLED, self._settled, self._why_not_settled):
            return
        if not await self._look(run, Stage.JUDGED, self._judged, self._why_not_judged):
            return
        incident = await self._look(run, Stage.OPENED, self._opened, self._why_not_opened)
        if incident is None:
            return
        run.incident = incident.id
        told = await self._arrive(run, Stage.DELIVERED, NoticeState.FIRING, self._wanted(run), run.until)
        if not [name for name in self._wanted(run) if name != INBOX] and not run.asked.channels:
            run.missed(
                Stage.DELIVERED,
                "no channel is set up, so a real message would reach nobody but who looks at the inbox page; "
                "add a section [channels.NAME] to tocsin.toml and restart Tocsin",
            )
        self._way.set_drilling(None)
        until = self._way.now() + END_WAIT
        if await self._look(run, Stage.RESOLVED, self._resolved, self._why_not_resolved, until):
            await self._arrive(run, Stage.END_DELIVERED, NoticeState.RESOLVED, told, until)

    def _wanted(self, run: Running) -> list[str]:
        if not run.asked.channels:
            return [INBOX, *self._way.channels]
        return list(dict.fromkeys(run.asked.channels))

    async def _send(self, run: Running) -> bool:
        headers = {"content-type": "application/x-protobuf", "x-tocsin-key": self._way.key.reveal()}
        run.reached(Stage.SENT, self._way.now(), f"{CALLS} calls to {self._way.door}")
        try:
            # No proxy of the environment stands between a process and itself.
            async with httpx.AsyncClient(timeout=SEND_TIMEOUT_S, trust_env=False) as http:
                answer = await http.post(f"{self._way.door}/v1/traces", content=_body(run.drill), headers=headers)
        except httpx.HTTPError as fault:
            run.missed(
                Stage.ACCEPTED,
                f"the OTLP door does not answer ({type(fault).__name__}); see the log, and restart Tocsin",
            )
            return False
        if answer.status_code != OK:
            said = f"answered {answer.status_code}{_words_of(answer)}"
            run.missed(Stage.ACCEPTED, f"the OTLP door {said}; see the log")
            return False
        run.reached(Stage.ACCEPTED, self._way.now(), "stored, on the disk")
        return True

    async def _look(
        self,
        run: Running,
        stage: Stage,
        found: Callable[[Running], tuple[datetime, str, T] | None],
        why_not: Callable[[Running], str],
        until: datetime | None = None,
    ) -> T | None:
        """Wait until a stage is reached, and return what shows it; None when it is not."""
        while True:
            seen = await asyncio.to_thread(found, run)
            if seen is not None:
                run.reached(stage, seen[0], seen[1])
                return seen[2]
            if self._way.now() >= (until or run.until):
                run.missed(stage, await asyncio.to_thread(why_not, run))
                return None
            await asyncio.sleep(PAUSE_S)

    async def _arrive(
        self, run: Running, stage: Stage, state: NoticeState, channels: Sequence[str], until: datetime
    ) -> list[str]:
        """Wait until each of the channels has taken a message or refused it; return those that took it."""
        waiting, taken = list(channels), list[str]()
        while waiting:
            tried = await asyncio.to_thread(self._way.control.deliveries, run.incident)
            late = self._way.now() >= until
            for name in tuple(waiting):
                mine = [one for one in tried if one.channel == name and one.state is state]
                last = mine[-1] if mine else None
                if last is not None and last.outcome == DELIVERED:
                    run.reached(stage, last.at, _after_tries(last), name)
                    taken.append(name)
                elif late or (last is not None and last.outcome != TRY_AGAIN):
                    incident = await asyncio.to_thread(self._way.control.incident, run.incident)
                    held = "" if incident is None else incident.held
                    run.missed(stage, _why_undelivered(name, last, self._way.now() - run.drill.began, held), name)
                else:
                    continue
                waiting.remove(name)
            if waiting:
                await asyncio.sleep(PAUSE_S)
        return taken

    def _settled(self, run: Running) -> tuple[datetime, str, int] | None:
        at = self._way.now()
        window = Window(run.drill.began - timedelta(minutes=2), at + timedelta(minutes=1))
        only = {Dimension.ENVIRONMENT: (run.drill.group.environment,)}
        calls = self._way.telemetry.example_calls(PROJECT, window, only, Order.FAILED, CALLS)
        return (at, f"{CALLS} calls, all failed", CALLS) if len(calls) == CALLS else None

    def _judged(self, run: Running) -> tuple[datetime, str, Transition] | None:
        moved = self._moves(run)
        return (moved[-1].at, f"by {moved[-1].alarm}", moved[-1]) if moved else None

    def _opened(self, run: Running) -> tuple[datetime, str, Incident] | None:
        window = Window(run.drill.began - timedelta(minutes=5), self._way.now() + timedelta(minutes=1))
        mine = [one for one in self._way.control.incidents(window) if one.group == run.drill.group]
        return (mine[0].opened, f"incident {mine[0].id}", mine[0]) if mine else None

    def _resolved(self, run: Running) -> tuple[datetime, str, Incident] | None:
        incident = self._way.control.incident(run.incident)
        return (incident.closed, "", incident) if incident is not None and incident.closed is not None else None

    def _moves(self, run: Running) -> list[Transition]:
        return self._way.control.transitions(group=run.drill.group, limit=20)

    def _why_not_settled(self, _: Running) -> str:
        return f"what came in was not counted in time; {self._ticks()}"

    def _why_not_judged(self, _: Running) -> str:
        return f"no alarm has found the calls that failed; {self._ticks()}"

    def _why_not_opened(self, run: Running) -> str:
        moved = self._moves(run)
        if moved and moved[0].now is Phase.PENDING:
            held = next((one for one in self._way.alarms if one.name == moved[0].alarm), None)
            hold = f" (its hold is {duration_text(held.patience.hold)})" if held else ""
            return f"{moved[0].alarm} has seen it and is still being patient{hold}; drill with a longer --timeout"
        return f"the alarm did not come to fire; {self._ticks()}"

    def _why_not_resolved(self, _: Running) -> str:
        return f"the incident is still open; {self._ticks()}"

    def _ticks(self) -> str:
        """Say how the watch is, which is behind most of what does not happen."""
        ticked, at = self._way.control.ticked, self._way.now()
        if ticked is None:
            return "the alarms never judged; see the log for what breaks the watch"
        if at - ticked > timedelta(minutes=1):
            return f"the alarms judged last at {ticked:%H:%M:%S} UTC; see the log for what breaks the watch"
        return "the watch itself ticks; the machine may be too busy, try a longer --timeout, then see the log"


def _words_of(answer: httpx.Response) -> str:
    """Return what our own door says of a refusal; nothing where it is not the door that answers."""
    try:
        return f": {RpcStatus.FromString(answer.content).message[:REASON_CHARACTERS_MAX]}"
    except DecodeError:
        return ""


def _next(run: Running) -> Stage:
    """Return the stage that comes after the last one that was reached."""
    reached = [step.stage for step in run.steps if step.took is not None]
    stages = list(Stage)
    return stages[min(stages.index(reached[-1]) + 1, len(stages) - 1)] if reached else Stage.SENT


def _after_tries(delivery: Delivery) -> str:
    return f"at try {delivery.attempt}" if delivery.attempt > 1 else ""


def _why_undelivered(name: str, last: Delivery | None, waited: timedelta, held: str) -> str:
    if last is None and held:
        return f"it is held back: {held}; so would be the real thing"
    seconds = f"{waited / SECOND:.0f} s"
    if last is None:
        return (
            f"nothing was tried within {seconds}: the channel asked for a pause, or still waits for an answer to "
            "something else; see the log"
        )
    said = f"{last.outcome}{f', {last.detail}' if last.detail else ''}"
    return f"{said}. What to do: {advice(name, last.outcome)}"


def _body(drill: Drill) -> bytes:
    """Write the calls, all of them failed, as one OTLP request; they ended within the last two seconds."""
    marked = {MARK: AnyValue(bool_value=True)}
    scope = ScopeSpans(spans=[_call(drill, n, marked) for n in range(CALLS)])
    scope.scope.name = MARK
    resource = ResourceSpans(scope_spans=[scope])
    named = {"service.name": drill.group.service, "deployment.environment.name": drill.group.environment}
    resource.resource.attributes.extend(_pairs({**_texts(named), **marked}))
    return ExportTraceServiceRequest(resource_spans=[resource]).SerializeToString()


def _call(drill: Drill, n: int, marked: dict[str, AnyValue]) -> Span:
    end_ns = int(drill.began.timestamp() * NANOSECONDS) - n * NANOSECONDS // 10
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "tocsin",
        "gen_ai.request.model": "drill",
        "error.type": "503",
    }
    return Span(
        trace_id=token_bytes(16),
        span_id=token_bytes(8),
        name="chat drill",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=end_ns - NANOSECONDS // 10,
        end_time_unix_nano=end_ns,
        attributes=_pairs({**_texts(told), **marked}),
        status=Status(code=Status.STATUS_CODE_ERROR, message="a drill: this call was made up"),
    )


def _texts(values: dict[str, str]) -> dict[str, AnyValue]:
    return {key: AnyValue(string_value=value) for key, value in values.items()}


def _pairs(values: dict[str, AnyValue]) -> list[KeyValue]:
    return [KeyValue(key=key, value=value) for key, value in values.items()]
