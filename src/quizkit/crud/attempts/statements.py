"""The SQL statements for attempts. Each is built once per set of models and dialect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Executable, String, Update, and_, bindparam, literal, select, update

from quizkit.crud._core.dialects import MARIADB, current_read, for_change, force_index, insert_of
from quizkit.crud._core.paging import AFTER, LIMIT
from quizkit.crud._core.tables import ID, insert_into, tenant_filter
from quizkit.crud._terms.statements import others_than_default
from quizkit.models import Models, UtcDateTime
from quizkit.vocabulary import AttemptPurpose, AttemptState

OPEN = literal(AttemptState.OPEN.value, String(16))
REAL = literal(AttemptPurpose.REAL.value, String(16))


def _taker(m: Models[Any]) -> Any:
    return bindparam("_taker", type_=m.table(m.attempt).c.taker_id.type)


def present() -> Any:
    """Return the parameter for the time of a call: the caller's clock, never the database's."""
    return bindparam("_now", type_=UtcDateTime())


def is_mine(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that selects the attempt `_attempt`, if it belongs to this taker."""
    table = m.table(m.attempt)
    return and_(
        table.c.id == bindparam("_attempt", type_=ID), table.c.taker_id == _taker(m), *tenant_filter(m, m.attempt)
    )


FACTS = (
    "id", "quiz_id", "taker_id", "assignment_id", "quiz_revision_id", "number", "purpose", "state", "seed", "checksum",
    "algorithm", "paper", "policy", "started_at", "due_at", "on_time_until", "accepts_until", "closes_at", "submitted_at", "late",
    "current_page", "current_slot", "current_since", "notes", "score", "max_score", "needs_grading",
)  # fmt: skip


_ASSIGNMENT = ("archived_at", "opens_at", "due_at", "closes_at", "context")
_REVISION = ("content_hash", "title", "description", "review", "feedback_bands")


