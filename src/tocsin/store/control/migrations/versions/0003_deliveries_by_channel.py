"""An index for the question how each channel's last tries went.

Revision: 0003, follows 0002.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the index."""
    op.create_index("deliveries_by_channel", "deliveries", ["channel", "id"])
