"""What a message adds to its judgement, asked of a source that knows dimensions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from tests.alarms.world import APP, MINUTE, START

from tocsin.alarms.inquiry import Inquiry
from tocsin.alarms.pack import DEFAULT
from tocsin.alarms.series import SeriesSource
from tocsin.model.alarm import Judgement, Severity, Verdict
from tocsin.model.dimension import Dimension
from tocsin.model.incident import Incident, Member
from tocsin.model.parts import Parts, PartsRow
from tocsin.model.window import Window

BEGAN = START + timedelta(hours=5, minutes=3)
FIRED = BEGAN + timedelta(seconds=95)
ALARMS = {alarm.name: alarm for alarm in DEFAULT}


class Dimensions(SeriesSource):
    """Two providers of which one begins to fail, with a release that is new."""

    def __init__(self) -> None:
        super().__init__({})
        self.asked: list[Mapping[Dimension, Sequence[str]]] = []

    def parts(
        self,
        project: str,
        window: Window,
        step: timedelta | None,
        group_by: Sequence[Dimension],
        filters: Mapping[Dimension, Sequence[str]],
    ) -> Sequence[PartsRow]:
        del project
        self.asked.append(filters)
        minutes: dict[tuple[datetime, tuple[str, ...]], list[Parts]] = {}
        at = window.since.replace(second=0)
        while at < window.until:
            for provider, release in (("openai", "v2" if at >= BEGAN - 2 * MINUTE else "v1"), ("anthropic", "v1")):
                failed = 18 if provider == "openai" and at >= BEGAN else 0
                words = {
                    Dimension.PROVIDER: [(provider, 20, failed)],
                    Dimension.RELEASE: [(release, 20, failed)],
                    Dimension.ERROR_TYPE: [("rate_limit", failed, failed), ("", 20 - failed, 0)],
                }
                if filters.get(Dimension.PROVIDER, (provider,)) != (provider,):
                    continue
                for value, calls, bad in words[group_by[0]] if group_by else [("", 20, failed)]:
                    if calls:
                        key = (at if step else window.since, (value,) if group_by else ())
                        minutes.setdefault(key, []).append(Parts(calls=calls, failed=bad, errors=bad))
            at += MINUTE
        return [PartsRow(at, group, Parts.merged(many)) for (at, group), many in sorted(minutes.items())]

    def examples(
        self, project: str, window: Window, filters: Mapping[Dimension, Sequence[str]], order: str
    ) -> Sequence[str]:
        del project, filters
        return [order, window.since.isoformat(), "c" * 32, "d" * 32]


class Known(Dimensions):
    """Answers for the dimensions it has, and nothing for others."""

    def parts(
        self,
        project: str,
        window: Window,
        step: timedelta | None,
        group_by: Sequence[Dimension],
        filters: Mapping[Dimension, Sequence[str]],
    ) -> Sequence[PartsRow]:
        if group_by and group_by[0] not in {Dimension.PROVIDER, Dimension.RELEASE, Dimension.ERROR_TYPE}:
            return []
        return super().parts(project, window, step, group_by, filters)


class Broken(SeriesSource):
    """Can't answer."""

    def parts(self, *_: object, **__: object) -> Sequence[PartsRow]:  # type: ignore[override]
        raise TimeoutError("the store is slow")


def incident(alarm: str = "errors_fast", **changes: object) -> Incident:
    judgement = Judgement(
        Verdict.BREACH, "error_share", value=0.45, threshold=0.05, severity=Severity.PAGE, window=14 * MINUTE
    )
    made = {
        "id": "i",
        "group": APP,
        "severity": Severity.PAGE,
        "started": FIRED,
        "opened": FIRED,
        "closed": None,
        "headline": alarm,
        "members": (Member(alarm, FIRED, None, judgement),),
    }
    return Incident(**made | changes)  # type: ignore[arg-type]


def test_an_incident_finds_its_start_its_cause_what_changed_and_examples() -> None:
    source = Known()
    inquiry = Inquiry(source, ALARMS)
    found = inquiry.into(incident(), FIRED)
    assert inquiry.faults == []
    assert found.started == BEGAN
    assert found.why == "100% of the failures are provider openai, error rate_limit"
    assert found.changed == "New release v2, first seen at 05:01 UTC, 2 min before the start"
    assert found.examples[0] == "failed"
    assert len(found.examples) == 3


def test_it_asks_about_its_own_service_only() -> None:
    source = Known()
    Inquiry(source, ALARMS).into(incident(), FIRED)
    assert all(asked[Dimension.SERVICE] == ("app",) for asked in source.asked)
    assert all(asked[Dimension.ENVIRONMENT] == ("production",) for asked in source.asked)


def test_a_source_that_fails_costs_words_and_never_the_message() -> None:
    inquiry = Inquiry(Broken({}), ALARMS)
    found = inquiry.into(incident(), FIRED)
    assert (found.why, found.started) == ("", FIRED)
    assert inquiry.faults == ["i: TimeoutError: the store is slow"]


def test_a_silence_began_with_the_last_span_and_is_not_explained() -> None:
    inquiry = Inquiry(Broken({}), ALARMS)
    found = inquiry.into(incident("no_data"), FIRED)
    assert found.started == FIRED - 14 * MINUTE
    assert inquiry.faults == []


def test_a_start_once_told_stays() -> None:
    found = Inquiry(Known(), ALARMS).into(incident(notices=1, started=FIRED - MINUTE), FIRED + 9 * MINUTE)
    assert found.started == FIRED - MINUTE


def test_an_end_keeps_the_cause_that_was_told() -> None:
    over = incident(notices=1, why="as told", closed=FIRED + 30 * MINUTE)
    assert Inquiry(Known(), ALARMS).into(over, FIRED + 30 * MINUTE).why == "as told"


def test_an_alarm_that_was_taken_out_of_the_config_is_told_without_inquiry() -> None:
    gone = incident("gone")
    assert Inquiry(Known(), ALARMS).into(gone, FIRED) == gone


@pytest.mark.parametrize(
    ("alarm", "measure", "order", "only"),
    [
        ("error_class_surge", "rate_limit_share", "failed", {Dimension.ERROR_TYPE: ("rate_limit",)}),
        ("bad_answers", "empty_share", "empty", {}),
        ("bad_answers", "cut_short_share", "cut_short", {}),
        ("bad_answers", "refused_share", "refused", {}),
        ("model_swap", "swapped_share", "swapped", {}),
    ],
)
def test_the_examples_show_what_the_message_is_about(
    alarm: str, measure: str, order: str, only: Mapping[Dimension, Sequence[str]]
) -> None:
    """Of a surge of one class, calls with that class; of bad answers, such answers: never just any call."""
    asked: list[tuple[str, Mapping[Dimension, Sequence[str]]]] = []

    class Asked(Known):
        def examples(
            self, project: str, window: Window, filters: Mapping[Dimension, Sequence[str]], order: str
        ) -> Sequence[str]:
            asked.append((order, filters))
            return super().examples(project, window, filters, order)

    judgement = Judgement(Verdict.BREACH, measure, value=0.1, threshold=0.02, window=10 * MINUTE)
    inquiry = Inquiry(Asked(), ALARMS)
    inquiry.into(incident(alarm, members=(Member(alarm, FIRED, None, judgement),)), FIRED)
    assert inquiry.faults == []
    own = {Dimension.SERVICE: ("app",), Dimension.ENVIRONMENT: ("production",)}
    assert asked == [(order, {**own, **only})]
