"""The SQL statements for assignments and their access events."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, bindparam, select

from quizkit.crud._core.dialects import current_read, for_change, force_index
from quizkit.crud._core.paging import in_id_order
from quizkit.crud._core.tables import ID, insert_into, tenant_filter
from quizkit.models import Models
from quizkit.vocabulary import AccessKind


def _assignments(m: Models[Any]) -> Select[Any]:
    return select(m.table(m.assignment)).where(*tenant_filter(m, m.assignment))


def _this_assignment(m: Models[Any]) -> Select[Any]:
    return _assignments(m).where(m.table(m.assignment).c.id == bindparam("id", type_=ID))


def insert_assignment(m: Models[Any], _dialect: str) -> Executable:
    """Insert an assignment."""
    return insert_into(m, m.assignment)


def assignment(m: Models[Any], _dialect: str) -> Executable:
    """Select an assignment."""
    return _this_assignment(m)


def assignment_now(m: Models[Any], dialect: str) -> Executable:
    """Select an assignment as it is now, not as an older snapshot has it."""
    return current_read(_this_assignment(m), dialect)


def lock_assignment(m: Models[Any], dialect: str) -> Executable:
    """Select an assignment for update."""
    return for_change(force_index(_this_assignment(m), m.table(m.assignment), dialect))


def assignments(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of assignments."""
    return in_id_order(_assignments(m), m.table(m.assignment))


def of_quiz_in_context(m: Models[Any], quiz_id: uuid.UUID | None, context: str | None) -> list[ColumnElement[bool]]:
    """Return the conditions that assignments belong to a quiz and a context; None means any."""
    table = m.table(m.assignment)
    found: list[ColumnElement[bool]] = [] if quiz_id is None else [table.c.quiz_id == quiz_id]
    return found if context is None else [*found, table.c.context == context]


def quiz_state(m: Models[Any], _dialect: str) -> Executable:
    """Select the state of a quiz."""
    return select(m.quiz.id, m.quiz.state).where(m.quiz.id == bindparam("id", type_=ID), *tenant_filter(m, m.quiz))


# ---------------------------------------------------------------------------------------------- access events


def insert_event(m: Models[Any], _dialect: str) -> Executable:
    """Insert an access event."""
    return insert_into(m, m.access_event)


def event(m: Models[Any], _dialect: str) -> Executable:
    """Select an access event."""
    return _this_event(m)


def event_now(m: Models[Any], dialect: str) -> Executable:
    """Select an access event as it is now, not as an older snapshot has it."""
    return current_read(_this_event(m), dialect)


def _this_event(m: Models[Any]) -> Select[Any]:
    table = m.table(m.access_event)
    return select(table).where(table.c.id == bindparam("id", type_=ID), *tenant_filter(m, m.access_event))


def events(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of access events."""
    table = m.table(m.access_event)
    return in_id_order(select(table).where(*tenant_filter(m, m.access_event)), table)


def overrides(m: Models[Any], _dialect: str) -> Executable:
    """Select the overrides in an assignment, in order."""
    table = m.table(m.access_event)
    here = table.c.assignment_id == bindparam("assignment_id", type_=ID)
    found = select(table.c.id, table.c.taker_id, table.c.group_name, table.c.settings)
    only = found.where(here, table.c.kind == AccessKind.OVERRIDE.value, *tenant_filter(m, m.access_event))
    return only.order_by(table.c.id)


def in_assignment_of_taker(m: Models[Any], assignment_id: uuid.UUID | None, taker: Any) -> list[ColumnElement[bool]]:
    """Return the conditions that access events are in an assignment and for a taker; None means any."""
    table = m.table(m.access_event)
    found: list[ColumnElement[bool]] = [] if assignment_id is None else [table.c.assignment_id == assignment_id]
    return found if taker is None else [*found, table.c.taker_id == taker]


def newest_for_taker(m: Models[Any], _dialect: str) -> Executable:
    """Select the id of the newest exception for a taker in an assignment."""
    table = m.table(m.access_event)
    return _newest(m, [_for_taker(m), table.c.assignment_id == bindparam("assignment_id", type_=ID)])


def newest_for_person(m: Models[Any], _dialect: str) -> Executable:
    """Select the id of the newest exception for a taker in every assignment."""
    return _newest(m, [_for_taker(m), m.table(m.access_event).c.assignment_id.is_(None)])


def newest_for_group(m: Models[Any], _dialect: str) -> Executable:
    """Select the id of the newest exception for a group in an assignment."""
    table = m.table(m.access_event)
    group = table.c.group_name == bindparam("group_name", type_=table.c.group_name.type)
    here = table.c.assignment_id == bindparam("assignment_id", type_=ID)
    return _newest(m, [group, table.c.taker_id.is_(None), here])


def _newest(m: Models[Any], where: Iterable[ColumnElement[bool]]) -> Select[Any]:
    """Select the newest id of a kind.

    Without a lock: on MariaDB two callers would lock the same gap, into which both then insert.
    """
    table = m.table(m.access_event)
    kind = table.c.kind == bindparam("kind", type_=table.c.kind.type)
    found = select(table.c.id).where(*where, kind, *tenant_filter(m, m.access_event))
    return found.order_by(table.c.id.desc()).limit(1)


def _for_taker(m: Models[Any]) -> ColumnElement[bool]:
    table = m.table(m.access_event)
    found: ColumnElement[bool] = table.c.taker_id == bindparam("taker_id", type_=table.c.taker_id.type)
    return found
