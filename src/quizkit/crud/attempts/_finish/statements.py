"""The SQL statements for finishing attempts: by their takers, or because they are overdue."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    select,
    true,
    update,
)

from quizkit.crud._core.attempt_statements import OPEN
from quizkit.crud._core.dialects import MARIADB, for_change, force_index
from quizkit.crud._core.paging import LIMIT, MAX_ITEMS
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud.attempts._facts.statements import is_mine, present
from quizkit.crud.attempts._finish.lateness_statements import counts_late, known_points, unknown_points
from quizkit.crud.attempts._finish.timing_statements import closed_at, finished_at, is_over, is_submittable, overdue_at
from quizkit.models import ExactPoints, Models
from quizkit.vocabulary import AttemptState, TimeUp


def _finished(m: Models[Any]) -> dict[str, Any]:
    """Return the values that closing sets. It reads no responses: only the next statement sees those it waited for."""
    table = m.table(m.attempt)
    left = and_(is_over(m), table.c.time_up == TimeUp.ABANDON.value)
    state = case((left, literal(AttemptState.ABANDONED.value)), else_=literal(AttemptState.SUBMITTED.value))
    return {"submitted_at": closed_at(m), "open_marker": null(), "state": state, "changes": table.c.changes + 1}


def _added_up(m: Models[Any]) -> list[tuple[Any, Any]]:
    """Return the values that adding up sets, in this order, from responses that can no longer change.

    It sets the time of finishing (if an overdue attempt has late responses, the end of the late period), the sum of the
    points that count, whether manual grading is needed, and whether something that counts is late.
    """
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    here = (
        response.c.attempt_id == attempt.c.id,
        response.c.counts == true(),
        *tenant_filter(m, m.attempt_response),
    )
    nothing = literal(0, ExactPoints(16))
    points = func.coalesce(func.sum(known_points(m), type_=ExactPoints(16)), nothing, type_=ExactPoints(16))
    return [
        (attempt.c.submitted_at, finished_at(m, attempt.c.submitted_at)),
        (attempt.c.late, exists().where(*here, counts_late(m))),
        (attempt.c.score, select(points).where(*here).scalar_subquery()),
        (attempt.c.needs_grading, exists().where(*here, unknown_points(m))),
    ]


def close(m: Models[Any], dialect: str) -> Executable:
    """Update an open attempt that may be submitted now to finished. Of two concurrent submits, only one finishes it."""
    return force_index(_close(m).where(is_submittable(m)), m.table(m.attempt), dialect)


def close_overdue(m: Models[Any], dialect: str) -> Executable:
    """Update an attempt to finished if it is overdue: it may have been extended since that was determined."""
    table = m.table(m.attempt)
    return force_index(_close(m).where(table.c.accepts_until < present()), table, dialect)


def _close(m: Models[Any]) -> Update:
    table = m.table(m.attempt)
    return update(table).where(is_mine(m), table.c.state == OPEN).values(_finished(m))


def will_finish(m: Models[Any], _dialect: str) -> Executable:
    """Select what finishing an open, overdue attempt will store: its state, when, its score, and what needs grading."""
    added_up = {column.name: value for column, value in _added_up(m)}
    return select(
        _finished(m)["state"].label("state"),
        finished_at(m, overdue_at(m)).label("submitted_at"),
        added_up["score"].label("score"),
        added_up["needs_grading"].label("needs_grading"),
    ).where(is_mine(m))


def add_up(m: Models[Any], _dialect: str) -> Executable:
    """Update the score of an attempt. A separate statement after `close`, because only then it sees every save."""
    table = m.table(m.attempt)
    this = table.c.id == bindparam("__attempt", type_=ID)
    return update(table).where(this, *tenant_filter(m, m.attempt)).ordered_values(*_added_up(m))


def overdue(m: Models[Any], dialect: str) -> Executable:
    """Select overdue open attempts for update, skipping those that another worker has locked.

    On MariaDB they are found without a lock and then locked by id: a locking read of the index by which they are found
    would also lock its gaps, and everybody who starts an attempt would wait for it, or deadlock with it.
    """
    table = m.table(m.attempt)
    over = and_(table.c.open_marker == true(), table.c.accepts_until < present(), *tenant_filter(m, m.attempt))
    columns = [table.c[name] for name in ("id", "quiz_id", "assignment_id", "taker_id", "time_up")]
    found = select(*columns).where(over).order_by(table.c.accepts_until)
    if dialect in MARIADB:
        # More than one worker needs, since other workers may have locked the first ones.
        due = found.with_only_columns(table.c.id).limit(5 * MAX_ITEMS).subquery("due")
        found = (
            select(*columns)
            .select_from(due)
            .join(table, table.c.id == due.c.id)
            .where(over)
            .prefix_with("STRAIGHT_JOIN")
        )
        found = force_index(found, table, dialect)
    return for_change(found.limit(LIMIT), skip_locked=True)


def close_all(m: Models[Any], dialect: str) -> Executable:
    """Update open attempts to finished."""
    table = m.table(m.attempt)
    done = update(table).where(*_these(m), table.c.state == OPEN).values(_finished(m))
    return force_index(done, table, dialect)


def add_up_all(m: Models[Any], dialect: str) -> Executable:
    """Update the scores of attempts."""
    table = m.table(m.attempt)
    return force_index(update(table).where(*_these(m)).ordered_values(*_added_up(m)), table, dialect)


def score_again(m: Models[Any], dialect: str) -> Executable:
    """Update the scores of finished attempts, and not when they were finished."""
    table = m.table(m.attempt)
    again = update(table).where(*_these(m)).ordered_values(*_added_up(m)[1:])
    return force_index(again, table, dialect)


def _these(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    return m.table(m.attempt).c.id.in_(bindparam("__attempts", type_=ID, expanding=True)), *tenant_filter(m, m.attempt)
