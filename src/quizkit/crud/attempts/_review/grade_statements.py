"""The SQL statements for the grade of a taker, as the taker sees it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable, bindparam, select

from quizkit.crud._core.attempt_statements import OPEN, REAL
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud._grades.statements import GRADE
from quizkit.crud.attempts._facts.statements import attempt_rows, this_taker
from quizkit.models import Models


def finished_of(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's finished attempts at an assignment that are not voided."""
    table = m.table(m.attempt)
    found: Executable = (
        attempt_rows(m)
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c[m.taker_column] == this_taker(m),
            table.c.purpose == REAL,
            table.c.state != OPEN,
            table.c.voided_at.is_(None),
        )
        .order_by(table.c.number)
    )
    return found


def grade_of(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's grade in an assignment."""
    table = m.table(m.quiz_grade)
    return select(*(table.c[name] for name in GRADE)).where(
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c[m.taker_column] == this_taker(m),
        table.c.attempts >= 1,
        *tenant_filter(m, m.quiz_grade),
    )
