"""What people do: acts about incidents, silences, and deploys as they are told or seen.

Revision: 0005, follows 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "acts",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("incident"),
        sa.Column("at_us", sa.Integer(), nullable=False),
        *_texts("by", "via", "deed", "detail"),
        sqlite_autoincrement=True,
    )
    op.create_index("acts_by_incident", "acts", ["incident", "id"])
    op.create_index("acts_by_deed", "acts", ["deed", "at_us"])
    op.create_table(
        "silences",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("matchers"),
        sa.Column("since_us", sa.Integer(), nullable=False),
        sa.Column("until_us", sa.Integer(), nullable=False),
        *_texts("by", "why"),
        sa.Column("ended_us", sa.Integer(), nullable=True),
        *_texts("ended_by"),
        sqlite_autoincrement=True,
    )
    op.create_index("silences_by_end", "silences", ["until_us"])
    op.create_table(
        "deploys",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("project", "environment", "service", "version"),
        sa.Column("at_us", sa.Integer(), nullable=False),
        *_texts("text", "source"),
        sa.UniqueConstraint("project", "environment", "service", "version", "at_us", name="deploys_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("deploys_by_time", "deploys", ["project", "at_us"])


def _texts(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]
