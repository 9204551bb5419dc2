"""Read quizzes."""

from __future__ import annotations

import uuid

from quizkit.crud._core import paging
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Columns, Where, host_columns, with_host_columns
from quizkit.crud.quizzes import statements
from quizkit.errors import NotFound
from quizkit.schemas import Page, QuizReturn

__all__ = ["get", "page"]


def get(work: Work[S], quiz_id: uuid.UUID, columns: Columns = ()) -> QuizReturn[S]:
    """Return a quiz.

    Raises:
        NotFound: `quiz_not_found`.
    """
    row = work.first(statements.quiz, {"id": quiz_id}, host_columns(work.models.quiz, columns))
    if row is None:
        raise NotFound("quiz_not_found", "There is no such quiz")
    return with_host_columns(QuizReturn.model_validate(row), row, columns)


def page(work: Work[S], *, where: Where, after: uuid.UUID | None, limit: int, columns: Columns) -> Page[QuizReturn[S]]:
    """Return a page of quizzes."""
    build, model, to_item = statements.quizzes_after, work.models.quiz, QuizReturn.model_validate
    return paging.page(work, build, model, to_item, where=where, after=after, limit=limit, columns=columns)
