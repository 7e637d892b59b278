"""The server's log: one line for each thing told, on standard error, and never a reason to fall over."""

import logging
import sys
from collections.abc import Collection
from typing import TextIO, cast

import structlog

from tocsin.model.secret import Secret
from tocsin.notify.scrub import masked


def set_up(secrets: Collection[Secret] = ()) -> None:
    """Make the log lines of this process: time, level, words; a stack without the values in it, which may be secret.

    `secrets` stand in no line, whoever writes it; of other libraries' lines, warnings and what is worse are written.
    """
    file = cast("TextIO", LogFile(sys.stderr, secrets))
    libraries = logging.StreamHandler(file)
    libraries.setLevel(logging.WARNING)
    logging.getLogger().addHandler(libraries)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(file),
        cache_logger_on_first_use=True,
    )


class LogFile:
    """A file that no secret is written to, and that takes what can be written and forgets the rest.

    A log on a full disk must not end the server.
    """

    def __init__(self, file: TextIO, secrets: Collection[Secret]) -> None:
        self._file = file
        self._secrets = secrets

    def write(self, text: str) -> int:
        """Write as far as it goes."""
        try:
            return self._file.write(masked(text, self._secrets))
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Bring out what waits, where there is room."""
        try:
            self._file.flush()
        except OSError:
            return
