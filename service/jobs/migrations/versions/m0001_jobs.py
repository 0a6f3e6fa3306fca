"""The table of jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("options_digest", sa.String(64), nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("created", sa.Float(53), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("finished", sa.Float(53)),
        sa.Column("pages", sa.Integer),
        sa.Column("pages_done", sa.Integer, nullable=False),
        sa.Column("document_status", sa.String(16)),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("recipe", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("not_before", sa.Float(53), nullable=False),
        sa.UniqueConstraint("document", "options_digest", name="jobs_document_options"),
    )
    op.create_index("jobs_state_created", "jobs", ["state", "created"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("jobs")
