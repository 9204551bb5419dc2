"""Read quizzes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement

from quizkit.crud._core import paging
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.host_columns import Columns, Where, host_columns, with_host_columns
from quizkit.crud.quizzes import statements
from quizkit.errors import NotFound
from quizkit.questions._searching import search_form
from quizkit.schemas import Page, QuizReturn
from quizkit.vocabulary import Order, QuizState

__all__ = ["get", "page"]

_ORDERS: Final[Mapping[Order, tuple[Build, uuid.UUID]]] = {
    Order.OLDEST: (statements.quizzes_after, paging.FIRST),
    Order.NEWEST: (statements.quizzes_before, paging.LAST),
}
"""The statement of a page, and the `after` of the first one."""


def get(work: Work[S], quiz_id: uuid.UUID, columns: Columns = ()) -> QuizReturn[S]:
    """Return a quiz.

    Raises:
        NotFound: `quiz_not_found`.
    """
    row = work.first(statements.quiz, {"id": quiz_id}, host_columns(work.models.quiz, columns))
    if row is None:
        raise NotFound("quiz_not_found", "There is no such quiz")
    return with_host_columns(QuizReturn.model_validate(row), row, columns)


def page(
    work: Work[S],
    *,
    author: S | None,
    state: QuizState | None,
    text: str | None,
    order: Order,
    where: Where,
    after: uuid.UUID | None,
    limit: int,
    columns: Columns,
) -> Page[QuizReturn[S]]:
    """Return a page of the quizzes that match all given filters."""
    table = work.models.table(work.models.quiz)
    filters: list[ColumnElement[bool]] = []
    if author is not None:
        filters.append(table.c.author_id == author)
    if state is not None:
        filters.append(table.c.state == state.value)
    if text:
        filters.append(table.c.search.contains(search_form(text), autoescape=True))
    where = [*filters, *where]
    build, start = _ORDERS[order]
    model, to_item = work.models.quiz, QuizReturn.model_validate
    return paging.page(work, build, model, to_item, where=where, after=after, limit=limit, columns=columns, start=start)
