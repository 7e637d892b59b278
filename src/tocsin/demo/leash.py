"""Starts a program that can't outlive its parent: `python leash.py PARENT_PID PROGRAM ARGUMENTS…`.

On Linux the kernel ends the program when the parent dies, even by `kill -9`. Elsewhere it is just started; the parent
ends it on every orderly way out. Imports nothing of ours: it runs before each child and must start fast.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def run(parent_pid: int, command: list[str]) -> None:
    """Become the program; does not return. Exits with 1 when the parent is gone already."""
    if sys.platform == "linux":
        # The setting lives on in the program that this process becomes.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent_pid:
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 (no shell is wanted, and the program is the caller's own)


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:])
