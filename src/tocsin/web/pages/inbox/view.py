"""The built-in inbox: each message as Slack would show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.model.notice import NoticeState
from tocsin.store.control import InboxRow
from tocsin.web.slack import Block, blocks


@dataclass(frozen=True, slots=True)
class Letter:
    """One message."""

    at: datetime
    # When the trouble began, by which the browser tells the message's times in the reader's zone.
    began: datetime
    # "good" for an end, "danger" while it fires.
    mood: str
    blocks: tuple[Block, ...]
    incident: str


@dataclass(frozen=True, slots=True)
class InboxView:
    """What `inbox/page.html` may use."""

    letters: tuple[Letter, ...]


def build(rows: Sequence[InboxRow], project: str) -> InboxView:
    """Build the inbox of a project, newest first."""
    return InboxView(
        tuple(
            Letter(
                at=row.at,
                began=row.notice.started,
                mood="good" if row.notice.state is NoticeState.RESOLVED else "danger",
                blocks=blocks(row.payload),
                incident=f"/incidents/{row.notice.incident}",
            )
            for row in rows
            if row.notice.group.project == project
        )
    )
