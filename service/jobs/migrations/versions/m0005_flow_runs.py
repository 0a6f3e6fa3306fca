"""Jobs that flow runs read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and make the table."""
    op.add_column("jobs", sa.Column("flow", sa.String(32), nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("flow_run", sa.Text, nullable=False, server_default=""))
    op.create_index("jobs_flow", "jobs", ["flow"])
    op.create_table(
        "flow_runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("created", sa.Float(53), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
    )


def downgrade() -> None:
    """Drop the columns and the table."""
    op.drop_table("flow_runs")
    op.drop_index("jobs_flow", "jobs")
    with op.batch_alter_table("jobs") as table:
        table.drop_column("flow_run")
        table.drop_column("flow")
