"""What is said to the database about attempts. Each statement is built once for each set of models and dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Executable,
    Integer,
    Select,
    SmallInteger,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    update,
)

from quizkit.crud._pages import AFTER, LIMIT
from quizkit.crud._tables import ID, MARIADB, fresh, insert_into, owned
from quizkit.errors import Misuse
from quizkit.models import ExactPoints, Models, UtcDateTime
from quizkit.vocabulary import AttemptPurpose, AttemptState

_OPEN = literal(AttemptState.OPEN.value, String(16))
_REAL = literal(AttemptPurpose.REAL.value, String(16))


def _taker(m: Models[Any]) -> Any:
    return bindparam("_taker", type_=m.table(m.attempt).c.taker_id.type)


def _now() -> Any:
    return bindparam("_now", type_=UtcDateTime())


def _mine(m: Models[Any]) -> ColumnElement[bool]:
    table = m.table(m.attempt)
    return and_(table.c.id == bindparam("_attempt", type_=ID), table.c.taker_id == _taker(m), *owned(m, m.attempt))


def offer(m: Models[Any], _dialect: str) -> Executable:
    """Select what a quiz offers: its published revision and its default assignment."""
    revision, given = m.quiz_revision, m.assignment
    return (
        select(
            m.quiz.id,
            m.quiz.state,
            revision.id.label("revision_id"),
            revision.content_hash,
            revision.title,
            revision.description,
            revision.grace_seconds,
            revision.shuffle_questions,
            revision.max_score,
            func.coalesce(given.max_attempts, revision.max_attempts).label("max_attempts"),
            func.coalesce(given.time_limit_seconds, revision.time_limit_seconds).label("time_limit_seconds"),
            given.id.label("assignment_id"),
            given.opens_at,
            given.closes_at,
        )
        .select_from(m.quiz)
        .outerjoin(
            revision,
            and_(revision.quiz_id == m.quiz.id, revision.number == m.quiz.revision, *owned(m, revision)),
        )
        .outerjoin(given, and_(given.quiz_id == m.quiz.id, given.default_marker.is_(True), *owned(m, given)))
        .where(m.quiz.id == bindparam("quiz_id", type_=ID), *owned(m, m.quiz))
    )


def _facts(m: Models[Any]) -> Any:
    attempt, revision = m.table(m.attempt), m.quiz_revision
    names = ("id", "quiz_id", "taker_id", "number", "state", "seed", "paper", "started_at", "due_at", "accepts_until")
    return (
        select(
            *(attempt.c[name] for name in names),
            attempt.c.submitted_at,
            attempt.c.score,
            attempt.c.max_score,
            attempt.c.needs_grading,
            attempt.c.quiz_revision_id,
            attempt.c.assignment_id,
            revision.content_hash,
            revision.title,
            revision.description,
        )
        .select_from(attempt)
        .join(revision, and_(revision.id == attempt.c.quiz_revision_id, *owned(m, revision)))
        .where(*owned(m, m.attempt))
    )


def mine(m: Models[Any], _dialect: str) -> Executable:
    """Select an attempt of this taker's."""
    found: Executable = _facts(m).where(_mine(m))
    return found


def mine_now(m: Models[Any], dialect: str) -> Executable:
    """Select an attempt of this taker's as it is at this moment."""
    found: Executable = fresh(_facts(m).where(_mine(m)), dialect)
    return found


