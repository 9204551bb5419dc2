"""The SQL statements for the open attempts that an exception is about.

The attempts are looked up without a lock, because there may be none, and then locked by their ids (decision 0063).
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Select, bindparam, select, true

from quizkit.crud._core.attempt_statements import REAL, update_attempt
from quizkit.crud._core.dialects import for_change, force_index
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud._terms.policy import POLICY
from quizkit.models import Models

_COLUMNS: Final = (
    "id", "assignment_id", "quiz_revision_id", "taker_id", "started_at",
    "due_at", "on_time_until", "accepts_until", "closes_at", "time_up", "exceptions",
)  # fmt: skip

_CHANGED: Final = ("due_at", "on_time_until", "accepts_until", "closes_at", "time_up", "exceptions")


def of_taker(m: Models[Any], _dialect: str) -> Executable:
    """Select the open attempts of one taker in every assignment."""
    return _open(m).where(_this_taker(m))


def of_taker_here(m: Models[Any], _dialect: str) -> Executable:
    """Select the open attempt of one taker in an assignment."""
    return _open(m).where(_here(m), _this_taker(m))


def here(m: Models[Any], _dialect: str) -> Executable:
    """Select the open attempts of everybody in an assignment."""
    return _open(m).where(_here(m))


def lock_these(m: Models[Any], dialect: str) -> Executable:
    """Select attempts that are still open for a change, found by id alone, in the order of their ids."""
    table = m.table(m.attempt)
    these = _open(m).where(table.c.id.in_(bindparam("__attempts", type_=ID, expanding=True)))
    return for_change(force_index(these, table, dialect))


def rules(m: Models[Any], _dialect: str) -> Executable:
    """Select the rules of published revisions, each with the settings of their quiz's assignments."""
    revision, assignment = m.table(m.quiz_revision), m.table(m.assignment)
    window = (assignment.c[name] for name in ("opens_at", "due_at", "closes_at", "settings"))
    return (
        select(
            revision.c.id.label("revision_id"),
            assignment.c.id.label("assignment_id"),
            *(revision.c[name] for name in POLICY),
            *window,
        )
        .join_from(revision, assignment, assignment.c.quiz_id == revision.c.quiz_id)
        .where(
            revision.c.id.in_(bindparam("__revisions", type_=ID, expanding=True)),
            assignment.c.id.in_(bindparam("__assignments", type_=ID, expanding=True)),
            *tenant_filter(m, m.quiz_revision, m.assignment),
        )
    )


def move(m: Models[Any], _dialect: str) -> Executable:
    """Update the ends of one attempt, and the exceptions that it keeps."""
    table = m.table(m.attempt)
    new = {name: bindparam(f"__{name}", type_=table.c[name].type) for name in _CHANGED}
    this = table.c.id == bindparam("__attempt", type_=ID)
    return update_attempt(m).values(new).where(this, *tenant_filter(m, m.attempt))


def _open(m: Models[Any]) -> Select[Any]:
    table = m.table(m.attempt)
    found = select(*(table.c[name] for name in _COLUMNS))
    still = found.where(table.c.purpose == REAL, table.c.open_marker == true(), *tenant_filter(m, m.attempt))
    return still.order_by(table.c.id)


def _here(m: Models[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = m.table(m.attempt).c.assignment_id == bindparam("assignment_id", type_=ID)
    return found


def _this_taker(m: Models[Any]) -> ColumnElement[bool]:
    table = m.table(m.attempt)
    found: ColumnElement[bool] = table.c.taker_id == bindparam("taker_id", type_=table.c.taker_id.type)
    return found
