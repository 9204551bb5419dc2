"""The SQL statements for one attempt, with columns of its quiz, revision and assignment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, bindparam, select

from quizkit.crud._core.dialects import current_read, force_index
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud._terms.statements import others_than_default
from quizkit.models import Models, UtcDateTime


def this_taker(m: Models[Any]) -> Any:
    """Return the parameter for the taker: a user, or the hash of a token."""
    return bindparam("__taker", type_=m.table(m.attempt).c[m.taker_column].type)


def present() -> Any:
    """Return the parameter for the time of a call: the caller's clock, never the database's."""
    return bindparam("__now", type_=UtcDateTime())


def is_mine(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that selects the attempt `__attempt`, if it belongs to this taker."""
    table = m.table(m.attempt)
    return and_(
        table.c.id == bindparam("__attempt", type_=ID),
        table.c[m.taker_column] == this_taker(m),
        *tenant_filter(m, m.attempt),
    )


FACTS = (
    "id", "quiz_id", "taker_id", "token_hash", "pseudonym", "assignment_id", "quiz_revision_id", "number", "purpose", "state", "seed", "checksum",
    "algorithm", "paper", "policy", "started_at", "due_at", "on_time_until", "accepts_until", "closes_at", "submittable_at",
    "submitted_at", "late", "current_page", "current_slot", "current_since", "opened", "notes", "score", "max_score", "needs_grading",
    "late_seconds", "voided_at",
)  # fmt: skip


_ASSIGNMENT = ("archived_at", "opens_at", "due_at", "closes_at", "context", "notices")


_REVISION = ("content_hash", "title", "description", "review", "feedback_bands")


def attempt_rows(m: Models[Any]) -> Any:
    """Select attempts with columns of their quiz, revision and assignment.

    Those are subqueries, because MariaDB locks nothing in a subquery: locking the assignment after the attempt would
    violate the lock order of all verbs.
    """
    attempt = m.table(m.attempt)
    revision = _subquery(m, m.quiz_revision, "revision", _REVISION)
    assignment = _subquery(m, m.assignment, "assignment", ("settings", "default_marker", *_ASSIGNMENT))
    quiz = _subquery(m, m.quiz, "quiz", ("state",))
    return (
        select(
            *(attempt.c[name] for name in FACTS),
            *(revision.c[name] for name in _REVISION),
            assignment.c.settings,
            assignment.c.default_marker,
            *(assignment.c[name].label(f"assignment_{name}") for name in _ASSIGNMENT),
            others_than_default(m, attempt.c.quiz_id).label("others"),
            quiz.c.state.label("quiz_state"),
        )
        .select_from(attempt)
        .join(revision, revision.c.id == attempt.c.quiz_revision_id)
        .join(assignment, assignment.c.id == attempt.c.assignment_id)
        .join(quiz, quiz.c.id == attempt.c.quiz_id)
        .where(*tenant_filter(m, m.attempt))
    )


def _subquery(m: Models[Any], model: Any, name: str, columns: Iterable[str]) -> Any:
    table = m.table(model)
    return select(table.c.id, *(table.c[column] for column in columns)).where(*tenant_filter(m, model)).subquery(name)


def mine(m: Models[Any], _dialect: str) -> Executable:
    """Select an attempt of this taker."""
    found: Executable = attempt_rows(m).where(is_mine(m))
    return found


def mine_now(m: Models[Any], dialect: str) -> Executable:
    """Select an attempt of this taker as it is now, not as an older snapshot has it."""
    return current_read(force_index(attempt_rows(m).where(is_mine(m)), m.table(m.attempt), dialect), dialect)
