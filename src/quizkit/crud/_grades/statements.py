"""The SQL statements for the grades of takers."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Executable, Select, bindparam, or_, select, true, update

from quizkit.crud._core.dialects import MARIADB, current_read, force_index, insert_of
from quizkit.crud._core.tables import ID, insert_into, tenant_filter
from quizkit.models import Models, UtcDateTime
from quizkit.rules.grading import AssignmentGrade
from quizkit.vocabulary import AttemptPurpose, AttemptState

GRADE: Final = AssignmentGrade._fields
"""The columns of a grade that are computed from the attempts."""


def number_key(m: Models[Any]) -> str:
    """Return the unique key of the numbers of a taker's attempts, by its purpose."""
    return "token_number" if m.is_anonymous else "number"


def grade_key(m: Models[Any]) -> str:
    """Return the unique key of the grade of a taker, by its purpose."""
    return "token" if m.is_anonymous else "taker"


def takers_of(m: Models[Any], dialect: str) -> Executable:
    """Select the takers and assignments of some attempts, as they are now."""
    table = m.table(m.attempt)
    found = select(table.c.assignment_id, table.c.taker_id, table.c.token_hash).where(
        table.c.id.in_(bindparam("__attempts", type_=ID, expanding=True)),
        table.c.purpose == AttemptPurpose.REAL.value,
        or_(table.c.taker_id.is_not(None), table.c.token_hash.is_not(None)),
        *tenant_filter(m, m.attempt),
    )
    return current_read(force_index(found, table, dialect), dialect)


def finished_attempts(m: Models[Any], dialect: str) -> Executable:
    """Select the finished attempts of some takers in an assignment as they are now, ordered by taker and number."""
    table = m.table(m.attempt)
    names = (
        "id", m.taker_column, "number", "state", "score", "max_score", "needs_grading", "policy", "submitted_at", "due_at",
        "on_time_until", "late_seconds", "voided_at",
    )  # fmt: skip
    found = (
        select(*(table.c[name] for name in names))
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c[m.taker_column].in_(bindparam("__takers", type_=table.c[m.taker_column].type, expanding=True)),
            table.c.purpose == AttemptPurpose.REAL.value,
            table.c.state != AttemptState.OPEN.value,
            *tenant_filter(m, m.attempt),
        )
        .order_by(table.c[m.taker_column], table.c.number)
    )
    return current_read(force_index(found, table, dialect, m.config.name("uq", m.attempt.role, number_key(m))), dialect)


def points_of_responses(m: Models[Any], _dialect: str) -> Executable:
    """Select the points of the responses of some attempts."""
    return _points(m)


def points_now(m: Models[Any], dialect: str) -> Executable:
    """Select the points of the responses of some finished attempts as they are now."""
    return current_read(force_index(_points(m), m.table(m.attempt_response), dialect), dialect)


def _points(m: Models[Any]) -> Select[Any]:
    table = m.table(m.attempt_response)
    names = (
        "attempt_id", "slot", "effective_points", "late_points", "received_at", "kept_points", "kept_received_at",
    )  # fmt: skip
    return select(*(table.c[name] for name in names)).where(
        table.c.attempt_id.in_(bindparam("__attempts", type_=ID, expanding=True)),
        table.c.counts == true(),
        *tenant_filter(m, m.attempt_response),
    )


def insert_grade(m: Models[Any], dialect: str) -> Executable:
    """Insert a grade without a value, unless one exists."""
    table = m.table(m.quiz_grade)
    new: Any = insert_into(m, m.quiz_grade, insert_of(dialect))
    insert: Executable
    if dialect in MARIADB:
        insert = new.on_duplicate_key_update({"attempts": table.c.attempts})  # changes nothing
        return insert
    keys = [table.c[name] for name in m.config.key("assignment_id", m.taker_column)]
    insert = new.on_conflict_do_nothing(index_elements=keys)
    return insert


def lock_grade(m: Models[Any], dialect: str) -> Executable:
    """Update a grade before it is computed: other calls that compute it wait, and detect that it has changed."""
    return _update_grade(m, {}, dialect)


def write_grade(m: Models[Any], dialect: str) -> Executable:
    """Update a grade with computed values; parameters are `__` and the name of the column."""
    table = m.table(m.quiz_grade)
    return _update_grade(m, {name: bindparam(f"__{name}", type_=table.c[name].type) for name in GRADE}, dialect)


def _update_grade(m: Models[Any], new: dict[str, Any], dialect: str) -> Executable:
    table = m.table(m.quiz_grade)
    written = (
        update(table)
        .where(
            table.c.assignment_id == bindparam("__assignment_id", type_=ID),
            table.c[m.taker_column] == bindparam("__taker_id", type_=table.c[m.taker_column].type),
            *tenant_filter(m, m.quiz_grade),
        )
        .values({**new, "updated_at": bindparam("__now", type_=UtcDateTime())})
    )
    return force_index(written, table, dialect, m.config.name("uq", m.quiz_grade.role, grade_key(m)))
