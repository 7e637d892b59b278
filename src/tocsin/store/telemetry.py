"""The telemetry store of one data folder, opened and brought up to this version."""

from dataclasses import dataclass
from pathlib import Path

from tocsin.store.embedded import EmbeddedEngine
from tocsin.store.engine import Connection
from tocsin.store.evidence import Evidence
from tocsin.store.read import Reader
from tocsin.store.schema import Schema, bring_up
from tocsin.store.settle import PricesFor, Settler
from tocsin.store.statements import question

FOLDER = "telemetry"


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Lines to the engine, one for each purpose: they run in parallel."""

    # For inserts, by one thread.
    writer: Connection
    # For the watch loop, by one thread.
    settler: Settler
    reader: Reader
    evidence: Evidence
    # The greatest received stamp that is stored.
    newest_received_ns: int

    def close(self) -> None:
        """Let go of every line, when nobody uses any: an engine that is left open falls over as the process ends."""
        self.reader.close()
        self.settler.close()
        self.writer.close()


def open_telemetry(data: Path, schema: Schema, prices_for: PricesFor) -> Telemetry:
    """Open the engine in a data folder that this process has claimed.

    Raises Foreign when the folder was written by a newer version or the engine can't start, Busy when the disk is full.
    """
    engine = EmbeddedEngine(data / FOLDER)
    writer = engine.connect()
    try:
        bring_up(writer, schema)
    except BaseException:
        writer.close()
        raise
    reader, settler = Reader(engine), Settler(engine.connect(), prices_for)
    return Telemetry(
        writer=writer,
        settler=settler,
        reader=reader,
        evidence=Evidence(reader, lambda: settler.reach),
        newest_received_ns=int(writer.ask(question("newest_received"))[0][0]),
    )
