"""Quizzes are ours: written by `alembic revision --autogenerate`."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Refer to the users, and add our columns."""
    with op.batch_alter_table("exam_access_event", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_exam_access_event_taker_id"), "users", ["taker_id"], ["id"], ondelete="RESTRICT"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_exam_access_event_actor_id"), "users", ["actor_id"], ["id"], ondelete="RESTRICT"
        )

    with op.batch_alter_table("exam_attempt", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_exam_attempt_taker_id"), "users", ["taker_id"], ["id"], ondelete="RESTRICT"
        )

    with op.batch_alter_table("exam_attempt_event", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_exam_attempt_event_actor_id"), "users", ["actor_id"], ["id"], ondelete="RESTRICT"
        )

    with op.batch_alter_table("exam_grade_event", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_exam_grade_event_actor_id"), "users", ["actor_id"], ["id"], ondelete="RESTRICT"
        )

    with op.batch_alter_table("exam_quiz", schema=None) as batch_op:
        batch_op.add_column(sa.Column("course_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_exam_quiz_course_id"), ["course_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_exam_quiz_course_id_courses"), "courses", ["course_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_exam_quiz_author_id"), "users", ["author_id"], ["id"], ondelete="RESTRICT"
        )

    with op.batch_alter_table("exam_quiz_grade", schema=None) as batch_op:
        batch_op.create_foreign_key(
            batch_op.f("fk_exam_quiz_grade_taker_id"), "users", ["taker_id"], ["id"], ondelete="RESTRICT"
        )


def downgrade() -> None:
    """Take both back."""
    with op.batch_alter_table("exam_quiz_grade", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_exam_quiz_grade_taker_id"), type_="foreignkey")

    with op.batch_alter_table("exam_quiz", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_exam_quiz_author_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_exam_quiz_course_id_courses"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_exam_quiz_course_id"))
        batch_op.drop_column("course_id")

    with op.batch_alter_table("exam_grade_event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_exam_grade_event_actor_id"), type_="foreignkey")

    with op.batch_alter_table("exam_attempt_event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_exam_attempt_event_actor_id"), type_="foreignkey")

    with op.batch_alter_table("exam_attempt", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_exam_attempt_taker_id"), type_="foreignkey")

    with op.batch_alter_table("exam_access_event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_exam_access_event_actor_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_exam_access_event_taker_id"), type_="foreignkey")
