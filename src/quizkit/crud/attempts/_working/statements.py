"""The SQL statements for locking an attempt that its taker works on, and for its notes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable, bindparam, select, update

from quizkit.crud._core.attempt_statements import update_attempt
from quizkit.crud._core.dialects import for_change, force_index
from quizkit.crud._core.tables import insert_into
from quizkit.crud.attempts._facts.statements import is_mine
from quizkit.models import Models


def lock(m: Models[Any], dialect: str) -> Executable:
    """Select an attempt of this taker for update; saves and submits wait.

    On PostgreSQL it is an update instead. A lock alone does not fail a transaction whose snapshot is older than the
    lock, and that transaction would miss responses stored in the meantime. MariaDB reads locked rows as they are now.
    """
    table = m.table(m.attempt)
    names = (
        "id",
        "checksum",
        "state",
        "started_at",
        "due_at",
        "submittable_at",
        "on_time_until",
        "accepts_until",
        "current_page",
        "current_slot",
        "current_since",
        "opened",
        "notes",
    )
    columns = [table.c[name] for name in names]
    if dialect == "postgresql":
        return update_attempt(m).where(is_mine(m)).returning(*columns)
    this = select(*columns).where(is_mine(m))
    return for_change(force_index(this, table, dialect))


def note(m: Models[Any], dialect: str) -> Executable:
    """Update the notes of a locked attempt."""
    return _note(m, dialect, "notes")


def turn(m: Models[Any], dialect: str) -> Executable:
    """Update the notes, the current page and slot, and when pages were first visited."""
    return _note(m, dialect, "notes", "current_page", "current_slot", "current_since", "opened")


def _note(m: Models[Any], dialect: str, *names: str) -> Executable:
    table = m.table(m.attempt)
    new = {name: bindparam(f"__{name}", type_=table.c[name].type) for name in names}
    return force_index(update(table).where(is_mine(m)).values(new), table, dialect)


def insert_try(m: Models[Any], _dialect: str) -> Executable:
    """Insert a try."""
    return insert_into(m, m.try_event)
