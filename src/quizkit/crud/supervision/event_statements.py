"""The SQL statements for the events that record what staff do with attempts."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, bindparam, select

from quizkit.crud._core.dialects import current_read
from quizkit.crud._core.paging import in_id_order
from quizkit.crud._core.tables import ID, insert_into, tenant_filter
from quizkit.models import Models


def insert_event(m: Models[Any], _dialect: str) -> Executable:
    """Insert an event."""
    return insert_into(m, m.attempt_event)


def event(m: Models[Any], _dialect: str) -> Executable:
    """Select an event."""
    return _this_event(m)


def event_now(m: Models[Any], dialect: str) -> Executable:
    """Select an event as it is now, not as an older snapshot has it."""
    return current_read(_this_event(m), dialect)


def _this_event(m: Models[Any]) -> Select[Any]:
    table = m.table(m.attempt_event)
    return select(table).where(table.c.id == bindparam("id", type_=ID), *tenant_filter(m, m.attempt_event))


def events(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of events."""
    table = m.table(m.attempt_event)
    return in_id_order(select(table).where(*tenant_filter(m, m.attempt_event)), table)


def chosen(m: Models[Any], attempt_id: uuid.UUID | None, assignment_id: uuid.UUID | None) -> list[ColumnElement[bool]]:
    """Return the conditions that events are about an attempt, or attempts in an assignment; None means any."""
    table, attempt = m.table(m.attempt_event), m.table(m.attempt)
    found: list[ColumnElement[bool]] = [] if attempt_id is None else [table.c.attempt_id == attempt_id]
    if assignment_id is None:
        return found
    here = select(attempt.c.id).where(attempt.c.assignment_id == assignment_id, *tenant_filter(m, m.attempt))
    return [*found, table.c.attempt_id.in_(here)]
