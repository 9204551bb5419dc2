"""Read quizzes."""

from __future__ import annotations

import uuid

from quizkit.crud._core import paging
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Where
from quizkit.crud.quizzes import statements
from quizkit.errors import NotFound
from quizkit.schemas import Page, QuizReturn

__all__ = ["get", "page"]


def get(work: Work[S], quiz_id: uuid.UUID) -> QuizReturn:
    """Return a quiz.

    Raises:
        NotFound: `quiz_not_found`.
    """
    row = work.first(statements.quiz, {"id": quiz_id})
    if row is None:
        raise NotFound("quiz_not_found", "There is no such quiz")
    return QuizReturn.model_validate(row)


def page(work: Work[S], *, where: Where, after: uuid.UUID | None, limit: int) -> Page[QuizReturn]:
    """Return a page of quizzes."""
    build, to_item = statements.quizzes_after, QuizReturn.model_validate
    return paging.page(work, build, work.models.quiz, to_item, where=where, after=after, limit=limit)
