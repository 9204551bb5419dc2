"""What is said to the database when attempts are finished: by their takers, or because their time is over."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    null,
    select,
    true,
    update,
)

from quizkit.crud._attempt_rows import OPEN, is_mine, present
from quizkit.crud._pages import LIMIT, MOST
from quizkit.crud._tables import ID, MARIADB, owned, through
from quizkit.models import ExactPoints, Models
from quizkit.vocabulary import AttemptState, TimeUp


def _finished(m: Models[Any]) -> list[tuple[Any, Any]]:
    """Return what closing sets, in this order: MariaDB lets later ones see earlier ones.

    The same rule as `rules.timing.finished_at`: finished when its time was up if nobody closed it in time, or when
    the time for late answers was, if there were any; else now, and never before the start.
    """
    table = m.table(m.attempt)
    over, came_late = table.c.accepts_until < present(), _came_late(m)
    at = case(
        (and_(over, came_late), table.c.accepts_until),
        (over, table.c.due_at),
        (table.c.started_at > present(), table.c.started_at),
        else_=present(),
    )
    late = case((over, came_late), (table.c.on_time_until < present(), true()), else_=false())
    left = and_(over, table.c.time_up == TimeUp.ABANDON.value)
    state = case((left, literal(AttemptState.ABANDONED.value)), else_=literal(AttemptState.SUBMITTED.value))
    return [
        (table.c.submitted_at, at),
        (table.c.late, late),
        (table.c.open_marker, null()),
        (table.c.state, state),
    ]


def _came_late(m: Models[Any]) -> Any:
    table, response = m.table(m.attempt), m.table(m.attempt_response)
    return exists().where(
        response.c.attempt_id == table.c.id,
        response.c.received_at > table.c.on_time_until,
        *owned(m, m.attempt_response),
    )


def _added_up(m: Models[Any]) -> dict[str, Any]:
    """Return what adding up sets: the sum of the points that count, and whether a person must still look."""
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    here = (
        response.c.attempt_id == attempt.c.id,
        response.c.counts == true(),
        *owned(m, m.attempt_response),
    )
    nothing = literal(0, ExactPoints(16))
    points = func.coalesce(func.sum(response.c.effective_points, type_=ExactPoints(16)), nothing, type_=ExactPoints(16))
    return {
        "score": select(points).where(*here).scalar_subquery(),
        "needs_grading": exists().where(*here, response.c.effective_points.is_(None)),
    }


def close(m: Models[Any], dialect: str) -> Executable:
    """Finish an attempt that is open: the one statement that decides which of two submits it was."""
    table = m.table(m.attempt)
    done = update(table).where(is_mine(m), table.c.state == OPEN).ordered_values(*_finished(m))
    return through(done, table, dialect)


def finished_at(m: Models[Any], _dialect: str) -> Executable:
    """Select when an open attempt whose time is over will have been finished, by the rule that `close` has."""
    table = m.table(m.attempt)
    return select(case((_came_late(m), table.c.accepts_until), else_=table.c.due_at)).where(is_mine(m))


def add_up(m: Models[Any], _dialect: str) -> Executable:
    """Sum the points of an attempt. A statement of its own after `close`: only then has every save been seen."""
    table = m.table(m.attempt)
    this = table.c.id == bindparam("_attempt", type_=ID)
    return update(table).where(this, *owned(m, m.attempt)).values(_added_up(m))


def overdue(m: Models[Any], dialect: str) -> Executable:
    """Select and lock open attempts that take no more answers, without those that somebody else is at.

    On MariaDB they are looked for without a lock and then locked by their ids: a locking read of the index that finds
    them would also lock its gaps, and everybody who starts an attempt would wait for it, or deadlock with it.
    """
    table = m.table(m.attempt)
    over = and_(table.c.open_marker == true(), table.c.accepts_until < present(), *owned(m, m.attempt))
    found = select(table.c.id).where(over).order_by(table.c.accepts_until)
    if dialect in MARIADB:
        # More than one worker takes, since others are at the first ones.
        due = found.limit(5 * MOST).subquery("due")
        found = (
            select(table.c.id)
            .select_from(due)
            .join(table, table.c.id == due.c.id)
            .where(over)
            .prefix_with("STRAIGHT_JOIN")
        )
        found = through(found, table, dialect)
    return found.limit(LIMIT).with_for_update(skip_locked=True)


def close_all(m: Models[Any], dialect: str) -> Executable:
    """Finish attempts that are open."""
    table = m.table(m.attempt)
    done = update(table).where(*_these(m), table.c.state == OPEN).ordered_values(*_finished(m))
    return through(done, table, dialect)


def add_up_all(m: Models[Any], dialect: str) -> Executable:
    """Sum the points of attempts, each by itself."""
    table = m.table(m.attempt)
    return through(update(table).where(*_these(m)).values(_added_up(m)), table, dialect)


def _these(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    return m.table(m.attempt).c.id.in_(bindparam("_attempts", type_=ID, expanding=True)), *owned(m, m.attempt)
