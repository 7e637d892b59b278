"""Alarm instances about one subject inside a service or project: a tenant, a run, an evaluator.

Revision: 0004, follows 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of keys anew, since SQLite can't change a constraint; ids stay, and with them all that refers."""
    names = ("alarm", "project", "environment", "service")
    op.create_table(
        "instances_anew",
        sa.Column("id", sa.Integer(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        sa.Column("subject", sa.Text(), nullable=False, server_default=""),
        sa.UniqueConstraint(*names, "subject", name="instances_key"),
    )
    op.execute(
        "INSERT INTO instances_anew (id, alarm, project, environment, service)"
        " SELECT id, alarm, project, environment, service FROM instances"
    )
    op.drop_table("instances")
    op.rename_table("instances_anew", "instances")
