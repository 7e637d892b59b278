"""The demonstration from beginning to end: server, history, app, incident, message, link.

Every process is a child that ends with this one. Each stage has a name; when one fails, the name says where to look.
"""

import fcntl
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import IO, Final, NoReturn

import httpx

from tocsin import clock
from tocsin.demo import backfill, history
from tocsin.demo.cast import SERVICES
from tocsin.demo.children import LOOPBACK, Child, Children, choose_ports, free_port
from tocsin.demo.inbox import Letter, letters, link_status
from tocsin.demo.ledger import Ledger
from tocsin.demo.rhythm import Rhythm
from tocsin.demo.screen import Screen
from tocsin.model.problem import BadSetting, Foreign, SettingFault
from tocsin.model.window import Window
from tocsin.notify import words

DATA: Final = Path(".demo")
# Marks a folder as the demonstration's own, and is locked while one runs.
MARK: Final = "demo.lock"
PORT: Final = 4319
OTLP_HTTP_PORT: Final = 4318
OTLP_GRPC_PORT: Final = 4317

STARTS_WITHIN_S: Final = 60.0
INCIDENT_AFTER_S: Final = 20.0
FAILS_WITHIN_S: Final = 30.0
MESSAGE_WITHIN_S: Final = 120.0
INCIDENT_LENGTH: Final = timedelta(minutes=4)
POLL_EVERY_S: Final = 0.25
# The server is asked this often for messages once the first one is there.
LATER_POLL_EVERY_S: Final = 2.0

# An ordinary one; 0 begins with a minute in which most calls go to the model that stays well.
SEED: Final = 1
BROKEN_SERVICE: Final = "support-bot"
BROKEN_MODEL: Final = "gpt-4o"
INCIDENT: Final = {"model": BROKEN_MODEL, "client": BROKEN_SERVICE, "rate_limited": 0.88, "server_error": 0.10}


class Stage(StrEnum):
    """What the demonstration is doing."""

    SERVER = "server"
    PROVIDER = "provider"
    HISTORY = "history"
    APP = "app"
    INCIDENT = "incident"
    MESSAGE = "message"
    LINK = "link"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Server:
    """Where the demonstration's server keeps its data, emptied first, and listens.

    A port of None means the usual one, or a free one when that is taken.
    """

    data: Path = DATA
    port: int | None = None
    otlp_http_port: int | None = None
    otlp_grpc_port: int | None = None


USUAL_SERVER: Final = Server()


