"""Answers, and the passages that they cite."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String, primary_key=True),
        *(
            sa.Column(name, sa.String, nullable=False)
            for name in (
                "conversation_id",
                "created",
                "question",
                "history",
                "filters",
                "answer",
                "outcome",
                "engine",
                "snapshot",
                "settings",
            )
        ),
    )
    op.create_index("ix_answers_conversation", "answers", ["conversation_id", "created"])
    op.create_index("ix_answers_outcome", "answers", ["outcome"])
    op.create_table(
        "answer_passages",
        sa.Column(
            "answer_id",
            sa.String,
            sa.ForeignKey("answers.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("passage_id", sa.String, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
    )
    op.create_index("ix_answer_passages_passage_id", "answer_passages", ["passage_id"])


def downgrade() -> None:
    op.drop_table("answer_passages")
    op.drop_table("answers")
