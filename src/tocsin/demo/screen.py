"""What the demonstration shows on the terminal."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from tocsin.demo.backfill import Sent
from tocsin.demo.inbox import Letter


class Advance(Protocol):
    """Moves a progress bar."""

    def __call__(self, *, spans: int, until: datetime) -> None:
        """Say that so many more spans are in, and how far history has come."""
        ...


class Screen:
    """Writes for a person; to standard error when standard output is kept for JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self.console = Console(stderr=as_json)

    def say(self, text: str) -> None:
        """Write one line; rich's markup holds."""
        self.console.print(text, highlight=False)

    @contextmanager
    def waiting(self, text: str) -> Generator[None]:
        """Show that something is under way, then that it is done."""
        with self.console.status(text):
            yield
        self.say(f"[green]✓[/] {text}")

    @contextmanager
    def backfill(self, since: datetime, until: datetime) -> Generator[Advance]:
        """Show how far history has come, by days."""
        days = max(1, round((until - since) / timedelta(days=1)))
        progress = Progress(
            SpinnerColumn(),
            TextColumn("Backfilling {task.total:.0f} days through the OTLP door"),
            BarColumn(),
            TextColumn("{task.fields[spans]:,} spans"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        with progress:
            task = progress.add_task("backfill", total=days, spans=0)
            seen, done = 0, 0.0

            def advance(*, spans: int, until: datetime) -> None:
                nonlocal seen, done
                seen, done = seen + spans, max(done, (until - since) / timedelta(days=1))
                progress.update(task, completed=done, spans=seen)

            yield advance

    def backfilled(self, sent: Sent) -> None:
        """Say what the backfill came to."""
        rate = sent.spans / sent.took_s if sent.took_s else 0.0
        self.say(
            f"[green]✓[/] Backfilled {sent.spans:,} spans of history in {sent.took_s:.1f} s ({rate:,.0f} spans/s)"
            + (f"; [red]{sent.rejected:,} were rejected[/]" if sent.rejected else "")
        )

    def letter(self, letter: Letter, heading: str) -> None:
        """Show a message as Slack would, with its link on a line of its own, so that it can be clicked or copied."""
        colour = "green" if letter.state == "resolved" else "red"
        body = Text("\n".join(letter.lines))
        self.console.print(Panel(body, title=escape(heading), title_align="left", border_style=colour))
        # Not in the panel, whose border would be copied with it, and never broken into lines.
        self.console.print("Open the graph:", style="dim")
        self.console.print(letter.link, style=f"{colour} link {letter.link}", soft_wrap=True, highlight=False)
