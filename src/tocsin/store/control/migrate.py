"""Bring the control tables to the newest step, from files inside the package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from tocsin.model.problem import Foreign

FOLDER = Path(__file__).parent / "migrations"


def migrate(connection: Connection, upto: str = "head") -> None:
    """Run the missing steps, up to a revision, in the caller's transaction: all of them or none.

    Raises Foreign when the file was written by a newer Tocsin.
    """
    config = Config()
    # Alembic reads options with interpolation: a percent sign in the path must be doubled.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, upto)
    except CommandError as error:
        raise Foreign("control.db", f"{error}; the data folder was written by a newer Tocsin, use that one") from error
