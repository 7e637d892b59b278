"""What the other side calls a message that it took, so that the next one can change it or answer to it.

Revision: 0002, follows 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; what was delivered before has no reference."""
    op.add_column("outbox", sa.Column("reference", sa.Text(), nullable=False, server_default=""))
