"""The buttons of a Slack message: what stands on them, and the names that come back when one is pressed."""

from typing import Any

from tocsin.model.notice import Notice, NoticeState

BLOCK = "tocsin"
# The `action_id`s; the `value` is the incident's id.
ACKNOWLEDGE = "tocsin_acknowledge"
SILENCE_1H = "tocsin_silence_1h"
USEFUL = "tocsin_useful"
NOISE = "tocsin_noise"
KNOWN = "tocsin_known"


def buttons(notice: Notice) -> list[dict[str, Any]]:
    """Return the block of buttons: what is over can only be judged, and what somebody has taken on not be taken on."""
    offered = {ACKNOWLEDGE: "Acknowledge", SILENCE_1H: "Silence 1 h", USEFUL: "Useful", NOISE: "Noise", KNOWN: "Known"}
    if notice.state is NoticeState.RESOLVED:
        del offered[ACKNOWLEDGE], offered[SILENCE_1H]
    elif notice.acknowledged_by:
        del offered[ACKNOWLEDGE]
    elements = [
        {
            "type": "button",
            "action_id": action,
            "text": {"type": "plain_text", "text": label},
            "value": notice.incident,
        }
        for action, label in offered.items()
    ]
    return [{"type": "actions", "block_id": BLOCK, "elements": elements}]
