"""The passages that answers cite, whole: they outlive the snapshots that they came from."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "kept_passages",
        sa.Column("passage_id", sa.String, primary_key=True),
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("content", sa.String, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("kept_passages")