def newest(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's newest attempt at an assignment: the only one that can be open."""
    found: Executable = _newest(m)
    return found


def newest_now(m: Models[Any], dialect: str) -> Executable:
    """Select the newest attempt once more, after an insert has met one that was not seen."""
    found: Executable = fresh(_newest(m), dialect)
    return found


def _newest(m: Models[Any]) -> Any:
    table = m.table(m.attempt)
    return (
        _facts(m)
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id == _taker(m),
            table.c.purpose == _REAL,
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
    new: Any = insert_into(m, m.attempt, _insert_of(dialect))
    made: Executable = new.on_conflict_do_nothing().returning(table.c.id)
    return made


def _insert_of(dialect: str) -> Any:
    """Return the insert that knows what the dialect does on a conflict."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - importing quizkit loads no dialect

        return insert
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as insert_sqlite  # noqa: PLC0415 - as above

        return insert_sqlite
    if dialect in MARIADB:
        from sqlalchemy.dialects.mysql import insert as insert_mariadb  # noqa: PLC0415 - as above

        return insert_mariadb
    raise Misuse("database_unsupported", "quizkit runs on PostgreSQL, SQLite and MariaDB")


def lock(m: Models[Any], _dialect: str) -> Executable:
    """Lock an attempt of this taker's: saves and submits wait."""
    return select(m.table(m.attempt).c.id).where(_mine(m)).with_for_update()


def save(m: Models[Any], dialect: str) -> Executable:
    """Store one response, if the attempt is open, in time and this taker's, and no later response is stored.

    The share lock on the attempt is taken inside the statement: a submit waits for it, or it sees the submit.
    Without it a response that is on its way while the attempt is submitted is stored and never counted.
    """
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    given: dict[str, Any] = {
        **{name: attempt.c[name] for name in m.config.key()},
        "attempt_id": attempt.c.id,
        "slot": bindparam("_slot", type_=SmallInteger()),
        "question_revision_id": bindparam("_revision", type_=ID),
        "response": bindparam("_response", type_=JSON()),
        "sequence": bindparam("_sequence", type_=Integer()),
        "picked": bindparam("_picked", type_=String(32)),
        "effective_points": bindparam("_points", type_=ExactPoints(12)),
        "marker": bindparam("_marker", type_=String(80)),
        "received_at": bindparam("_received", type_=UtcDateTime()),
    }
    in_time = or_(attempt.c.accepts_until.is_(None), attempt.c.accepts_until >= _now())
    same = attempt.c.seed == bindparam("_seed", type_=String(32))
    source = select(*given.values()).where(_mine(m), attempt.c.state == _OPEN, same, in_time)
    if dialect != "sqlite":
        source = source.with_for_update(read=True)
    new = _insert_of(dialect)(response).from_select(list(given), source)
    kept = m.config.key("attempt_id", "slot")
    changed = [name for name in given if name not in kept]
    stored = response.c.sequence, response.c.response, response.c.received_at
    made: Executable
    if dialect in MARIADB:
        later = response.c.sequence < new.inserted.sequence
        # From left to right, so that the sequence, which decides, changes last.
        ordered = sorted(changed, key=lambda name: name == "sequence")
        made = new.on_duplicate_key_update(
            [(name, case((later, new.inserted[name]), else_=response.c[name])) for name in ordered]
        ).returning(*stored)
        return made
    made = new.on_conflict_do_update(
        index_elements=[response.c[name] for name in kept],
        set_={name: new.excluded[name] for name in changed},
        where=response.c.sequence < new.excluded.sequence,
    ).returning(*stored)
    return made


def explain_save(m: Models[Any], dialect: str) -> Executable:
    """Select why a response was not stored: the attempt, and the response that is."""
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    here = and_(
        response.c.attempt_id == attempt.c.id,
        response.c.slot == bindparam("_slot", type_=SmallInteger()),
        *owned(m, m.attempt_response),
    )
    why = (
        select(
            attempt.c.state,
            attempt.c.seed,
            attempt.c.accepts_until,
            response.c.sequence,
            response.c.response,
            response.c.received_at,
        )
        .select_from(attempt)
        .outerjoin(response, here)
        .where(_mine(m))
    )
    return fresh(why, dialect)


def responses(m: Models[Any], _dialect: str) -> Executable:
    """Select the stored responses of an attempt, without what they are worth."""
    table = m.table(m.attempt_response)
    return select(table.c.slot, table.c.sequence, table.c.response).where(*_of_attempt(m))


def _of_attempt(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    table = m.table(m.attempt_response)
    return table.c.attempt_id == bindparam("_attempt", type_=ID), *owned(m, m.attempt_response)


def graded_responses(m: Models[Any], _dialect: str) -> Executable:
    """Select the stored responses of an attempt, with what they are worth."""
    return _graded_responses(m)


def graded_responses_now(m: Models[Any], dialect: str) -> Executable:
    """Select the stored responses of an attempt as they are at this moment, with what they are worth."""
    return fresh(_graded_responses(m), dialect)


def _graded_responses(m: Models[Any]) -> Select[Any]:
    table = m.table(m.attempt_response)
    return select(table.c.slot, table.c.sequence, table.c.response, table.c.effective_points).where(*_of_attempt(m))


def _finished(m: Models[Any]) -> dict[str, Any]:
    """Return what closing sets: finished when it was due if that is past, else now; never before the start.

    The same rule as `rules.timing.finished_at`.
    """
    table = m.table(m.attempt)
    at = case(
        (table.c.accepts_until < _now(), table.c.due_at),
        (table.c.started_at > _now(), table.c.started_at),
        else_=_now(),
    )
    return {"state": AttemptState.SUBMITTED.value, "open_marker": null(), "submitted_at": at}


def _added_up(m: Models[Any]) -> dict[str, Any]:
    """Return what adding up sets: the sum of the points, and whether a person must still look."""
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    here = (response.c.attempt_id == attempt.c.id, *owned(m, m.attempt_response))
    nothing = literal(0, ExactPoints(16))
    points = func.coalesce(func.sum(response.c.effective_points, type_=ExactPoints(16)), nothing, type_=ExactPoints(16))
    return {
        "score": select(points).where(*here).scalar_subquery(),
        "needs_grading": exists().where(*here, response.c.effective_points.is_(None)),
    }


def close(m: Models[Any], _dialect: str) -> Executable:
    """Finish an attempt that is open: the one statement that decides which of two submits it was."""
    table = m.table(m.attempt)
    return update(table).where(_mine(m), table.c.state == _OPEN).values(_finished(m))


def add_up(m: Models[Any], _dialect: str) -> Executable:
    """Sum the points of an attempt. A statement of its own after `close`: only then has every save been seen."""
    table = m.table(m.attempt)
    this = table.c.id == bindparam("_attempt", type_=ID)
    return update(table).where(this, *owned(m, m.attempt)).values(_added_up(m))


def overdue(m: Models[Any], _dialect: str) -> Executable:
    """Select and lock open attempts that take no more answers, without those that somebody else is at."""
    table = m.table(m.attempt)
    return (
        select(table.c.id)
        .where(table.c.open_marker == true(), table.c.accepts_until < _now(), *owned(m, m.attempt))
        .order_by(table.c.accepts_until)
        .limit(LIMIT)
        .with_for_update(skip_locked=True)
    )


def close_all(m: Models[Any], _dialect: str) -> Executable:
    """Finish attempts that are open."""
    table = m.table(m.attempt)
    return update(table).where(*_these(m), table.c.state == _OPEN).values(_finished(m))


def add_up_all(m: Models[Any], _dialect: str) -> Executable:
    """Sum the points of attempts, each by itself."""
    return update(m.table(m.attempt)).where(*_these(m)).values(_added_up(m))


def _these(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    return m.table(m.attempt).c.id.in_(bindparam("_attempts", type_=ID, expanding=True)), *owned(m, m.attempt)


def used(m: Models[Any], _dialect: str) -> Executable:
    """Select how many attempts this taker has used of an assignment, and how many are allowed."""
    table, given, revision = m.table(m.attempt), m.assignment, m.quiz_revision
    return (
        select(
            func.max(table.c.number).label("used"),
            func.coalesce(func.max(given.max_attempts), func.max(revision.max_attempts)).label("allowed"),
        )
        .select_from(table)
        .join(given, given.id == table.c.assignment_id)
        .join(m.quiz, m.quiz.id == table.c.quiz_id)
        .join(revision, and_(revision.quiz_id == m.quiz.id, revision.number == m.quiz.revision))
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c.taker_id == _taker(m),
            table.c.purpose == _REAL,
            *owned(m, m.attempt, given, m.quiz, revision),
        )
    )
