"""The SQL statements for the grades of an assignment."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, case, func, or_, select

from quizkit.crud._core.paging import AFTER, LIMIT, in_id_order
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud._grades.statements import GRADE
from quizkit.models import ExactPoints, Models
from quizkit.schemas import QuizGradeReturn
from quizkit.vocabulary import AttemptPurpose

RETURNED: Final = tuple(QuizGradeReturn.model_fields)
"""The columns of a grade that are shown."""


def _in_assignment(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a grade belongs to an assignment and to at least one attempt."""
    table = m.table(m.quiz_grade)
    return (
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c.attempts >= 1,
        *tenant_filter(m, m.quiz_grade),
    )


def _of_assignment(m: Models[Any]) -> Select[Any]:
    table = m.table(m.quiz_grade)
    return select(*(table.c[name] for name in RETURNED)).where(*_in_assignment(m))


def _this_grade() -> Any:
    return bindparam("__grade", type_=ExactPoints(16))


# ---------------------------------------------------------------------------------------------- lists


def grades(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of an assignment's grades in id order."""
    return in_id_order(_of_assignment(m), m.table(m.quiz_grade))


def best(m: Models[Any], _dialect: str) -> Executable:
    """Select the best grades of an assignment; equal grades in id order."""
    table = m.table(m.quiz_grade)
    known = _of_assignment(m).where(table.c.grade.is_not(None))
    return known.order_by(table.c.grade.desc(), table.c.id).limit(LIMIT)


def best_after(m: Models[Any], _dialect: str) -> Executable:
    """Select the grades after a given one: lower, or equal with a greater id."""
    table = m.table(m.quiz_grade)
    grade = _this_grade()
    lower = _of_assignment(m).where(table.c.grade <= grade, or_(table.c.grade < grade, table.c.id > AFTER))
    return lower.order_by(table.c.grade.desc(), table.c.id).limit(LIMIT)


def grade(m: Models[Any], _dialect: str) -> Executable:
    """Select a grade of an assignment."""
    return _of_assignment(m).where(m.table(m.quiz_grade).c.id == bindparam("id", type_=ID))


def counts_before(m: Models[Any], _dialect: str) -> Executable:
    """Select the number of grades above a given one, and the number before it in the list."""
    table = m.table(m.quiz_grade)
    grade = _this_grade()
    earlier = or_(table.c.grade > grade, and_(table.c.grade == grade, table.c.id < bindparam("id", type_=ID)))
    above = func.count(case((table.c.grade > grade, table.c.id)))
    counts = select(above.label("above"), func.count().label("earlier"))
    return counts.select_from(table).where(*_in_assignment(m), earlier)


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
        attempt.c.taker_id.is_not(None),
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
        grade.c.taker_id == attempt.c.taker_id,
        *tenant_filter(m, m.quiz_grade),
    )
    found = select(attempt.c.id, attempt.c.quiz_id, attempt.c.taker_id, *(grade.c[name] for name in GRADE))
    return found.select_from(attempt).outerjoin(grade, here)
