"""Courses."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the courses."""
    op.create_table(
        "courses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("teacher_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.ForeignKeyConstraint(["teacher_id"], ["users.id"], name=op.f("fk_courses_teacher_id_users")),
    )
    op.create_index(op.f("ix_courses_teacher_id"), "courses", ["teacher_id"])


def downgrade() -> None:
    """Drop the courses."""
    op.drop_table("courses")
