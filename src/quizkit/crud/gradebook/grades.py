"""The grades of an assignment, in the order of their ids."""

from __future__ import annotations

import uuid
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Columns, Where
from quizkit.crud._core.paging import page
from quizkit.crud.gradebook import statements
from quizkit.schemas import Page, QuizGradeReturn

__all__ = ["grades"]


def grades(
    work: Work[S], assignment_id: uuid.UUID, where: Where, after: uuid.UUID | None, limit: int, columns: Columns
) -> Page[QuizGradeReturn[S]]:
    """Return a page of an assignment's grades.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    build, model, to_item = statements.grades, work.models.quiz_grade, _returned
    here = {"assignment_id": "assignment_id"}
    params = {"assignment_id": assignment_id}
    return page(
        work, build, model, to_item, scope=here, where=where, after=after, limit=limit, columns=columns, **params
    )


def _returned(row: Any) -> QuizGradeReturn[Any]:
    return QuizGradeReturn.model_validate(row)
