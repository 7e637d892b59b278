"""The server's log: one line for each thing told, on standard error, and never a reason to fall over."""

import sys
from typing import TextIO, cast

import structlog


def set_up() -> None:
    """Make the log lines of this process: time, level, words; a stack without the values in it, which may be secret."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Forgiving(sys.stderr))),
        cache_logger_on_first_use=True,
    )


class Forgiving:
    """A file that takes what can be written and forgets the rest: a log on a full disk must not end the server."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write as far as it goes."""
        try:
            return self._file.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Bring out what waits, where there is room."""
        try:
            self._file.flush()
        except OSError:
            return