@dataclass(slots=True)
class Result:
    """What came of it; the fields are the keys of the JSON. None: it did not come to that."""

    first_failure_to_message_s: float | None = None
    link: str | None = None
    link_status: int | None = None
    message: str | None = None
    # `done`, or the stage that failed and why.
    stage: Stage = Stage.SERVER
    problem: str | None = None
    # Messages before the incident began: each would be a false alarm.
    false_alarms: int = 0
    history_spans: int = 0
    history_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens, all on loopback."""

    page: int
    otlp_http: int
    otlp_grpc: int
    provider: int

    @property
    def page_url(self) -> str:
        """Root of the pages and the API."""
        return f"http://{LOOPBACK}:{self.page}"

    @property
    def otlp_url(self) -> str:
        """Root of the OTLP/HTTP door."""
        return f"http://{LOOPBACK}:{self.otlp_http}"

    @property
    def provider_url(self) -> str:
        """Root of the stand-in provider."""
        return f"http://{LOOPBACK}:{self.provider}"


@dataclass(slots=True)
class Demonstration:
    """One run: the parts that every stage needs."""

    ports: Ports
    folder: Path
    screen: Screen
    children: Children
    seed: int
    result: Result = field(default_factory=Result)
    ledger: Ledger = field(default_factory=Ledger)
    shown: set[str] = field(default_factory=set[str])
    _why_no_letters: str = ""
    _pause: Event = field(default_factory=Event)

    def until_the_message(self) -> None:
        """Run every stage up to the opened link. Raises Foreign; `result.stage` is then the stage that failed."""
        self._start_server()
        self._start_provider()
        rhythm = Rhythm(clock.now())
        self._backfill(rhythm)
        self._start_apps(rhythm)
        began = self._begin_incident()
        letter = self._wait_for_message(began)
        self.result.stage = Stage.LINK
        self.result.link_status = link_status(letter.link)
        if self.result.link_status != int(httpx.codes.OK):
            raise Foreign("the page", f"answered {self.result.link_status} to the message's link {letter.link}")
        self.result.stage = Stage.DONE

    def until_interrupted(self) -> None:
        """Keep everything running and show what else arrives; the incident ends after some minutes."""
        incident_ends = clock.now() + INCIDENT_LENGTH
        self.screen.say(
            f"The incident ends in {INCIDENT_LENGTH.total_seconds() / 60:.0f} minutes; the message that closes it "
            f"comes a quarter of an hour later. All pages: [link={self.ports.page_url}]{self.ports.page_url}[/link]   "
            "[dim]Ctrl-C ends everything.[/]"
        )
        over = False
        while True:
            self.children.must_live()
            if not over and clock.now() >= incident_ends:
                self._turn_dials("DELETE", None)
                self.screen.say(f"[green]The provider answers {BROKEN_MODEL} again.[/]")
                over = True
            for letter in self._new_letters():
                self.screen.letter(letter, _heading(letter))
            self._pause.wait(LATER_POLL_EVERY_S)

    def _start_server(self) -> None:
        self.result.stage = Stage.SERVER
        with self.screen.waiting(f"Tocsin listens on {self.ports.page_url}"):
            server = self.children.start(
                "tocsin",
                "tocsin",
                "up",
                *("--data", str(self.folder / "data")),
                *("--port", str(self.ports.page)),
                *("--otlp-http-port", str(self.ports.otlp_http)),
                *("--otlp-grpc-port", str(self.ports.otlp_grpc)),
            )
            server.wait_until_healthy(f"{self.ports.page_url}/healthz", STARTS_WITHIN_S)

    def _start_provider(self) -> None:
        self.result.stage = Stage.PROVIDER
        with self.screen.waiting(f"A stand-in model provider listens on {self.ports.provider_url}"):
            provider = self.children.start(
                "provider", "tocsin.demo.provider", "--port", str(self.ports.provider), "--seed", str(self.seed)
            )
            provider.wait_until_healthy(f"{self.ports.provider_url}/healthz", STARTS_WITHIN_S)

    def _backfill(self, rhythm: Rhythm) -> None:
        self.result.stage = Stage.HISTORY
        window = Window(rhythm.anchor - history.LENGTH, rhythm.anchor)
        with self.screen.backfill(window.since, window.until) as advance:
            sent = backfill.send(
                history.batches(window, rhythm, seed=self.seed),
                self.ports.otlp_url,
                lambda batch: advance(spans=batch.spans, until=batch.until),
            )
        self.screen.backfilled(sent)
        # What would have happened while the history was sent, so that the app goes on without a gap.
        rest = history.batches(Window(window.until, clock.now()), rhythm, seed=self.seed + 1)
        backfill.send(rest, self.ports.otlp_url, lambda _: None)
        self.result.history_spans, self.result.history_s = sent.spans, round(sent.took_s, 3)
        if sent.rejected:
            raise Foreign("the OTLP door", f"rejected {sent.rejected} of {sent.spans} spans of history")

    def _start_apps(self, rhythm: Rhythm) -> None:
        self.result.stage = Stage.APP
        with self.screen.waiting(f"{' and '.join(SERVICES)} work: the openai client under OpenLLMetry"):
            apps = [self._start_app(name, rhythm) for name in SERVICES]
            deadline = clock.monotonic_s() + STARTS_WITHIN_S
            while self.ledger.started != set(SERVICES):
                for app in apps:
                    app.must_live()
                if clock.monotonic_s() > deadline:
                    raise Foreign("the app", f"is not ready after {STARTS_WITHIN_S:.0f} s; see {self.children.logs}")
                self._pause.wait(POLL_EVERY_S)

    def _start_app(self, service: str, rhythm: Rhythm) -> Child:
        return self.children.start(
            service,
            "tocsin.demo.app",
            *("--service", service),
            *("--provider", self.ports.provider_url),
            *("--otlp", self.ports.otlp_url),
            *("--anchor", rhythm.anchor.isoformat()),
            *("--seed", str(self.seed)),
            hear=self.ledger.hear,
        )

    def _begin_incident(self) -> datetime:
        """Let the app work for a while, then break the provider; return when the first call failed."""
        self.result.stage = Stage.INCIDENT
        deadline = clock.monotonic_s() + INCIDENT_AFTER_S
        with self.screen.console.status("Working") as status:
            while clock.monotonic_s() < deadline:
                self._must_go_on()
                left_s = deadline - clock.monotonic_s()
                status.update(f"All is well: {self.ledger.calls_all} calls; the incident begins in {left_s:.0f} s")
                self._pause.wait(POLL_EVERY_S)
        self.result.false_alarms = self._false_alarms()
        at = clock.now()
        self._turn_dials("POST", INCIDENT)
        self.screen.say(
            f"[red]✗[/] {at:%H:%M:%S} UTC: the provider begins to refuse {BROKEN_MODEL} calls of {BROKEN_SERVICE}"
        )
        deadline = clock.monotonic_s() + FAILS_WITHIN_S
        while clock.monotonic_s() < deadline:
            self._must_go_on()
            if failed := self.ledger.failed_since(at):
                self.screen.say(f"[red]✗[/] {failed[0]:%H:%M:%S} UTC: the first call failed")
                return failed[0]
            self._pause.wait(POLL_EVERY_S)
        raise Foreign("the app", f"no call failed within {FAILS_WITHIN_S:.0f} s, although the provider was told to")

    def _wait_for_message(self, first_failed: datetime) -> Letter:
        self.result.stage = Stage.MESSAGE
        with self.screen.console.status("Waiting") as status:
            while (waited_s := (clock.now() - first_failed).total_seconds()) < MESSAGE_WITHIN_S:
                self._must_go_on()
                failed = len(self.ledger.failed_since(first_failed))
                status.update(f"{failed} calls failed; {waited_s:.0f} s since the first; no message yet")
                for letter in self._new_letters():
                    waited_s = round((clock.now() - first_failed).total_seconds(), 3)
                    self.screen.letter(letter, _heading(letter))
                    if letter.service == BROKEN_SERVICE and letter.state == "firing":
                        self.screen.say(f"[green]✓[/] The message came {waited_s:.0f} s after the first failed call")
                        self.result.first_failure_to_message_s = waited_s
                        self.result.link, self.result.message = letter.link, letter.text
                        return letter
                self._pause.wait(POLL_EVERY_S)
        failed = len(self.ledger.failed_since(first_failed))
        raise Foreign(
            "the alarms",
            f"no message within {MESSAGE_WITHIN_S:.0f} s, while {failed} calls failed; {self._why_no_letters}"
            f"the logs are in {self.children.logs}",
        )

    def _false_alarms(self) -> int:
        early = self._new_letters()
        for letter in early:
            self.screen.letter(letter, "#alarms  before the incident")
        return len(early)

    def _turn_dials(self, method: str, wanted: Mapping[str, object] | None) -> None:
        try:
            httpx.request(method, f"{self.ports.provider_url}/_faults", json=wanted).raise_for_status()
        except httpx.HTTPError as problem:
            raise Foreign("the provider", f"did not turn its dials: {problem}") from problem

    def _new_letters(self) -> list[Letter]:
        """Read what is new in the inbox; a server too busy to answer is asked again by the caller's loop."""
        try:
            found = letters(self.ports.page_url)
        except Foreign as problem:
            self._why_no_letters = f"{problem}; "
            return []
        self._why_no_letters = ""
        new = [letter for letter in found if letter.key not in self.shown]
        self.shown |= {letter.key for letter in new}
        return new

    def _must_go_on(self) -> None:
        self.children.must_live()
        if self.ledger.broken:
            raise Foreign("the app", f"has a fault of its own: {self.ledger.broken}")