def _facts(m: Models[Any]) -> Any:
    """Select attempts with columns of their quiz, revision and assignment.

    Those are subqueries, because MariaDB locks nothing in a subquery: locking the assignment after the attempt would
    violate the lock order of all verbs.
    """
    attempt = m.table(m.attempt)
    revision = _subquery(m, m.quiz_revision, "revision", _REVISION)
    assignment = _subquery(m, m.assignment, "given", ("settings", "default_marker", *_ASSIGNMENT))
    quiz = _subquery(m, m.quiz, "quiz", ("state",))
    return (
        select(
            *(attempt.c[name] for name in FACTS),
            *(revision.c[name] for name in _REVISION),
            assignment.c.settings,
            assignment.c.default_marker,
            *(assignment.c[name].label(f"given_{name}") for name in _ASSIGNMENT),
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
    found: Executable = _facts(m).where(is_mine(m))
    return found


def mine_now(m: Models[Any], dialect: str) -> Executable:
    """Select an attempt of this taker as it is now, not as an older snapshot has it."""
    return current_read(force_index(_facts(m).where(is_mine(m)), m.table(m.attempt), dialect), dialect)


def newest(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's newest attempt at an assignment, the only one that can be open."""
    found: Executable = _newest(m)
    return found


def newest_now(m: Models[Any], dialect: str) -> Executable:
    """Select the newest attempt as it is now, after an insert met one that the snapshot does not show."""
    found: Executable = current_read(_newest(m), dialect)
    return found


def _newest(m: Models[Any]) -> Any:
    table = m.table(m.attempt)
    return (
        _facts(m)
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id == _taker(m),
            table.c.purpose == bindparam("_purpose", type_=String(16)),
        )
        .order_by(table.c.number.desc())
        .limit(1)
    )


def page(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of this taker's attempts, at all quizzes."""
    table = m.table(m.attempt)
    found: Executable = (
        _facts(m).where(table.c.taker_id == _taker(m), table.c.id > AFTER).order_by(table.c.id).limit(LIMIT)
    )
    return found


def page_of_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of this taker's attempts, at one quiz."""
    table = m.table(m.attempt)
    found: Executable = (
        _facts(m)
        .where(
            table.c.taker_id == _taker(m),
            table.c.quiz_id == bindparam("quiz_id", type_=ID),
            table.c.id > AFTER,
        )
        .order_by(table.c.id)
        .limit(LIMIT)
    )
    return found


def insert_attempt(m: Models[Any], dialect: str) -> Executable:
    """Insert an attempt, or nothing if another start was faster. The id is returned only if the row was inserted.

    MariaDB's INSERT IGNORE would ignore every kind of error. Without it, a duplicate key is an error that undoes only
    this statement.
    """
    table = m.table(m.attempt)
    if dialect in MARIADB:
        return insert_into(m, m.attempt)
    new: Any = insert_into(m, m.attempt, insert_of(dialect))
    statement: Executable = new.on_conflict_do_nothing().returning(table.c.id)
    return statement


def lock(m: Models[Any], dialect: str) -> Executable:
    """Select an attempt of this taker for update; saves and submits wait.

    On PostgreSQL it is an update instead. A lock alone does not fail a transaction whose snapshot is older than the
    lock, and that transaction would miss responses stored in the meantime. MariaDB reads locked rows as they are now.
    """
    table = m.table(m.attempt)
    names = (
        "id",
        "checksum",
        "state",
        "started_at",
        "on_time_until",
        "accepts_until",
        "current_page",
        "current_slot",
        "current_since",
        "notes",
    )
    columns = [table.c[name] for name in names]
    if dialect == "postgresql":
        return written(m).where(is_mine(m)).returning(*columns)
    this = select(*columns).where(is_mine(m))
    return for_change(force_index(this, table, dialect))


def written(m: Models[Any]) -> Update:
    """Return an update that other transactions detect as a change of the attempt, at every isolation level."""
    table = m.table(m.attempt)
    return update(table).values(changes=table.c.changes + 1)


def used(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's newest attempt at an assignment, and how many attempts the quiz allows now."""
    table, assignment, revision = m.table(m.attempt), m.assignment, m.quiz_revision
    return (
        select(table.c.number, table.c.policy, table.c.state, revision.max_attempts, assignment.settings)
        .select_from(table)
        .join(assignment, assignment.id == table.c.assignment_id)
        .join(m.quiz, m.quiz.id == table.c.quiz_id)
        .join(revision, and_(revision.quiz_id == m.quiz.id, revision.number == m.quiz.revision))
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id == _taker(m),
            table.c.purpose == REAL,
            *tenant_filter(m, m.attempt, assignment, m.quiz, revision),
        )
        .order_by(table.c.number.desc())
        .limit(1)
    )


# ---------------------------------------------------------------------------------------------- other statements


def id_of(m: Models[Any], _dialect: str) -> Executable:
    """Select the id of an attempt, whoever its taker is."""
    table = m.table(m.attempt)
    return select(table.c.id).where(table.c.id == bindparam("_attempt", type_=ID), *tenant_filter(m, m.attempt))


def papers_before(m: Models[Any], _dialect: str) -> Executable:
    """Select the papers of this taker's earlier attempts."""
    table = m.table(m.attempt)
    return select(table.c.paper).where(
        table.c.taker_id == _taker(m), table.c.purpose == REAL, *tenant_filter(m, m.attempt)
    )


def papers_met(m: Models[Any], dialect: str) -> Executable:
    """Select the papers of this taker's attempts in an assignment by number; these attempts are known to exist.

    It reads current rows, because a snapshot may be older. It uses a complete unique key, so that MariaDB locks rows
    and no gaps.
    """
    table = m.table(m.attempt)
    found = select(table.c.paper).where(
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c.taker_id == _taker(m),
        table.c.purpose == REAL,
        table.c.number.in_(bindparam("_numbers", type_=table.c.number.type, expanding=True)),
        *tenant_filter(m, m.attempt),
    )
    return current_read(force_index(found, table, dialect, m.config.name("uq", m.attempt.role, "number")), dialect)


def questions_of(m: Models[Any], _dialect: str) -> Executable:
    """Select the question ids and identities of question revisions."""
    found: Executable = _questions_of(m)
    return found


def questions_met(m: Models[Any], dialect: str) -> Executable:
    """Select the same for revisions that are known to exist, although a snapshot may not show them."""
    return current_read(force_index(_questions_of(m), m.table(m.question_revision), dialect), dialect)


def _questions_of(m: Models[Any]) -> Any:
    table = m.table(m.question_revision)
    ids = bindparam("_revisions", type_=ID, expanding=True)
    return select(table.c.question_id, table.c.identity).where(
        table.c.id.in_(ids), *tenant_filter(m, m.question_revision)
    )


def note(m: Models[Any], dialect: str) -> Executable:
    """Update the notes of a locked attempt."""
    return _note(m, dialect, "notes")


def turn(m: Models[Any], dialect: str) -> Executable:
    """Update the notes, and the current page and slot."""
    return _note(m, dialect, "notes", "current_page", "current_slot", "current_since")


def _note(m: Models[Any], dialect: str, *names: str) -> Executable:
    table = m.table(m.attempt)
    new = {name: bindparam(f"_{name}", type_=table.c[name].type) for name in names}
    return force_index(update(table).where(is_mine(m)).values(new), table, dialect)


def finished_of(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's finished attempts at an assignment."""
    table = m.table(m.attempt)
    found: Executable = (
        _facts(m)
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id == _taker(m),
            table.c.purpose == REAL,
            table.c.state != OPEN,
        )
        .order_by(table.c.number)
    )
    return found


def grade_of(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's grade in an assignment."""
    table = m.table(m.quiz_grade)
    names = ("grade", "max_grade", "passed", "attempts", "needs_grading")
    return select(*(table.c[name] for name in names)).where(
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c.taker_id == _taker(m),
        table.c.attempts >= 1,
        *tenant_filter(m, m.quiz_grade),
    )
