"""Jobs have a priority."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("jobs", sa.Column("priority", sa.String(16), nullable=False, server_default="normal"))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("jobs") as table:
        table.drop_column("priority")
