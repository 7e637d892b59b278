"""Control state: what alarms stand where, what was told to whom; SQLite, one transaction per tick."""

from tocsin.store.control.lock import Claim, Holder, claim, claim_or_holder
from tocsin.store.control.outbox import DELIVERED, TRY_AGAIN
from tocsin.store.control.rows import BrokenChannel, Delivery, Due, InboxRow, Instance, Judged, Waiting
from tocsin.store.control.state import Control
from tocsin.store.control.transaction import Transaction

__all__ = [
    "DELIVERED",
    "TRY_AGAIN",
    "BrokenChannel",
    "Claim",
    "Control",
    "Delivery",
    "Due",
    "Holder",
    "InboxRow",
    "Instance",
    "Judged",
    "Transaction",
    "Waiting",
    "claim",
    "claim_or_holder",
]
