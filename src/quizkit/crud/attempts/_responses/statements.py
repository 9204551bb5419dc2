"""The SQL statements that read responses and tries."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, SmallInteger, bindparam, select

from quizkit.crud._core.dialects import MARIADB, current_read, force_index
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.models import Models

KEPT = ("response", "sequence", "certainty", "points", "received_at")
"""The columns that preserve a response stored on time when a late one replaces it; the deciding time is last."""


def responses(m: Models[Any], _dialect: str) -> Executable:
    """Select the stored responses of an attempt, without their points."""
    table = m.table(m.attempt_response)
    return select(table.c.slot, table.c.sequence, table.c.response, table.c.certainty).where(*of_attempt(m))


def of_attempt(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a response belongs to the attempt `__attempt`."""
    table = m.table(m.attempt_response)
    return table.c.attempt_id == bindparam("__attempt", type_=ID), *tenant_filter(m, m.attempt_response)


def graded_responses(m: Models[Any], _dialect: str) -> Executable:
    """Select the stored responses of an attempt, with their points."""
    return _graded_responses(m)


def graded_responses_now(m: Models[Any], dialect: str) -> Executable:
    """Select the stored responses of an attempt as they are now, with their points."""
    return current_read(_graded_responses(m), dialect)


_KEPT = tuple(f"kept_{name}" for name in KEPT)


def _graded_responses(m: Models[Any]) -> Select[Any]:
    table = m.table(m.attempt_response)
    names = ("slot", "sequence", "response", "certainty", "effective_points", "received_at", "late_points", *_KEPT)
    return select(*(table.c[name] for name in names)).where(*of_attempt(m))


def response_of_slot(m: Models[Any], dialect: str) -> Executable:
    """Select the stored response of one slot as it is now, with its points."""
    this = m.table(m.attempt_response).c.slot == bindparam("__slot", type_=SmallInteger())
    return current_read(_graded_responses(m).where(this), dialect)


def tries(m: Models[Any], _dialect: str) -> Executable:
    """Select the tries of an attempt, ordered by slot and number."""
    return _tries(m)


def tries_of_slot(m: Models[Any], dialect: str) -> Executable:
    """Select the tries of one slot as they are now; the attempt is locked.

    On MariaDB it selects by number: looking for rows that do not exist would lock the gap into which other takers
    insert.
    """
    table = m.table(m.try_event)
    this = _tries(m).where(table.c.slot == bindparam("__slot", type_=SmallInteger()))
    if dialect not in MARIADB:
        return this
    these = table.c.number.in_(bindparam("__numbers", type_=SmallInteger(), expanding=True))
    return current_read(force_index(this.where(these), table, dialect), dialect)


_TRY = (
    "slot", "number", "action", "tries", "sequence", "response", "certainty", "fraction", "worth", "parts", "received_at",
)  # fmt: skip


def _tries(m: Models[Any]) -> Select[Any]:
    table = m.table(m.try_event)
    this = table.c.attempt_id == bindparam("__attempt", type_=ID)
    return (
        select(*(table.c[name] for name in _TRY))
        .where(this, *tenant_filter(m, m.try_event))
        .order_by(table.c.slot, table.c.number)
    )
