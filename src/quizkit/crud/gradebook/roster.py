"""The grades of takers whom the host names, also of those who never started."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import union_all

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Columns, host_columns, with_host_columns
from quizkit.crud.gradebook import statements
from quizkit.models._types import BY_CODE_POINT
from quizkit.schemas import QuizGradeReturn, RosterEntry

__all__ = ["roster"]


def roster(
    work: Work[S], assignment_id: uuid.UUID, takers: Sequence[S], columns: Columns
) -> tuple[RosterEntry[S], ...]:
    """Return an entry for each taker, in the order of the takers."""
    if not takers:
        return ()
    named = list(dict.fromkeys(takers))
    more = host_columns(work.models.quiz_grade, columns)
    of = {"assignment_id": assignment_id}
    if _have_spellings(work, named):
        each = [statements.grade_of_taker(work.models, taker, at).add_columns(*more) for at, taker in enumerate(named)]
        found = {named[row.position]: row for row in work.execute(union_all(*each), of)}
    else:
        these = statements.grades_of_takers(work.models).add_columns(*more)
        found = {row.taker_id: row for row in work.execute(these, {**of, "__takers": named})}
    return tuple(_entry(taker, found.get(taker), columns) for taker in takers)


def _have_spellings(work: Work[S], takers: Sequence[S]) -> bool:
    """Return whether two spellings may be one id for the database: then only it can say whose a grade is."""
    if not any(isinstance(taker, str) for taker in takers):
        return False
    type_ = work.models.table(work.models.quiz_grade).c.taker_id.type
    collation = getattr(type_.dialect_impl(work.dialect), "collation", None)
    return collation != BY_CODE_POINT if work.on_mariadb else collation is not None


def _entry(taker: S, row: Any, columns: Columns) -> RosterEntry[Any]:
    grade: QuizGradeReturn[Any] | None = None
    if row is not None and row.attempts:
        grade = with_host_columns(QuizGradeReturn.model_validate(row), row, columns)
    return RosterEntry(taker_id=taker, started=row is not None, grade=grade)
