"""When a session was last used: one that is left alone ends. Sessions of before end at once."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("DELETE FROM sessions")
    op.add_column("sessions", sa.Column("used", sa.String, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("sessions", "used")
