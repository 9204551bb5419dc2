"""The SQL statements for attempts as staff see them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, func, or_, select, true

from quizkit.crud._core.attempt_statements import OPEN, REAL
from quizkit.crud._core.dialects import current_read, force_index
from quizkit.crud._core.paging import in_id_order
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud.attempts._facts.statements import attempt_rows
from quizkit.models import Models, UtcDateTime
from quizkit.vocabulary import AttemptState


def _attempts(m: Models[Any]) -> Select[Any]:
    """Select attempts that are no previews, with their progress."""
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    here = response.c.attempt_id == attempt.c.id, *tenant_filter(m, m.attempt_response)
    answered = select(func.count()).select_from(response).where(*here, response.c.answered == true())
    last = select(func.max(response.c.received_at, type_=UtcDateTime())).where(*here)
    found: Select[Any] = attempt_rows(m).add_columns(
        answered.scalar_subquery().label("answered"), last.scalar_subquery().label("last_response_at")
    )
    return found.where(attempt.c.purpose == REAL)


def attempts(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of attempts."""
    return in_id_order(_attempts(m), m.table(m.attempt))


def attempt(m: Models[Any], _dialect: str) -> Executable:
    """Select an attempt, whoever its taker is."""
    return _this_attempt(m)


def attempt_now(m: Models[Any], dialect: str) -> Executable:
    """Select an attempt as it is now, not as an older snapshot has it."""
    return current_read(force_index(_this_attempt(m), m.table(m.attempt), dialect), dialect)


def _this_attempt(m: Models[Any]) -> Select[Any]:
    return _attempts(m).where(m.table(m.attempt).c.id == bindparam("__attempt", type_=ID))


def chosen(
    m: Models[Any], taker: Any, quiz_id: uuid.UUID | None, assignment_id: uuid.UUID | None
) -> list[ColumnElement[bool]]:
    """Return the conditions that attempts are of a taker, at a quiz and in an assignment; None means any."""
    table = m.table(m.attempt)
    given = {"taker_id": taker, "quiz_id": quiz_id, "assignment_id": assignment_id}
    return [table.c[name] == value for name, value in given.items() if value is not None]


def in_state(m: Models[Any], state: AttemptState | None, now: datetime) -> list[ColumnElement[bool]]:
    """Return the condition that attempts are in a state now: `rules.timing.state_at` as SQL; None means any."""
    table = m.table(m.attempt)
    if state is None:
        return []
    if state not in {AttemptState.OPEN, AttemptState.OVERDUE}:
        return [table.c.state == state.value]
    in_time = or_(table.c.accepts_until.is_(None), table.c.accepts_until >= now)
    return [and_(table.c.state == OPEN, in_time if state is AttemptState.OPEN else table.c.accepts_until < now)]
