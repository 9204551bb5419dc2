"""The first tables: banks, questions, quizzes, assignments, attempts, responses, grades.

What an operator notices: new tables only, no locks on others, done in a moment. Run it before the new code.
"""

from __future__ import annotations

import sqlalchemy as sa

from quizkit.migrations.support import (
    check,
    config,
    create_index,
    create_schema,
    create_table,
    drop_table,
    identity,
    moment,
    points,
    refers,
    unique,
    words,
)

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
    subject = config().subject
    # Else the database itself takes a deleted user out of a row, and nobody is left to write a pseudonym.
    kept = subject.ondelete == "RESTRICT"
    taker = [check("attempt", "taker", "(taker_id IS NULL) <> (pseudonym IS NULL)")] if kept else []
    create_schema()
    create_table(
        "bank",
        sa.Column("id", identity(), nullable=False),
        sa.Column("name", words(128), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
    )
    create_table(
        "question",
        sa.Column("id", identity(), nullable=False),
        sa.Column("bank_id", identity(), nullable=False),
        sa.Column("type", words(64), nullable=False),
        sa.Column("title", words(1000), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        refers("question", "bank_id", "bank"),
        check("question", "revision", "revision >= 1"),
    )
    create_index("question", "bank_id", "bank_id", "id")
    create_table(
        "quiz",
        sa.Column("id", identity(), nullable=False),
        sa.Column("author_id", subject.type_, nullable=True),
        sa.Column("bank_id", identity(), nullable=False),
        sa.Column("state", words(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("published_at", moment(), nullable=True),
        sa.Column("title", words(128), nullable=False),
        sa.Column("description", words(512), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=True),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("shuffle_questions", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        refers("quiz", "bank_id", "bank"),
        check("quiz", "max_attempts", "max_attempts >= 1"),
        check("quiz", "state", "state IN ('draft', 'published', 'archived')"),
        check("quiz", "time_limit_seconds", "time_limit_seconds >= 1"),
    )
    create_index("quiz", "author_id", "author_id", "id")
    create_index("quiz", "bank_id", "bank_id")
    create_table(
        "assignment",
        sa.Column("id", identity(), nullable=False),
        sa.Column("quiz_id", identity(), nullable=False),
        sa.Column("default_marker", sa.Boolean(create_constraint=False), nullable=True),
        sa.Column("context", words(255), nullable=True),
        sa.Column("opens_at", moment(), nullable=True),
        sa.Column("closes_at", moment(), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=True),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        refers("assignment", "quiz_id", "quiz"),
        unique("assignment", "quiz_id", "default_marker", name="default"),
    )
    create_table(
        "question_revision",
        sa.Column("id", identity(), nullable=False),
        sa.Column("question_id", identity(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type", words(64), nullable=False),
        sa.Column("points", points(12), nullable=False),
        sa.Column("body_version", sa.Integer(), nullable=False),
        sa.Column("content_hash", words(64), nullable=False),
        sa.Column("view", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        refers("question_revision", "question_id", "question"),
        unique("question_revision", "question_id", "number"),
        check("question_revision", "number", "number >= 1"),
        check("question_revision", "points", "points >= 0"),
    )
    create_table(
        "quiz_revision",
        sa.Column("id", identity(), nullable=False),
        sa.Column("quiz_id", identity(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("max_score", points(16), nullable=True),
        sa.Column("content_hash", words(64), nullable=True),
        sa.Column("published_at", moment(), nullable=True),
        sa.Column("title", words(128), nullable=False),
        sa.Column("description", words(512), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=True),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("shuffle_questions", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        refers("quiz_revision", "quiz_id", "quiz"),
        unique("quiz_revision", "quiz_id", "number"),
        check("quiz_revision", "number", "number >= 1"),
    )
    create_table(
        "attempt",
        sa.Column("id", identity(), nullable=False),
        sa.Column("taker_id", subject.type_, nullable=True),
        sa.Column("quiz_id", identity(), nullable=False),
        sa.Column("assignment_id", identity(), nullable=False),
        sa.Column("quiz_revision_id", identity(), nullable=False),
        sa.Column("pseudonym", words(64), nullable=True),
        sa.Column("purpose", words(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", words(16), nullable=False),
        sa.Column("open_marker", sa.Boolean(create_constraint=False), nullable=True),
        sa.Column("seed", words(32), nullable=False),
        sa.Column("paper", sa.JSON(), nullable=False),
        sa.Column("started_at", moment(), nullable=False),
        sa.Column("due_at", moment(), nullable=True),
        sa.Column("accepts_until", moment(), nullable=True),
        sa.Column("submitted_at", moment(), nullable=True),
        sa.Column("score", points(16), nullable=True),
        sa.Column("max_score", points(16), nullable=False),
        sa.Column("needs_grading", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        refers("attempt", "assignment_id", "assignment"),
        refers("attempt", "quiz_id", "quiz"),
        refers("attempt", "quiz_revision_id", "quiz_revision"),
        unique("attempt", "assignment_id", "taker_id", "purpose", "number", name="number"),
        unique("attempt", "assignment_id", "taker_id", "open_marker", name="open"),
        check("attempt", "finished", "(state = 'open') = (submitted_at IS NULL)"),
        check("attempt", "number", "number >= 1"),
        check("attempt", "order", "submitted_at >= started_at"),
        check("attempt", "purpose", "purpose IN ('real', 'preview')"),
        check("attempt", "state", "state IN ('open', 'submitted')"),
        *taker,
    )
    create_index("attempt", "due", "open_marker", "accepts_until")
    create_index("attempt", "quiz_id", "quiz_id", "id")
    create_index("attempt", "taker_id", "taker_id", "id")
    create_table(
        "section",
        sa.Column("id", identity(), nullable=False),
        sa.Column("quiz_revision_id", identity(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", words(128), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        refers("section", "quiz_revision_id", "quiz_revision"),
        unique("section", "quiz_revision_id", "position"),
    )
    create_table(
        "attempt_response",
        sa.Column("attempt_id", identity(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("question_revision_id", identity(), nullable=False),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("picked", words(32), nullable=True),
        sa.Column("effective_points", points(12), nullable=True),
        sa.Column("marker", words(80), nullable=False),
        sa.Column("received_at", moment(), nullable=False),
        refers("attempt_response", "attempt_id", "attempt"),
        refers("attempt_response", "question_revision_id", "question_revision"),
        check("attempt_response", "sequence", "sequence >= 1"),
        check("attempt_response", "slot", "slot >= 1"),
        key=("attempt_id", "slot"),
    )
    create_table(
        "grade_event",
        sa.Column("id", identity(), nullable=False),
        sa.Column("attempt_id", identity(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("source", words(16), nullable=False),
        sa.Column("points", points(12), nullable=True),
        sa.Column("fraction", words(100), nullable=True),
        sa.Column("marker", words(80), nullable=False),
        sa.Column("trace", sa.JSON(), nullable=True),
        sa.Column("reason", words(1000), nullable=True),
        sa.Column("actor_id", subject.type_, nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        refers("grade_event", "attempt_id", "attempt"),
        check("grade_event", "source", "source IN ('manual', 'regrade', 'override', 'revoked')"),
    )
    create_index("grade_event", "attempt_id", "attempt_id", "slot", "id")
    create_table(
        "slot",
        sa.Column("id", identity(), nullable=False),
        sa.Column("section_id", identity(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question_id", identity(), nullable=False),
        sa.Column("question_revision_id", identity(), nullable=True),
        sa.Column("points", points(12), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        refers("slot", "question_id", "question"),
        refers("slot", "question_revision_id", "question_revision"),
        refers("slot", "section_id", "section"),
        unique("slot", "section_id", "position"),
        check("slot", "points", "points >= 0"),
    )
    create_index("slot", "question_id", "question_id")
    create_index("slot", "question_revision_id", "question_revision_id")


def downgrade() -> None:
    """Drop the tables, and all that is in them."""
    for role in reversed(_TABLES):
        drop_table(role)
