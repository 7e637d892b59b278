"""One process owns a data folder: a lock that the kernel drops when the process dies, however it dies."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tocsin.model.problem import BadSetting, SettingFault

LOCK_NAME = "tocsin.lock"
# What the lock file may hold: a process id and an address.
HOLDER_BYTES_MAX = 400


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that has a data folder; `address` is where its pages are, empty when it has none (yet)."""

    pid: str
    address: str


@dataclass(slots=True)
class Claim:
    """The right to use one data folder, until released or until the process ends."""

    folder: Path
    _descriptor: int | None

    def announce(self, address: str) -> None:
        """Tell others who want the folder where this process can be asked instead."""
        assert self._descriptor is not None, "what was given back says nothing"
        _write(self._descriptor, address)

    def release(self) -> None:
        """Give the folder back; harmless when done twice. The lock file stays: removing it would open a race."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def claim(folder: Path) -> Claim:
    """Create the folder where it is missing and claim it for this process.

    Raises BadSetting when another process has it (the message names its pid) or when it can't be written to.
    """
    found = claim_or_holder(folder)
    if isinstance(found, Holder):
        raise _fault(
            f"the data folder {folder} is in use by process {found.pid}; stop that process or choose another folder"
        )
    return found


def claim_or_holder(folder: Path) -> Claim | Holder:
    """Claim the folder as `claim` does, or return who has it. Raises BadSetting when it can't be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _fault(
            f"the data folder {folder} can't be used: {error.strerror}; choose one that can be written"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lines = os.pread(descriptor, HOLDER_BYTES_MAX, 0).decode("utf-8", "replace").splitlines()
        os.close(descriptor)
        pid, address = (*lines, "", "")[:2]
        return Holder(pid or "unknown", address)
    try:
        _write(descriptor)
    except OSError as error:
        os.close(descriptor)
        raise _fault(f"the data folder {folder} can't be written: {error.strerror}; free some space") from error
    return Claim(folder, descriptor)


def _write(descriptor: int, address: str = "") -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n{address}\n".encode(), 0)


def _fault(reason: str) -> BadSetting:
    return BadSetting((SettingFault("data", reason),))