def _heading(letter: Letter) -> str:
    """Return where and when a message was sent, its time as the message itself writes times."""
    return f"#alarms  sent {words.clock_time(letter.at, seen_at=letter.at)}"


def run_demo(
    *,
    exit_after_alarm: bool = False,
    as_json: bool = False,
    server: Server = USUAL_SERVER,
    seed: int = SEED,
) -> int:
    """Run the demonstration; return the program's exit code: 0 when the message came and its link opened.

    Without `exit_after_alarm` it runs until Ctrl-C. With `as_json`, standard output holds one JSON object, and all
    that is for a person goes to standard error. Raises BadSetting for a port that is taken, or a folder that is in use
    or not ours.
    """
    screen = Screen(as_json=as_json)
    chosen = choose_ports(
        ("--port", PORT, server.port),
        ("--otlp-http-port", OTLP_HTTP_PORT, server.otlp_http_port),
        ("--otlp-grpc-port", OTLP_GRPC_PORT, server.otlp_grpc_port),
    )
    ports = Ports(*chosen, provider=free_port())
    with _own(server.data) as folder, _ended_by_sigterm(), Children(folder / "logs") as children:
        run = Demonstration(ports, folder, screen, children, seed)
        try:
            run.until_the_message()
            if not exit_after_alarm:
                run.until_interrupted()
        except Foreign as problem:
            run.result.problem = str(problem)
            screen.say(f"[red]The demonstration failed at the stage “{run.result.stage}”.[/]")
            screen.console.print(str(problem), markup=False, highlight=False)
        except KeyboardInterrupt:
            screen.say("Ending.")
    if as_json:
        sys.stdout.write(json.dumps(asdict(run.result)) + "\n")
    return 0 if run.result.stage is Stage.DONE and run.result.problem is None else 1


@contextmanager
def _own(folder: Path) -> Generator[Path]:
    """Hold the demonstration's folder, emptied. Raises BadSetting when it is in use, or holds something else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise BadSetting((SettingFault(str(folder), "holds files that no demonstration made; name another folder"),))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MARK).open("w") as mark:
        _lock(mark, folder)
        for part in ("data", "logs"):
            shutil.rmtree(folder / part, ignore_errors=True)
        yield folder.resolve()


def _lock(mark: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        fault = "is used by another demonstration that runs now; end that one, or name another folder"
        raise BadSetting((SettingFault(str(folder), fault),)) from None


@contextmanager
def _ended_by_sigterm() -> Generator[None]:
    """Let SIGTERM end the demonstration as Ctrl-C does: in order, with every child gone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, _: object) -> NoReturn:
    raise KeyboardInterrupt(f"signal {number} for process {os.getpid()}")
