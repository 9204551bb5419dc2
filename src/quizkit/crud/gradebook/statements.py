"""The SQL statements for the grades of an assignment."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, literal, or_, select

from quizkit.crud._core.paging import AFTER, LIMIT, in_id_order
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud._grades.statements import GRADE
from quizkit.models import Models
from quizkit.schemas import QuizGradeReturn
from quizkit.vocabulary import AttemptPurpose

RETURNED: Final = tuple(QuizGradeReturn.model_fields)
"""The columns of a grade that are shown."""


def in_assignment(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a grade belongs to an assignment and to at least one attempt."""
    table = m.table(m.quiz_grade)
    return (
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c.attempts >= 1,
        *tenant_filter(m, m.quiz_grade),
    )


def of_assignment(m: Models[Any]) -> Select[Any]:
    """Return a select of the grades of an assignment."""
    table = m.table(m.quiz_grade)
    return select(*(table.c[name] for name in RETURNED)).where(*in_assignment(m))


# ---------------------------------------------------------------------------------------------- lists


def grades(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of an assignment's grades in id order."""
    return in_id_order(of_assignment(m), m.table(m.quiz_grade))


def grades_of_takers(m: Models[Any]) -> Select[Any]:
    """Return a select of the grades of some takers in an assignment, also of those whose attempts do not count yet."""
    taker = m.table(m.quiz_grade).c.taker_id
    return _started(m).where(taker.in_(bindparam("__takers", type_=taker.type, expanding=True)))


def grade_of_taker(m: Models[Any], taker: Any, position: int) -> Select[Any]:
    """Return such a select of the grade of one taker, under a number."""
    of_taker = _started(m).where(m.table(m.quiz_grade).c.taker_id == taker)
    return of_taker.add_columns(literal(position).label("position"))


def _started(m: Models[Any]) -> Select[Any]:
    table = m.table(m.quiz_grade)
    return select(*(table.c[name] for name in RETURNED)).where(
        table.c.assignment_id == bindparam("assignment_id", type_=ID), *tenant_filter(m, m.quiz_grade)
    )


# ---------------------------------------------------------------------------------------------- recomputing


def lock_assignment(m: Models[Any], _dialect: str) -> Executable:
    """Select an assignment with a share lock, like every verb that creates a grade in it."""
    table = m.table(m.assignment)
    found = select(table.c.id).where(
        table.c.id == bindparam("assignment_id", type_=ID), *tenant_filter(m, m.assignment)
    )
    return found.with_for_update(read=True)


def takers(m: Models[Any], _dialect: str) -> Executable:
    """Select the takers with attempts in an assignment and their current grades, by the id of their first attempt."""
    attempt = m.table(m.attempt)
    first = _with_grades(m).where(
        attempt.c.assignment_id == bindparam("assignment_id", type_=ID),
        attempt.c.number == bindparam("__first", 1),
        attempt.c.purpose == AttemptPurpose.REAL.value,
        or_(attempt.c.taker_id.is_not(None), attempt.c.token_hash.is_not(None)),
        attempt.c.id > AFTER,
        *tenant_filter(m, m.attempt),
    )
    return first.order_by(attempt.c.id).limit(LIMIT)


def grades_of_attempts(m: Models[Any], _dialect: str) -> Executable:
    """Select the grades that some attempts belong to, by the id of the attempt."""
    these = bindparam("__attempts", type_=ID, expanding=True)
    return _with_grades(m).where(m.table(m.attempt).c.id.in_(these), *tenant_filter(m, m.attempt))


def _with_grades(m: Models[Any]) -> Select[Any]:
    # The database compares the ids of takers: two spellings may be one id for it.
    attempt, grade = m.table(m.attempt), m.table(m.quiz_grade)
    here = and_(
        grade.c.assignment_id == attempt.c.assignment_id,
        or_(grade.c.taker_id == attempt.c.taker_id, grade.c.token_hash == attempt.c.token_hash),
        *tenant_filter(m, m.quiz_grade),
    )
    whose = (attempt.c[name] for name in ("taker_id", "token_hash", "pseudonym"))
    found = select(attempt.c.id, attempt.c.quiz_id, *whose, *(grade.c[name] for name in GRADE))
    return found.select_from(attempt).outerjoin(grade, here)
