"""The first tables: banks, questions, quizzes, assignments, attempts, responses, grades.

What an operator notices: new tables only, no locks on others, done in a moment. Run it before the new code.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizkit.migrations.support import config, moment, points

revision = "quizkit_0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    "bank",
    "question",
    "question_revision",
    "quiz",
    "quiz_revision",
    "section",
    "slot",
    "assignment",
    "attempt",
    "attempt_response",
    "grade_event",
)


def upgrade() -> None:
    """Create the tables."""
    c = config()
    op.create_table(
        c.table("bank"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "bank")),
        schema=c.schema,
    )
    op.create_table(
        c.table("question"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("title", sa.String(1000), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "question")),
        sa.ForeignKeyConstraint(
            ["bank_id"], [c.qualified("bank") + ".id"], name=c.name("fk", "question", "bank_id"), ondelete="RESTRICT"
        ),
        sa.CheckConstraint("revision >= 1", name=c.name("ck", "question", "revision")),
        schema=c.schema,
    )
    op.create_index(c.name("ix", "question", "bank_id"), c.table("question"), ["bank_id", "id"], schema=c.schema)
    op.create_table(
        c.table("quiz"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("published_at", moment(), nullable=True),
        sa.Column("title", sa.String(128), nullable=False),
        sa.Column("description", sa.String(512), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=True),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("shuffle_questions", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "quiz")),
        sa.ForeignKeyConstraint(
            ["bank_id"], [c.qualified("bank") + ".id"], name=c.name("fk", "quiz", "bank_id"), ondelete="RESTRICT"
        ),
        sa.CheckConstraint("max_attempts >= 1", name=c.name("ck", "quiz", "max_attempts")),
        sa.CheckConstraint("state IN ('draft', 'published', 'archived')", name=c.name("ck", "quiz", "state")),
        sa.CheckConstraint("time_limit_seconds >= 1", name=c.name("ck", "quiz", "time_limit_seconds")),
        schema=c.schema,
    )
    op.create_index(c.name("ix", "quiz", "bank_id"), c.table("quiz"), ["bank_id"], schema=c.schema)
    op.create_table(
        c.table("assignment"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quiz_id", sa.Uuid(), nullable=False),
        sa.Column("default_marker", sa.Boolean(create_constraint=False), nullable=True),
        sa.Column("context", sa.String(255), nullable=True),
        sa.Column("opens_at", moment(), nullable=True),
        sa.Column("closes_at", moment(), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=True),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "assignment")),
        sa.ForeignKeyConstraint(
            ["quiz_id"], [c.qualified("quiz") + ".id"], name=c.name("fk", "assignment", "quiz_id"), ondelete="RESTRICT"
        ),
        sa.UniqueConstraint("quiz_id", "default_marker", name=c.name("uq", "assignment", "default")),
        schema=c.schema,
    )
    op.create_table(
        c.table("question_revision"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("points", points(12), nullable=False),
        sa.Column("body_version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("view", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "question_revision")),
        sa.ForeignKeyConstraint(
            ["question_id"],
            [c.qualified("question") + ".id"],
            name=c.name("fk", "question_revision", "question_id"),
            ondelete="RESTRICT",
        ),
        sa.UniqueConstraint("question_id", "number", name=c.name("uq", "question_revision", "question_id_number")),
        sa.CheckConstraint("number >= 1", name=c.name("ck", "question_revision", "number")),
        sa.CheckConstraint("points >= 0", name=c.name("ck", "question_revision", "points")),
        schema=c.schema,
    )
    op.create_table(
        c.table("quiz_revision"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quiz_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("max_score", points(16), nullable=True),
        sa.Column("content_hash", sa.String(64), nullable=True),
        sa.Column("published_at", moment(), nullable=True),
        sa.Column("title", sa.String(128), nullable=False),
        sa.Column("description", sa.String(512), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=True),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("shuffle_questions", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "quiz_revision")),
        sa.ForeignKeyConstraint(
            ["quiz_id"],
            [c.qualified("quiz") + ".id"],
            name=c.name("fk", "quiz_revision", "quiz_id"),
            ondelete="RESTRICT",
        ),
        sa.UniqueConstraint("quiz_id", "number", name=c.name("uq", "quiz_revision", "quiz_id_number")),
        sa.CheckConstraint("number >= 1", name=c.name("ck", "quiz_revision", "number")),
        schema=c.schema,
    )
    op.create_table(
        c.table("attempt"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("taker_id", c.subject.type_, nullable=True),
        sa.Column("quiz_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("quiz_revision_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.String(64), nullable=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("open_marker", sa.Boolean(create_constraint=False), nullable=True),
        sa.Column("seed", sa.String(32), nullable=False),
        sa.Column("paper", sa.JSON(), nullable=False),
        sa.Column("started_at", moment(), nullable=False),
        sa.Column("due_at", moment(), nullable=True),
        sa.Column("accepts_until", moment(), nullable=True),
        sa.Column("submitted_at", moment(), nullable=True),
        sa.Column("score", points(16), nullable=True),
        sa.Column("max_score", points(16), nullable=False),
        sa.Column("needs_grading", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "attempt")),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            [c.qualified("assignment") + ".id"],
            name=c.name("fk", "attempt", "assignment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["quiz_id"], [c.qualified("quiz") + ".id"], name=c.name("fk", "attempt", "quiz_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["quiz_revision_id"],
            [c.qualified("quiz_revision") + ".id"],
            name=c.name("fk", "attempt", "quiz_revision_id"),
            ondelete="RESTRICT",
        ),
        sa.UniqueConstraint("assignment_id", "taker_id", "purpose", "number", name=c.name("uq", "attempt", "number")),
        sa.UniqueConstraint("assignment_id", "taker_id", "open_marker", name=c.name("uq", "attempt", "open")),
        sa.CheckConstraint("(state = 'open') = (submitted_at IS NULL)", name=c.name("ck", "attempt", "finished")),
        sa.CheckConstraint("number >= 1", name=c.name("ck", "attempt", "number")),
        sa.CheckConstraint("submitted_at >= started_at", name=c.name("ck", "attempt", "order")),
        sa.CheckConstraint("purpose IN ('real', 'preview')", name=c.name("ck", "attempt", "purpose")),
        sa.CheckConstraint("state IN ('open', 'submitted')", name=c.name("ck", "attempt", "state")),
        sa.CheckConstraint("(taker_id IS NULL) <> (pseudonym IS NULL)", name=c.name("ck", "attempt", "taker")),
        schema=c.schema,
    )
    op.create_index(c.name("ix", "attempt", "quiz_id"), c.table("attempt"), ["quiz_id", "id"], schema=c.schema)
    op.create_index(c.name("ix", "attempt", "taker_id"), c.table("attempt"), ["taker_id", "id"], schema=c.schema)
    op.create_table(
        c.table("section"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quiz_revision_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(128), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "section")),
        sa.ForeignKeyConstraint(
            ["quiz_revision_id"],
            [c.qualified("quiz_revision") + ".id"],
            name=c.name("fk", "section", "quiz_revision_id"),
            ondelete="RESTRICT",
        ),
        sa.UniqueConstraint("quiz_revision_id", "position", name=c.name("uq", "section", "quiz_revision_id_position")),
        schema=c.schema,
    )
    op.create_table(
        c.table("attempt_response"),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("question_revision_id", sa.Uuid(), nullable=False),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("picked", sa.String(32), nullable=True),
        sa.Column("effective_points", points(12), nullable=True),
        sa.Column("marker", sa.String(80), nullable=False),
        sa.Column("received_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "slot", name=c.name("pk", "attempt_response")),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            [c.qualified("attempt") + ".id"],
            name=c.name("fk", "attempt_response", "attempt_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["question_revision_id"],
            [c.qualified("question_revision") + ".id"],
            name=c.name("fk", "attempt_response", "question_revision_id"),
            ondelete="RESTRICT",
        ),
        sa.CheckConstraint("sequence >= 1", name=c.name("ck", "attempt_response", "sequence")),
        sa.CheckConstraint("slot >= 1", name=c.name("ck", "attempt_response", "slot")),
        schema=c.schema,
    )
    op.create_table(
        c.table("grade_event"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("points", points(12), nullable=True),
        sa.Column("fraction", sa.String(100), nullable=True),
        sa.Column("marker", sa.String(80), nullable=False),
        sa.Column("trace", sa.JSON(), nullable=True),
        sa.Column("reason", sa.String(1000), nullable=True),
        sa.Column("actor_id", c.subject.type_, nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "grade_event")),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            [c.qualified("attempt") + ".id"],
            name=c.name("fk", "grade_event", "attempt_id"),
            ondelete="RESTRICT",
        ),
        sa.CheckConstraint(
            "source IN ('manual', 'regrade', 'override', 'revoked')", name=c.name("ck", "grade_event", "source")
        ),
        schema=c.schema,
    )
    op.create_index(
        c.name("ix", "grade_event", "attempt_id"), c.table("grade_event"), ["attempt_id", "slot", "id"], schema=c.schema
    )
    op.create_table(
        c.table("slot"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("question_revision_id", sa.Uuid(), nullable=True),
        sa.Column("points", points(12), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=c.name("pk", "slot")),
        sa.ForeignKeyConstraint(
            ["question_id"],
            [c.qualified("question") + ".id"],
            name=c.name("fk", "slot", "question_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["question_revision_id"],
            [c.qualified("question_revision") + ".id"],
            name=c.name("fk", "slot", "question_revision_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["section_id"],
            [c.qualified("section") + ".id"],
            name=c.name("fk", "slot", "section_id"),
            ondelete="RESTRICT",
        ),
        sa.UniqueConstraint("section_id", "position", name=c.name("uq", "slot", "section_id_position")),
        sa.CheckConstraint("points >= 0", name=c.name("ck", "slot", "points")),
        schema=c.schema,
    )
    op.create_index(c.name("ix", "slot", "question_id"), c.table("slot"), ["question_id"], schema=c.schema)
    op.create_index(
        c.name("ix", "slot", "question_revision_id"), c.table("slot"), ["question_revision_id"], schema=c.schema
    )


def downgrade() -> None:
    """Drop the tables, and all that is in them."""
    c = config()
    for role in reversed(_TABLES):
        op.drop_table(c.table(role), schema=c.schema)
