"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizkit.migrations.support import config, moment, points

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Add to the tables."""
    c = config()


def downgrade() -> None:
    """Take it back."""
    c = config()
