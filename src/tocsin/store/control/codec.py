"""Judgements, incidents and notices as JSON text, with a version, so that old rows stay readable.

Each shape is written out field by field: a renamed field must not silently change what is on the disk. To change a
shape, raise VERSION, keep reading the old one, and add a recorded row of it to the tests.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from math import isfinite
from typing import Any, cast

from tocsin.model.alarm import Group, Judgement, Severity, Verdict
from tocsin.model.incident import Acknowledged, Incident, LastTold, Member
from tocsin.model.notice import Notice, NoticeState
from tocsin.model.problem import Foreign
from tocsin.store.control.times import MICROSECOND, from_us, to_us

VERSION = 1

# What `json` reads and writes; the shapes below say what is inside.
Document = dict[str, Any]


def dump(value: object) -> str:
    """Write JSON text; not-a-number and infinities are refused, since not every reader takes them."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def judgement_text(judgement: Judgement) -> str:
    """Write one judgement."""
    return dump({"v": VERSION, **_judgement(judgement)})


def judgement_from(text: str) -> Judgement:
    """Read what `judgement_text` wrote; raises Foreign for a version this program does not know."""
    return _read_judgement(_versioned(text))


def incident_text(incident: Incident) -> str:
    """Write one incident with its members."""
    return dump(
        {
            "v": VERSION,
            "id": incident.id,
            "group": _group(incident.group),
            "severity": incident.severity.value,
            "started_us": to_us(incident.started),
            "opened_us": to_us(incident.opened),
            "closed_us": None if incident.closed is None else to_us(incident.closed),
            "headline": incident.headline,
            "headline_subject": incident.headline_subject,
            "members": [
                {
                    "alarm": member.alarm,
                    "fired_us": to_us(member.fired),
                    "cleared_us": None if member.cleared is None else to_us(member.cleared),
                    "judgement": _judgement(member.judgement),
                    "subject": member.subject,
                }
                for member in incident.members
            ],
            "why": incident.why,
            "changed": incident.changed,
            "examples": list(incident.examples),
            "notices": incident.notices,
            "drill": incident.drill,
            "acknowledged": _acknowledged(incident.acknowledged),
            "told": _told(incident.told),
            "held": incident.held,
            "loud": incident.loud,
            "channels": list(incident.channels),
        }
    )


def incident_from(text: str) -> Incident:
    """Read what `incident_text` wrote; raises Foreign for a version this program does not know."""
    read = _versioned(text)
    return Incident(
        id=read["id"],
        group=_read_group(read["group"]),
        severity=Severity(read["severity"]),
        started=from_us(read["started_us"]),
        opened=from_us(read["opened_us"]),
        closed=None if read["closed_us"] is None else from_us(read["closed_us"]),
        headline=read["headline"],
        # Rows from before there were subjects.
        headline_subject=read.get("headline_subject", ""),
        members=tuple(
            Member(
                alarm=member["alarm"],
                fired=from_us(member["fired_us"]),
                cleared=None if member["cleared_us"] is None else from_us(member["cleared_us"]),
                judgement=_read_judgement(member["judgement"]),
                subject=member.get("subject", ""),
            )
            for member in read["members"]
        ),
        why=read["why"],
        changed=read["changed"],
        examples=tuple(read["examples"]),
        notices=read["notices"],
        drill=read["drill"],
        acknowledged=_read_acknowledged(read.get("acknowledged")),
        told=_read_told(read),
        held=read.get("held", ""),
        # Rows from before there were drills.
        loud=read.get("loud", False),
        channels=tuple(read.get("channels", ())),
    )


def _acknowledged(one: Acknowledged | None) -> Document | None:
    return None if one is None else {"by": one.by, "at_us": to_us(one.at)}


def _read_acknowledged(read: Mapping[str, Any] | None) -> Acknowledged | None:
    return None if read is None else Acknowledged(read["by"], from_us(read["at_us"]))


def _told(one: LastTold | None) -> Document | None:
    return None if one is None else {"severity": one.severity.value, "at_us": to_us(one.at)}


def _read_told(incident: Mapping[str, Any]) -> LastTold | None:
    if "told" in incident:
        told = incident["told"]
        return None if told is None else LastTold(Severity(told["severity"]), from_us(told["at_us"]))
    # A row from before this was kept: what was told was its severity, at the latest when it was opened.
    if not incident["notices"] or incident["closed_us"] is not None:
        return None
    return LastTold(Severity(incident["severity"]), from_us(incident["opened_us"]))


