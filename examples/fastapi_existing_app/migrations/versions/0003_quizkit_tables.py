"""quizkit's tables: written by `quizkit db revision-for-host`."""

from quizkit.migrations import steps

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create quizkit's tables."""
    steps.upgrade("quizkit_0001")


def downgrade() -> None:
    """Drop quizkit's tables."""
    steps.downgrade("quizkit_0001")
