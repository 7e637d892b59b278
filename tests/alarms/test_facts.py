"""Facts: asked on their own grid, kept while they hold, and one that can't be asked stops nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest
from tests.alarms.world import APP, DAY, MEASURES, MINUTE, START, Traffic, series_of

from tocsin.alarms.evidence import End, Evidence, Needs
from tocsin.alarms.gather import Gatherer
from tocsin.alarms.kind import Alarm, Cause, Kind, Scope
from tocsin.alarms.series import SeriesSource
from tocsin.model.alarm import Group, Judgement, Patience, Standing, Verdict
from tocsin.model.fact import Ask
from tocsin.model.whole import whole

NOW = START + 2 * DAY
SECOND = timedelta(seconds=1)
ACME = whole("default").named("tenant acme")


@dataclass(frozen=True, slots=True)
class Spending(Ask):
    """Asks who spends."""

    every: timedelta = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Spend:
    """What somebody spent, in USD."""

    usd: float


class Ledger:
    """Answers, counts, and fails when told to."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []
        self.fails = False

    def __call__(self, _ask: Ask, at: datetime) -> Mapping[Group, object]:
        self.asked.append(at)
        if self.fails:
            raise OSError("disk full")
        return {ACME: Spend(4.0)}


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def asking(ledger: Ledger) -> Gatherer:
    source = SeriesSource({APP: series_of(Random(1), (Traffic(5), 2 * DAY))}, facts=ledger)
    return Gatherer(source, MEASURES, [Needs(ask=Spending()), Needs(ask=Spending())], up_since=START)


def test_a_fact_is_asked_once_for_each_step_of_its_grid(asking: Gatherer, ledger: Ledger) -> None:
    for n in range(0, 25 * 60, 5):
        asking.gather(NOW + n * SECOND)
    assert ledger.asked == [NOW, NOW + 10 * MINUTE, NOW + 20 * MINUTE]


def test_a_new_process_asks_as_of_the_same_moment(asking: Gatherer, ledger: Ledger) -> None:
    asking.gather(NOW + 7 * MINUTE)
    assert ledger.asked == [NOW]


def test_a_subject_is_a_group_while_a_fact_names_it(asking: Gatherer) -> None:
    gathered = asking.gather(NOW)
    assert ACME in gathered.groups
    fact = gathered.of(ACME)[End.WATERMARK].fact(Spending(), Spend)
    assert fact == Spend(4.0)
    assert gathered.of(APP)[End.WATERMARK].fact(Spending(), Spend) is None


def test_an_ask_that_fails_is_told_and_leaves_windows_alone(asking: Gatherer, ledger: Ledger) -> None:
    ledger.fails = True
    gathered = asking.gather(NOW)
    assert gathered.faults == ("Spending could not be asked: OSError: disk full",)
    with pytest.raises(LookupError, match="disk full"):
        gathered.of(APP)[End.WATERMARK].fact(Spending(), Spend)
    ledger.fails = False
    assert asking.gather(NOW + 5 * SECOND).faults == (), "it is asked again at the next tick"


def _fine(_settings: Spend, _evidence: Evidence, _standing: Standing) -> Judgement:
    return Judgement(Verdict.OK, "")


def _alarm(scope: Scope, subject: str = "") -> Alarm:
    kind = Kind(
        title="Test",
        scope=scope,
        cause=Cause.COST,
        settings=Spend,
        patience=Patience(MINUTE, MINUTE),
        needs=lambda _: Needs(),
        judge=_fine,
        subject=subject,
    )
    return Alarm("test", "Test", kind, Spend(1), kind.patience)


def test_an_alarm_watches_the_subjects_of_its_own_word_and_no_others() -> None:
    tenants = _alarm(Scope.SUBJECT, "tenant")
    assert tenants.covers(ACME)
    assert not tenants.covers(APP)
    assert not tenants.covers(APP.named("run 7f3a"))
    assert not _alarm(Scope.SERVICE).covers(APP.named("run 7f3a"))
    assert not _alarm(Scope.PROJECT).covers(ACME)
    assert _alarm(Scope.PROJECT).covers(whole("default"))