def notice_text(notice: Notice) -> str:
    """Write one notice; not its `installation`, which is the same for the whole file."""
    return dump(
        {
            "v": VERSION,
            "key": notice.key,
            "incident": notice.incident,
            "sequence": notice.sequence,
            "state": notice.state.value,
            "severity": notice.severity.value,
            "alarm": notice.alarm,
            "group": _group(notice.group),
            "started_us": to_us(notice.started),
            "at_us": to_us(notice.at),
            "ended_us": None if notice.ended is None else to_us(notice.ended),
            "headline": notice.headline,
            "compared": notice.compared,
            "why": notice.why,
            "changed": notice.changed,
            "link": notice.link,
            "drill": notice.drill,
            "loud": notice.loud,
            "channels": list(notice.channels),
            "acknowledged_by": notice.acknowledged_by,
            "reached": list(notice.reached),
            "handled": notice.handled,
            "aside": notice.aside,
            "quiet": notice.quiet,
        }
    )


def notice_from(text: str) -> Notice:
    """Read what `notice_text` wrote; raises Foreign for a version this program does not know."""
    read = _versioned(text)
    return Notice(
        key=read["key"],
        incident=read["incident"],
        sequence=read["sequence"],
        state=NoticeState(read["state"]),
        severity=Severity(read["severity"]),
        alarm=read["alarm"],
        group=_read_group(read["group"]),
        started=from_us(read["started_us"]),
        at=from_us(read["at_us"]),
        ended=None if read["ended_us"] is None else from_us(read["ended_us"]),
        headline=read["headline"],
        compared=read["compared"],
        why=read["why"],
        changed=read["changed"],
        link=read["link"],
        drill=read["drill"],
        # Rows from before there were drills, and acknowledgements.
        loud=read.get("loud", False),
        channels=tuple(read.get("channels", ())),
        acknowledged_by=read.get("acknowledged_by", ""),
        # Rows from before a try could reach some and not all.
        reached=tuple(read.get("reached", ())),
        handled=read.get("handled", ""),
        aside=read.get("aside", ""),
        # Rows from before messages were changed as evidence grows.
        quiet=read.get("quiet", False),
    )


def _versioned(text: str) -> Document:
    read = cast("Document", json.loads(text))
    if read["v"] != VERSION:
        raise Foreign(
            "control.db",
            f"a row has format {read['v']}, this program knows {VERSION}; a newer Tocsin wrote it, use that one",
        )
    return read


def _group(group: Group) -> Document:
    named = {"subject": group.subject} if group.subject else {}
    return {"project": group.project, "environment": group.environment, "service": group.service, **named}


def _read_group(read: Mapping[str, Any]) -> Group:
    return Group(
        project=read["project"],
        environment=read["environment"],
        service=read["service"],
        subject=read.get("subject", ""),
    )


def _judgement(judgement: Judgement) -> Document:
    return {
        "verdict": judgement.verdict.value,
        "measure": judgement.measure,
        "value": _number(judgement.value),
        "threshold": _number(judgement.threshold),
        "usual": _number(judgement.usual),
        "samples": judgement.samples,
        "bad": judgement.bad,
        "window_us": judgement.window // MICROSECOND,
        "learning": judgement.learning,
        "note": judgement.note,
        "severity": judgement.severity.value,
        "finding": judgement.finding,
    }


def _read_judgement(read: Mapping[str, Any]) -> Judgement:
    return Judgement(
        verdict=Verdict(read["verdict"]),
        measure=read["measure"],
        value=_read_number(read["value"]),
        threshold=_read_number(read["threshold"]),
        usual=_read_number(read["usual"]),
        samples=read["samples"],
        bad=read["bad"],
        window=timedelta(microseconds=read["window_us"]),
        learning=read["learning"],
        note=read["note"],
        severity=Severity(read["severity"]),
        finding=read.get("finding", ""),
    )


def _number(value: float | None) -> float | str | None:
    """JSON has no infinity; a strange value must not stop the tick that carries a page."""
    if value is None or isfinite(value):
        return value
    return repr(value)


def _read_number(read: float | str | None) -> float | None:
    return None if read is None else float(read)
