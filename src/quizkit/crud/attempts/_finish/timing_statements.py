"""`rules.timing.finished_at` as SQL, in two steps.

Closing an attempt waits for the saves that hold it, and only a statement after it sees their responses.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, or_

from quizkit.crud._core.tables import tenant_filter
from quizkit.crud.attempts._facts.statements import present
from quizkit.crud.attempts._finish.lateness_statements import came_late
from quizkit.models import Models


def is_over(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that an attempt accepts no more responses."""
    over: ColumnElement[bool] = m.table(m.attempt).c.accepts_until < present()
    return over


def is_submittable(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a taker may submit an attempt: `rules.timing.submittable_from` as SQL."""
    table = m.table(m.attempt)
    allowed: ColumnElement[bool] = or_(
        table.c.submittable_at.is_(None), table.c.submittable_at <= present(), table.c.due_at <= present()
    )
    return allowed


def overdue_at(m: Models[Any]) -> ColumnElement[Any]:
    """Return when an overdue attempt is finished, as far as its responses do not matter.

    This also works for damaged rows, so that one attempt cannot block others that are finished with it.
    """
    table = m.table(m.attempt)
    return case((table.c.due_at >= table.c.started_at, table.c.due_at), else_=table.c.started_at)


def closed_at(m: Models[Any]) -> ColumnElement[Any]:
    """Return when an attempt that is closed now is finished, as far as its responses do not matter."""
    started = m.table(m.attempt).c.started_at
    return case((is_over(m), overdue_at(m)), (started > present(), started), else_=present())


def finished_at(m: Models[Any], closed: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return when an attempt is finished: `closed`, or the end of the late period if late responses were received."""
    table, response = m.table(m.attempt), m.table(m.attempt_response)
    some_late = exists().where(
        response.c.attempt_id == table.c.id,
        came_late(m),
        *tenant_filter(m, m.attempt_response),
    )
    over = and_(is_over(m), table.c.accepts_until >= table.c.started_at)
    return case((and_(over, some_late), table.c.accepts_until), else_=closed)
