"""What is said to the database when takers are given more time in the middle of an exam.

The assignment is locked first: whoever starts holds it for share until their attempt is there, so that afterwards every
attempt that the extension is for can be seen. Then the ends are moved by the database itself, however many there are.
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

from quizkit.crud._core.dialects import MARIADB, current_read, for_change, force_index
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud.attempts.statements import REAL, written
from quizkit.models import Models, UtcDateTime
from quizkit.rules.windows import LAST_MOMENT

ENDS = ("due_at", "on_time_until", "accepts_until", "closes_at")


def hold_assignment(m: Models[Any], dialect: str) -> Executable:
    """Lock an assignment, and say at which isolation level."""
    table = m.table(m.assignment)
    level = func.current_setting("transaction_isolation") if dialect == "postgresql" else literal("")
    found = select(table, level.label("level")).where(
        table.c.id == bindparam("_assignment", type_=ID), *tenant_filter(m, m.assignment)
    )
    return for_change(found)


def move_assignment(m: Models[Any], dialect: str) -> Executable:
    """Let an assignment be due, and close, later, if it has an end."""
    table = m.table(m.assignment)
    this = update(table).where(
        table.c.id == bindparam("_assignment", type_=ID),
        or_(table.c.due_at.is_not(None), table.c.closes_at.is_not(None)),
        *tenant_filter(m, m.assignment),
    )
    moved = {name: _later(table.c[name], dialect) for name in ("due_at", "closes_at")}
    return this.values(
        {**moved, "version": table.c.version + 1, "updated_at": bindparam("_now", type_=table.c.updated_at.type)}
    )


def move_attempts(m: Models[Any], dialect: str) -> Executable:
    """Let the open attempts of an assignment end later: of everybody, or of one taker."""
    return _move(m, dialect).where(*_in_assignment(m))


def move_these(m: Models[Any], dialect: str) -> Executable:
    """Let attempts end later that are still open, found by their ids alone."""
    table = m.table(m.attempt)
    these = table.c.id.in_(bindparam("_attempts", type_=ID, expanding=True))
    return force_index(_move(m, dialect).where(these, *tenant_filter(m, m.attempt)), table, dialect)


def _move(m: Models[Any], dialect: str) -> Update:
    table = m.table(m.attempt)
    moved = {name: _later(table.c[name], dialect) for name in ENDS}
    return written(m).values(moved).where(table.c.open_marker == true())


def started(m: Models[Any], dialect: str) -> Executable:
    """Select the ids of the attempts of an assignment as they are now.

    On MariaDB from the index of their numbers alone: that locks what nobody changes, and no attempt.
    """
    table = m.table(m.attempt)
    found = force_index(_of_assignment(m), table, dialect, m.config.name("uq", m.attempt.role, "number"))
    return current_read(found, dialect)


def finished(m: Models[Any], _dialect: str) -> Executable:
    """Select the ids of the attempts of an assignment that are known to be finished, which they stay."""
    return _of_assignment(m).where(m.table(m.attempt).c.open_marker.is_(None))


def _of_assignment(m: Models[Any]) -> Select[Any]:
    return select(m.table(m.attempt).c.id).where(*_in_assignment(m))


def _in_assignment(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    table = m.table(m.attempt)
    everybody = bindparam("_everybody", type_=Boolean())
    return (
        table.c.assignment_id == bindparam("_assignment", type_=ID),
        table.c.purpose == REAL,
        or_(everybody == true(), table.c.taker_id == bindparam("_taker", type_=table.c.taker_id.type)),
        *tenant_filter(m, m.attempt),
    )


def _later(end: Any, dialect: str) -> Any:
    """Return a stored moment, later by `_seconds`, to the microsecond, the last one where there is none; null stays null."""
    moved, last = _moved(end, dialect), literal(LAST_MOMENT, UtcDateTime())
    return case((moved > last, last), else_=moved)


def _moved(end: Any, dialect: str) -> Any:
    seconds = bindparam("_seconds", type_=Integer())
    if dialect == "postgresql":
        return type_coerce(end + seconds * literal_column("interval '1 second'"), UtcDateTime())
    if dialect in MARIADB:
        return func.timestampadd(literal_column("SECOND"), seconds, end, type_=UtcDateTime())
    # SQLite counts thousandths only: what is behind the whole seconds stays as it is.
    whole = func.strftime("%Y-%m-%d %H:%M:%S", end, func.printf("+%d seconds", seconds))
    return type_coerce(whole.concat(func.substr(end, 20)), UtcDateTime())
