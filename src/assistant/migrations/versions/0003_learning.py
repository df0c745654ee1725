"""What learners did: attempts, cards of the scheduler, steps read, and completions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "learners",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created", sa.String, nullable=False),
    )
    learner = ("learner", "learners.id")
    op.create_table(
        "attempts",
        sa.Column("token", sa.String, primary_key=True),
        _owner(*learner),
        sa.Column("check_id", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("given", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
    )
    op.create_index("ix_attempts_learner", "attempts", ["learner", "check_id"])
    op.create_table(
        "cards",
        _owner(*learner, primary_key=True),
        sa.Column("check_id", sa.String, primary_key=True),
        sa.Column("card", sa.String, nullable=False),
        sa.Column("due", sa.String, nullable=False),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("words", sa.String, nullable=False),
    )
    op.create_table(
        "steps_read",
        _owner(*learner, primary_key=True),
        sa.Column("step_id", sa.String, primary_key=True),
        sa.Column("at", sa.String, nullable=False),
    )
    op.create_table(
        "completions",
        sa.Column("code", sa.String, primary_key=True),
        _owner(*learner),
        sa.Column("path_id", sa.String, nullable=False),
        sa.Column("path_title", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.UniqueConstraint("learner", "path_id"),
    )


def _owner(name: str, target: str, *, primary_key: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.String, key, primary_key=primary_key, nullable=False)


def downgrade() -> None:
    for table in ("completions", "steps_read", "cards", "attempts", "learners"):
        op.drop_table(table)
