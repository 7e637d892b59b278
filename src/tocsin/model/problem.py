"""Every failure that crosses a border, as one tree.

Expected failures inside the server are values (`Outcome`, `Verdict.FAILED`, `Received.rejected`); these are raised
only where a caller on the other side must act on them. Third-party exceptions are turned into one of these in the
file that makes the call.
"""

from dataclasses import dataclass


class Problem(Exception):  # noqa: N818 the word of the whole tree; each of its leaves says what is wrong
    """The root: something that a person or a sender has to be told."""


class BadInput(Problem):
    """These bytes will always fail: tell the sender, do not retry.

    `reason` says what was wrong, where, what was found and what to do.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooLarge(BadInput):
    """The input is over a limit; the reason names the limit."""


class Busy(Problem):
    """The server can't take it now; the same bytes are welcome after `after_s` seconds."""

    def __init__(self, reason: str, after_s: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class SettingFault:
    """One mistake in the configuration: where it stands and what to do about it."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class BadSetting(Problem):
    """The configuration can't be used; carries *all* faults found, not the first."""

    def __init__(self, faults: tuple[SettingFault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class CantStart(BadSetting):
    """The configuration is in order, but what it names can't be had: a port, a data folder. Carries all that is so."""


class Foreign(Problem):
    """Another system failed: which one, and how, without any secret."""

    def __init__(self, system: str, reason: str) -> None:
        super().__init__(f"{system}: {reason}")
        self.system = system
        self.reason = reason
