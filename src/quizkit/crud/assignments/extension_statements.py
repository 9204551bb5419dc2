"""The SQL statements for extending the time during an exam.

They lock the assignment first. A start holds a share lock on it until its attempt is stored, so that after the lock
every attempt to extend is visible. The database itself then moves the deadlines, however many there are.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Executable,
    Integer,
    Select,
    Update,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
    update,
)

from quizkit.crud._core.attempt_statements import REAL, update_attempt
from quizkit.crud._core.dialects import MARIADB, current_read, for_change, force_index
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.models import Models, UtcDateTime
from quizkit.rules.times import LAST_MOMENT

ENDS = ("due_at", "on_time_until", "accepts_until", "closes_at")


def lock_assignment(m: Models[Any], dialect: str) -> Executable:
    """Select an assignment for update, and the isolation level."""
    table = m.table(m.assignment)
    level = func.current_setting("transaction_isolation") if dialect == "postgresql" else literal("")
    found = select(table, level.label("level")).where(
        table.c.id == bindparam("id", type_=ID), *tenant_filter(m, m.assignment)
    )
    return for_change(found)


def move_assignment(m: Models[Any], dialect: str) -> Executable:
    """Update the due and closing time of an assignment, if it has one of them."""
    table = m.table(m.assignment)
    this = update(table).where(
        table.c.id == bindparam("__assignment_id", type_=ID),
        or_(table.c.due_at.is_not(None), table.c.closes_at.is_not(None)),
        *tenant_filter(m, m.assignment),
    )
    moved = {name: _later(table.c[name], dialect) for name in ("due_at", "closes_at")}
    return this.values(
        {**moved, "version": table.c.version + 1, "updated_at": bindparam("__now", type_=table.c.updated_at.type)}
    )


def move_attempts(m: Models[Any], dialect: str) -> Executable:
    """Update the deadlines of open attempts in an assignment: of everybody, or of one taker."""
    return _move(m, dialect).where(*_in_assignment(m))


def move_these(m: Models[Any], dialect: str) -> Executable:
    """Update the deadlines of attempts that are still open, found by id alone."""
    table = m.table(m.attempt)
    these = table.c.id.in_(bindparam("__attempts", type_=ID, expanding=True))
    return force_index(_move(m, dialect).where(these, *tenant_filter(m, m.attempt)), table, dialect)


def _move(m: Models[Any], dialect: str) -> Update:
    table = m.table(m.attempt)
    moved = {name: _later(table.c[name], dialect) for name in ENDS}
    return update_attempt(m).values(moved).where(table.c.open_marker == true())


def started(m: Models[Any], dialect: str) -> Executable:
    """Select the ids of the attempts in an assignment as they are now.

    On MariaDB it reads only the index on attempt numbers: this locks entries that nobody changes, and no attempt row.
    """
    table = m.table(m.attempt)
    found = force_index(_of_assignment(m), table, dialect, m.config.name("uq", m.attempt.role, "number"))
    return current_read(found, dialect)


def finished(m: Models[Any], _dialect: str) -> Executable:
    """Select the ids of the attempts in an assignment that are finished; they stay finished."""
    return _of_assignment(m).where(m.table(m.attempt).c.open_marker.is_(None))


def _of_assignment(m: Models[Any]) -> Select[Any]:
    return select(m.table(m.attempt).c.id).where(*_in_assignment(m))


def _in_assignment(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    table = m.table(m.attempt)
    everybody = bindparam("__everybody", type_=Boolean())
    return (
        table.c.assignment_id == bindparam("__assignment_id", type_=ID),
        table.c.purpose == REAL,
        or_(everybody == true(), table.c.taker_id == bindparam("__taker_id", type_=table.c.taker_id.type)),
        *tenant_filter(m, m.attempt),
    )


def _later(end: Any, dialect: str) -> Any:
    """Return a stored time plus `__seconds`, to the microsecond and at most the last valid time; null stays null."""
    moved, last = _moved(end, dialect), literal(LAST_MOMENT, UtcDateTime())
    return case((moved > last, last), else_=moved)


def _moved(end: Any, dialect: str) -> Any:
    seconds = bindparam("__seconds", type_=Integer())
    if dialect == "postgresql":
        return type_coerce(end + seconds * literal_column("interval '1 second'"), UtcDateTime())
    if dialect in MARIADB:
        return func.timestampadd(literal_column("SECOND"), seconds, end, type_=UtcDateTime())
    # SQLite computes milliseconds only, so the fraction of the second is kept as text.
    whole = func.strftime("%Y-%m-%d %H:%M:%S", end, func.printf("+%d seconds", seconds))
    return type_coerce(whole.concat(func.substr(end, 20)), UtcDateTime())
