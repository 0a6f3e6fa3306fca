"""The tables of batches."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "batches",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("created", sa.Float(53), nullable=False),
    )
    op.create_table(
        "batch_items",
        sa.Column("batch", sa.String(32), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("job", sa.String(32)),
        sa.Column("code", sa.String(64)),
        sa.Column("message", sa.Text),
    )
    op.create_index("batch_items_job", "batch_items", ["job"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("batch_items")
    op.drop_table("batches")
