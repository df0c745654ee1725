"""What readers thought of answers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column(
            "answer_id",
            sa.String,
            sa.ForeignKey("answers.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("useful", sa.Boolean, nullable=False),
        sa.Column("reasons", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("created", sa.String, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("feedback")
