"""What is said to the database about attempts. Each statement is built once for each set of models and dialect."""

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
    """Return the moment of a call: the caller's clock, and never the database's."""
    return bindparam("_now", type_=UtcDateTime())


def is_mine(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that an attempt is the one that is asked for, and this taker's."""
    table = m.table(m.attempt)
    return and_(
        table.c.id == bindparam("_attempt", type_=ID), table.c.taker_id == _taker(m), *tenant_filter(m, m.attempt)
    )


FACTS = (
    "id", "quiz_id", "taker_id", "assignment_id", "quiz_revision_id", "number", "purpose", "state", "seed", "checksum",
    "algorithm", "paper", "policy", "started_at", "due_at", "on_time_until", "accepts_until", "closes_at", "submitted_at", "late",
    "current_page", "current_slot", "current_since", "notes", "score", "max_score", "needs_grading",
)  # fmt: skip


_GIVEN = ("archived_at", "opens_at", "due_at", "closes_at", "context")
_REVISION = ("content_hash", "title", "description", "review", "feedback_bands")


def _facts(m: Models[Any]) -> Any:
    """Select attempts with what their quiz, their revision and their assignment say.

    Those are subqueries, in which MariaDB locks nothing: a lock on the assignment after one on the attempt would be
    against the order of all verbs.
    """
    attempt = m.table(m.attempt)
    revision = _apart(m, m.quiz_revision, "revision", _REVISION)
    given = _apart(m, m.assignment, "given", ("settings", "default_marker", *_GIVEN))
    quiz = _apart(m, m.quiz, "quiz", ("state",))
    return (
        select(
            *(attempt.c[name] for name in FACTS),
            *(revision.c[name] for name in _REVISION),
            given.c.settings,
            given.c.default_marker,
            *(given.c[name].label(f"given_{name}") for name in _GIVEN),
            others_than_default(m, attempt.c.quiz_id).label("others"),
            quiz.c.state.label("quiz_state"),
        )
        .select_from(attempt)
        .join(revision, revision.c.id == attempt.c.quiz_revision_id)
        .join(given, given.c.id == attempt.c.assignment_id)
        .join(quiz, quiz.c.id == attempt.c.quiz_id)
        .where(*tenant_filter(m, m.attempt))
    )


def _apart(m: Models[Any], model: Any, name: str, columns: Iterable[str]) -> Any:
    table = m.table(model)
    return select(table.c.id, *(table.c[column] for column in columns)).where(*tenant_filter(m, model)).subquery(name)


def mine(m: Models[Any], _dialect: str) -> Executable:
    """Select an attempt of this taker's."""
    found: Executable = _facts(m).where(is_mine(m))
    return found


def mine_now(m: Models[Any], dialect: str) -> Executable:
    """Select an attempt of this taker's as it is at this moment."""
    return current_read(force_index(_facts(m).where(is_mine(m)), m.table(m.attempt), dialect), dialect)


def newest(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's newest attempt at an assignment: the only one that can be open."""
    found: Executable = _newest(m)
    return found


def newest_now(m: Models[Any], dialect: str) -> Executable:
    """Select the newest attempt once more, after an insert has met one that was not seen."""
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
    """Select this taker's attempts, at all quizzes."""
    table = m.table(m.attempt)
    found: Executable = (
        _facts(m).where(table.c.taker_id == _taker(m), table.c.id > AFTER).order_by(table.c.id).limit(LIMIT)
    )
    return found


def page_of_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's attempts at one quiz."""
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
    """Insert an attempt, or nothing where another start was quicker; the id comes back only if it was inserted.

    MariaDB can only leave out every kind of error (INSERT IGNORE); there the duplicate key is an error that undoes
    this statement and nothing else.
    """
    table = m.table(m.attempt)
    if dialect in MARIADB:
        return insert_into(m, m.attempt)
    new: Any = insert_into(m, m.attempt, insert_of(dialect))
    made: Executable = new.on_conflict_do_nothing().returning(table.c.id)
    return made


def lock(m: Models[Any], dialect: str) -> Executable:
    """Lock an attempt of this taker's and return it: saves and submits wait.

    On PostgreSQL it is written: what was only locked raises nothing where a snapshot is older than the lock, and what
    was stored meanwhile would not be seen. MariaDB reads what is locked as it is now.
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
    """Return an update that tells everybody, whatever their isolation level, that an attempt has changed."""
    table = m.table(m.attempt)
    return update(table).values(changes=table.c.changes + 1)


def used(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's newest attempt at an assignment, and how many the quiz allows now."""
    table, given, revision = m.table(m.attempt), m.assignment, m.quiz_revision
    return (
        select(table.c.number, table.c.policy, table.c.state, revision.max_attempts, given.settings)
        .select_from(table)
        .join(given, given.id == table.c.assignment_id)
        .join(m.quiz, m.quiz.id == table.c.quiz_id)
        .join(revision, and_(revision.quiz_id == m.quiz.id, revision.number == m.quiz.revision))
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id == _taker(m),
            table.c.purpose == REAL,
            *tenant_filter(m, m.attempt, given, m.quiz, revision),
        )
        .order_by(table.c.number.desc())
        .limit(1)
    )


# ---------------------------------------------------------------------------------------------- what else takers do


def id_of(m: Models[Any], _dialect: str) -> Executable:
    """Select the id of an attempt, whoever it is of."""
    table = m.table(m.attempt)
    return select(table.c.id).where(table.c.id == bindparam("_attempt", type_=ID), *tenant_filter(m, m.attempt))


def papers_before(m: Models[Any], _dialect: str) -> Executable:
    """Select the papers of this taker's earlier attempts."""
    table = m.table(m.attempt)
    return select(table.c.paper).where(
        table.c.taker_id == _taker(m), table.c.purpose == REAL, *tenant_filter(m, m.attempt)
    )


def papers_met(m: Models[Any], dialect: str) -> Executable:
    """Select the papers of this taker's attempts in an assignment, which are known to be there, by their numbers.

    As they are now: a snapshot may be older. By the key of all of its columns, so that MariaDB locks rows and no gaps.
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
    """Select which questions revisions are of, and what they ask."""
    found: Executable = _questions_of(m)
    return found


def questions_met(m: Models[Any], dialect: str) -> Executable:
    """Select the same of revisions that are known to be there, and that a snapshot may not know."""
    return current_read(force_index(_questions_of(m), m.table(m.question_revision), dialect), dialect)


def _questions_of(m: Models[Any]) -> Any:
    table = m.table(m.question_revision)
    given = bindparam("_revisions", type_=ID, expanding=True)
    return select(table.c.question_id, table.c.identity).where(
        table.c.id.in_(given), *tenant_filter(m, m.question_revision)
    )


def note(m: Models[Any], dialect: str) -> Executable:
    """Write the notes of an attempt that is locked."""
    return _note(m, dialect, "notes")


def turn(m: Models[Any], dialect: str) -> Executable:
    """Write the notes, and what is in front of the taker."""
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
