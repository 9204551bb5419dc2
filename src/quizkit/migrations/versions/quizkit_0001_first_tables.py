"""The first tables: banks, questions, quizzes, assignments, access, attempts, responses, tries, grades.

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
    "category",
    "quiz",
    "assignment",
    "question",
    "quiz_revision",
    "access_event",
    "attempt",
    "question_revision",
    "question_tag",
    "quiz_grade",
    "section",
    "attempt_response",
    "grade_event",
    "slot",
    "try_event",
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
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_from", words(64), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
    )
    create_table(
        "category",
        sa.Column("id", identity(), nullable=False),
        sa.Column("bank_id", identity(), nullable=False),
        sa.Column("parent_id", identity(), nullable=True),
        sa.Column("name", words(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_from", words(64), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        refers("category", "bank_id", "bank"),
        refers("category", "parent_id", "category"),
    )
    create_index("category", "bank_id", "bank_id", "id")
    create_index("category", "parent_id", "parent_id")
    create_table(
        "quiz",
        sa.Column("id", identity(), nullable=False),
        sa.Column("bank_id", identity(), nullable=False),
        sa.Column("state", words(16), nullable=False),
        sa.Column("search", words(1000), nullable=False),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sa.Column("draw_count", sa.Integer(), nullable=False),
        sa.Column("max_score", points(16), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("published_at", moment(), nullable=True),
        sa.Column("assignment_id", identity(), nullable=True),
        sa.Column("author_id", subject.type_, nullable=True),
        sa.Column("title", words(128), nullable=False),
        sa.Column("description", words(512), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=True),
        sa.Column("time_limit_seconds", sa.Integer(), nullable=True),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("shuffle_questions", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("behaviour", words(32), nullable=False),
        sa.Column("penalty", words(100), nullable=False),
        sa.Column("min_delay_seconds", sa.Integer(), nullable=False),
        sa.Column("time_up", words(16), nullable=False),
        sa.Column("late_seconds", sa.Integer(), nullable=True),
        sa.Column("late_penalty", words(100), nullable=False),
        sa.Column("credit", sa.JSON(), nullable=False),
        sa.Column("grading_method", words(16), nullable=False),
        sa.Column("best_attempts", sa.Integer(), nullable=False),
        sa.Column("max_grade", points(16), nullable=True),
        sa.Column("pass_grade", points(16), nullable=True),
        sa.Column("review", sa.JSON(), nullable=False),
        sa.Column("feedback_bands", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_from", words(64), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        refers("quiz", "bank_id", "bank"),
        check(
            "quiz",
            "behaviour",
            "behaviour IN ('deferred', 'immediate', 'interactive', 'adaptive', 'adaptive_no_penalty', 'deferred_cbm', 'immediate_cbm')",
        ),
        check("quiz", "grading_method", "grading_method IN ('highest', 'average', 'first', 'last', 'lowest', 'best')"),
        check("quiz", "max_attempts", "max_attempts >= 1"),
        check("quiz", "state", "state IN ('draft', 'published', 'archived')"),
        check("quiz", "time_limit_seconds", "time_limit_seconds >= 1"),
        check("quiz", "time_up", "time_up IN ('submit', 'accept_late', 'abandon')"),
    )
    create_index("quiz", "author_id", "author_id", "id")
    create_index("quiz", "bank_id", "bank_id")
    create_table(
        "assignment",
        sa.Column("id", identity(), nullable=False),
        sa.Column("quiz_id", identity(), nullable=False),
        sa.Column("default_marker", sa.Boolean(create_constraint=False), nullable=True),
        sa.Column("context", words(255), nullable=True),
        sa.Column("zone", words(64), nullable=True),
        sa.Column("opens_at", moment(), nullable=True),
        sa.Column("due_at", moment(), nullable=True),
        sa.Column("closes_at", moment(), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_from", words(64), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        refers("assignment", "quiz_id", "quiz"),
        unique("assignment", "quiz_id", "default_marker", name="default"),
    )
    create_index("assignment", "context", "context", "id")
    create_table(
        "question",
        sa.Column("id", identity(), nullable=False),
        sa.Column("bank_id", identity(), nullable=False),
        sa.Column("category_id", identity(), nullable=True),
        sa.Column("type", words(64), nullable=False),
        sa.Column("title", words(1000), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("draft", sa.JSON(), nullable=True),
        sa.Column("search", words(4000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_from", words(64), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("archived_at", moment(), nullable=True),
        refers("question", "bank_id", "bank"),
        refers("question", "category_id", "category"),
        check("question", "content", "revision IS NOT NULL OR draft IS NOT NULL"),
        check("question", "revision", "revision >= 1"),
    )
    create_index("question", "bank_id", "bank_id", "id")
    create_index("question", "category_id", "category_id", "id")
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
        sa.Column("behaviour", words(32), nullable=False),
        sa.Column("penalty", words(100), nullable=False),
        sa.Column("min_delay_seconds", sa.Integer(), nullable=False),
        sa.Column("time_up", words(16), nullable=False),
        sa.Column("late_seconds", sa.Integer(), nullable=True),
        sa.Column("late_penalty", words(100), nullable=False),
        sa.Column("credit", sa.JSON(), nullable=False),
        sa.Column("grading_method", words(16), nullable=False),
        sa.Column("best_attempts", sa.Integer(), nullable=False),
        sa.Column("max_grade", points(16), nullable=True),
        sa.Column("pass_grade", points(16), nullable=True),
        sa.Column("review", sa.JSON(), nullable=False),
        sa.Column("feedback_bands", sa.JSON(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        refers("quiz_revision", "quiz_id", "quiz"),
        unique("quiz_revision", "quiz_id", "number"),
        check(
            "quiz_revision",
            "behaviour",
            "behaviour IN ('deferred', 'immediate', 'interactive', 'adaptive', 'adaptive_no_penalty', 'deferred_cbm', 'immediate_cbm')",
        ),
        check(
            "quiz_revision",
            "grading_method",
            "grading_method IN ('highest', 'average', 'first', 'last', 'lowest', 'best')",
        ),
        check("quiz_revision", "number", "number >= 1"),
        check("quiz_revision", "time_up", "time_up IN ('submit', 'accept_late', 'abandon')"),
    )
    create_table(
        "access_event",
        sa.Column("id", identity(), nullable=False),
        sa.Column("assignment_id", identity(), nullable=True),
        sa.Column("kind", words(16), nullable=False),
        sa.Column("group_name", words(64), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("reason", words(1000), nullable=True),
        sa.Column("taker_id", subject.type_, nullable=True),
        sa.Column("actor_id", subject.type_, nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        refers("access_event", "assignment_id", "assignment"),
        check("access_event", "kind", "kind IN ('override', 'extension', 'accommodation')"),
    )
    create_index("access_event", "assignment_id", "assignment_id", "id")
    create_index("access_event", "taker_id", "taker_id", "assignment_id", "id")
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
        sa.Column("checksum", words(64), nullable=False),
        sa.Column("algorithm", sa.SmallInteger(), nullable=False),
        sa.Column("paper", sa.JSON(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("started_at", moment(), nullable=False),
        sa.Column("due_at", moment(), nullable=True),
        sa.Column("accepts_until", moment(), nullable=True),
        sa.Column("on_time_until", moment(), nullable=True),
        sa.Column("closes_at", moment(), nullable=True),
        sa.Column("time_up", words(16), nullable=False),
        sa.Column("current_page", sa.SmallInteger(), nullable=False),
        sa.Column("current_slot", sa.SmallInteger(), nullable=True),
        sa.Column("current_since", moment(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("submitted_at", moment(), nullable=True),
        sa.Column("late", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("score", points(16), nullable=True),
        sa.Column("max_score", points(16), nullable=False),
        sa.Column("needs_grading", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        refers("attempt", "assignment_id", "assignment"),
        refers("attempt", "quiz_id", "quiz"),
        refers("attempt", "quiz_revision_id", "quiz_revision"),
        unique("attempt", "assignment_id", "taker_id", "purpose", "number", name="number"),
        unique("attempt", "assignment_id", "taker_id", "purpose", "open_marker", name="open"),
        check("attempt", "finished", "(state = 'open') = (submitted_at IS NULL)"),
        check("attempt", "number", "number >= 1"),
        check("attempt", "order", "submitted_at >= started_at"),
        check("attempt", "purpose", "purpose IN ('real', 'preview')"),
        check("attempt", "state", "state IN ('open', 'submitted', 'abandoned')"),
        check("attempt", "time_up", "time_up IN ('submit', 'accept_late', 'abandon')"),
        *taker,
    )
    create_index("attempt", "due", "open_marker", "accepts_until")
    create_index("attempt", "quiz_id", "quiz_id", "id")
    create_index("attempt", "taker_id", "taker_id", "id")
    create_table(
        "question_revision",
        sa.Column("id", identity(), nullable=False),
        sa.Column("question_id", identity(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("type", words(64), nullable=False),
        sa.Column("points", points(12), nullable=False),
        sa.Column("body_version", sa.Integer(), nullable=False),
        sa.Column("content_hash", words(64), nullable=False),
        sa.Column("identity", words(64), nullable=False),
        sa.Column("view", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        refers("question_revision", "question_id", "question"),
        unique("question_revision", "question_id", "number"),
        check("question_revision", "number", "number >= 1"),
        check("question_revision", "points", "points >= 0"),
    )
    create_index("question_revision", "identity", "identity", "question_id")
    create_table(
        "question_tag",
        sa.Column("question_id", identity(), nullable=False),
        sa.Column("tag", words(192), nullable=False),
        refers("question_tag", "question_id", "question"),
        key=("question_id", "tag"),
    )
    create_index("question_tag", "tag", "tag", "question_id")
    create_table(
        "quiz_grade",
        sa.Column("id", identity(), nullable=False),
        sa.Column("quiz_id", identity(), nullable=False),
        sa.Column("assignment_id", identity(), nullable=False),
        sa.Column("pseudonym", words(64), nullable=True),
        sa.Column("grade", points(16), nullable=True),
        sa.Column("max_grade", points(16), nullable=False),
        sa.Column("passed", sa.Boolean(create_constraint=False), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("needs_grading", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("grading_method", words(16), nullable=True),
        sa.Column("best_attempts", sa.Integer(), nullable=True),
        sa.Column("pass_grade", points(16), nullable=True),
        sa.Column("updated_at", moment(), nullable=False),
        sa.Column("taker_id", subject.type_, nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        refers("quiz_grade", "assignment_id", "assignment"),
        refers("quiz_grade", "quiz_id", "quiz"),
        unique("quiz_grade", "assignment_id", "taker_id", name="taker"),
        check(
            "quiz_grade",
            "grading_method",
            "grading_method IN ('highest', 'average', 'first', 'last', 'lowest', 'best')",
        ),
        check("quiz_grade", "grade", "grade >= 0"),
    )
    create_index("quiz_grade", "grade", "assignment_id", "grade", "id")
    create_index("quiz_grade", "taker_id", "taker_id", "id")
    create_table(
        "section",
        sa.Column("id", identity(), nullable=False),
        sa.Column("quiz_revision_id", identity(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", words(128), nullable=True),
        sa.Column("shuffle", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("navigation", words(16), nullable=False),
        sa.Column("per_page", sa.Integer(), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        refers("section", "quiz_revision_id", "quiz_revision"),
        unique("section", "quiz_revision_id", "position"),
        check("section", "navigation", "navigation IN ('free', 'sequential')"),
        check("section", "per_page", "per_page >= 1"),
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
        sa.Column("counts", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("certainty", words(8), nullable=True),
        sa.Column("marker", words(80), nullable=False),
        sa.Column("received_at", moment(), nullable=False),
        sa.Column("late_points", points(12), nullable=True),
        sa.Column("kept_response", sa.JSON(), nullable=True),
        sa.Column("kept_sequence", sa.Integer(), nullable=True),
        sa.Column("kept_certainty", words(8), nullable=True),
        sa.Column("kept_points", points(12), nullable=True),
        sa.Column("kept_received_at", moment(), nullable=True),
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
        sa.Column("question_id", identity(), nullable=True),
        sa.Column("question_revision_id", identity(), nullable=True),
        sa.Column("pinned", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("points", points(12), nullable=True),
        sa.Column("counting", words(16), nullable=False),
        sa.Column("requires_previous", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("draw_count", sa.Integer(), nullable=True),
        sa.Column("draw_bank_id", identity(), nullable=True),
        sa.Column("draw_category_id", identity(), nullable=True),
        sa.Column("draw_tags", sa.JSON(), nullable=True),
        sa.Column("draw_fresh", sa.Boolean(create_constraint=False), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        refers("slot", "draw_bank_id", "bank"),
        refers("slot", "draw_category_id", "category"),
        refers("slot", "question_id", "question"),
        refers("slot", "question_revision_id", "question_revision"),
        refers("slot", "section_id", "section"),
        unique("slot", "section_id", "position"),
        check("slot", "counting", "counting IN ('counts', 'extra', 'ignored')"),
        check("slot", "draw_count", "draw_count >= 1"),
        check("slot", "kind", "(question_id IS NULL) = (draw_bank_id IS NOT NULL)"),
        check("slot", "points", "points >= 0"),
    )
    create_index("slot", "draw_bank_id", "draw_bank_id")
    create_index("slot", "draw_category_id", "draw_category_id")
    create_index("slot", "question_id", "question_id")
    create_index("slot", "question_revision_id", "question_revision_id")
    create_table(
        "try_event",
        sa.Column("attempt_id", identity(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("action", words(16), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("response", sa.JSON(), nullable=True),
        sa.Column("certainty", words(8), nullable=True),
        sa.Column("fraction", words(100), nullable=True),
        sa.Column("worth", words(100), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=True),
        sa.Column("marker", words(80), nullable=True),
        sa.Column("trace", sa.JSON(), nullable=True),
        sa.Column("received_at", moment(), nullable=False),
        refers("try_event", "attempt_id", "attempt"),
        check("try_event", "action", "action IN ('check', 'try_again')"),
        check("try_event", "number", "number >= 1"),
        check("try_event", "slot", "slot >= 1"),
        key=("attempt_id", "slot", "number"),
    )


def downgrade() -> None:
    """Drop the tables, and all that is in them."""
    for role in reversed(_TABLES):
        drop_table(role)
