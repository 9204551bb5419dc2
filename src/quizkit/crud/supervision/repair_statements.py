"""The SQL statements that lock and change attempts for staff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Select, bindparam, func, select, true, update

from quizkit.crud._core.attempt_statements import OPEN, REAL, update_attempt
from quizkit.crud._core.dialects import current_read, for_change, force_index
from quizkit.crud._core.paging import LIMIT
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.models import Models

BEFORE: Final = ("state", "submitted_at", "score", "due_at", "late_seconds", "voided_at")
"""The columns of an attempt that an event keeps as they were."""

_LOCKED: Final = (
    "id", "assignment_id", "taker_id", "token_hash", "number", "started_at", "on_time_until", "accepts_until", "time_up", *BEFORE,
)  # fmt: skip

REOPENED: Final = (
    "state", "open_marker", "submitted_at", "score", "late", "needs_grading", "late_seconds", "current_slot",
    "current_since", "due_at", "on_time_until", "accepts_until",
)  # fmt: skip
"""The columns that opening an attempt again sets."""


def lock_assignment(m: Models[Any], dialect: str) -> Executable:
    """Select an assignment for update: whoever starts an attempt in it waits, and those who have started are known."""
    table = m.table(m.assignment)
    here = table.c.id == bindparam("assignment_id", type_=ID)
    return for_change(force_index(select(table.c.id).where(here, *tenant_filter(m, m.assignment)), table, dialect))


def lock(m: Models[Any], dialect: str) -> Executable:
    """Select an attempt for update; saves and submits wait.

    On PostgreSQL it is an update instead, so that a transaction whose snapshot is older fails (decision 0061).
    """
    table = m.table(m.attempt)
    columns = [table.c[name] for name in _LOCKED]
    if dialect == "postgresql":
        return update_attempt(m).where(*_this(m)).returning(*columns)
    return for_change(force_index(select(*columns).where(*_this(m)), table, dialect))


def _this(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    table = m.table(m.attempt)
    return table.c.id == bindparam("__attempt", type_=ID), table.c.purpose == REAL, *tenant_filter(m, m.attempt)


# ---------------------------------------------------------------------------------------------- changes


def reopen(m: Models[Any], dialect: str) -> Executable:
    """Update an attempt to open."""
    return _set(m, dialect, REOPENED)


def set_voided(m: Models[Any], dialect: str) -> Executable:
    """Update when an attempt was voided; null: it is not."""
    return _set(m, dialect, ["voided_at"])


def set_lateness(m: Models[Any], dialect: str) -> Executable:
    """Update how late an attempt counts as; null: by the clock."""
    return _set(m, dialect, ["late_seconds"])


def _set(m: Models[Any], dialect: str, names: Iterable[str]) -> Executable:
    table = m.table(m.attempt)
    new = {name: bindparam(f"__{name}", type_=table.c[name].type) for name in names}
    return force_index(update(table).where(*_this(m)).values(new), table, dialect)


def newest(m: Models[Any], dialect: str) -> Executable:
    """Select the id and the number of a taker's newest attempt in an assignment as it is now; at least one exists.

    On MariaDB it reads only the index on attempt numbers, and locks no attempt.
    """
    table = m.table(m.attempt)
    found = (
        select(table.c.id, table.c.number)
        .where(*_in_assignment(m), table.c[m.taker_column] == bindparam("__taker", type_=table.c[m.taker_column].type))
        .order_by(table.c.number.desc())
        .limit(1)
    )
    key = m.config.name("uq", m.attempt.role, "token_number" if m.is_anonymous else "number")
    return current_read(force_index(found, table, dialect, key), dialect)


# ---------------------------------------------------------------------------------------------- everybody


def lock_open(m: Models[Any], dialect: str) -> Executable:
    """Select open attempts in an assignment for update, in the order of their ids."""
    table = m.table(m.attempt)
    found = _locked(m).where(*_in_assignment(m), table.c.open_marker == true())
    by_assignment = force_index(found, table, dialect, m.config.name("uq", m.attempt.role, "open"))
    return for_change(by_assignment.order_by(table.c.id).limit(LIMIT))


def lock_these(m: Models[Any], dialect: str) -> Executable:
    """Select those of some attempts that are open for update."""
    table = m.table(m.attempt)
    these = table.c.id.in_(bindparam("__attempts", type_=ID, expanding=True))
    found = _locked(m).where(these, table.c.state == OPEN, *tenant_filter(m, m.attempt))
    return for_change(force_index(found, table, dialect))


def _locked(m: Models[Any]) -> Select[Any]:
    table = m.table(m.attempt)
    return select(table.c.quiz_id, *(table.c[name] for name in _LOCKED))


def count_open(m: Models[Any], _dialect: str) -> Executable:
    """Select how many attempts in an assignment are open."""
    table = m.table(m.attempt)
    return select(func.count()).select_from(table).where(*_in_assignment(m), table.c.open_marker == true())


def started(m: Models[Any], dialect: str) -> Executable:
    """Select the ids of the attempts in an assignment as they are now.

    For MariaDB: it reads only the index on attempt numbers, whose entries nobody changes, and locks no attempt.
    """
    table = m.table(m.attempt)
    found = select(table.c.id).where(*_in_assignment(m))
    return current_read(force_index(found, table, dialect, m.config.name("uq", m.attempt.role, "number")), dialect)


def finished(m: Models[Any], _dialect: str) -> Executable:
    """Select the ids of the attempts in an assignment that are finished."""
    table = m.table(m.attempt)
    return select(table.c.id).where(*_in_assignment(m), table.c.open_marker.is_(None))


def _in_assignment(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    table = m.table(m.attempt)
    here = table.c.assignment_id == bindparam("assignment_id", type_=ID)
    return here, table.c.purpose == REAL, *tenant_filter(m, m.attempt)
