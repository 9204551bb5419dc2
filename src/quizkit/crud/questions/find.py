"""Read questions: one, or a page filtered by bank, category, type, tags or text."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, null

from quizkit.crud._core import paging
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.host_columns import Columns, Where, host_columns, with_host_columns
from quizkit.crud.questions import pools, rows, statements
from quizkit.errors import Invalid, NotFound, Problem
from quizkit.questions._registry import type_named
from quizkit.schemas import Page, QuestionReturn
from quizkit.vocabulary import Order

__all__ = ["get", "page"]

_ORDERS: Final[Mapping[Order, tuple[Build, uuid.UUID]]] = {
    Order.OLDEST: (statements.questions_after, paging.FIRST),
    Order.NEWEST: (statements.questions_before, paging.LAST),
}
"""The statement of a page, and the `after` of the first one."""


def get(work: Work[S], question_id: uuid.UUID, columns: Columns) -> QuestionReturn:
    """Return the latest revision of a question.

    Raises:
        NotFound: `question_not_found`.
    """
    row = work.first(statements.question, {"id": question_id}, host_columns(work.models.question, columns))
    if row is None:
        raise NotFound("question_not_found", "There is no such question")
    return with_host_columns(rows.returned(row), row, columns)


def page(
    work: Work[S],
    *,
    quiz_id: uuid.UUID | None,
    bank_id: uuid.UUID | None,
    category_id: uuid.UUID | None,
    type_name: str | None,
    tags: Iterable[str],
    text: str | None,
    incomplete: bool | None,
    order: Order,
    where: Where,
    after: uuid.UUID | None,
    limit: int,
    columns: Columns,
) -> Page[QuestionReturn]:
    """Return a page of the questions that match all given filters.

    Raises:
        Invalid: `argument_invalid`: no type of questions has this name.
    """
    m = work.models
    filters: list[ColumnElement[bool]] = []
    values: dict[str, Any] = {}
    if quiz_id is not None:
        filters.append(statements.in_quiz(m))
        values["quiz_id"] = quiz_id
    if bank_id is not None:
        filters.append(m.question.bank_id == bank_id)
    if category_id is not None:
        filters.append(pools.in_category(m))
        values["category_id"] = category_id
    if type_name is not None:
        _refuse_unknown(type_name)
        filters.append(m.table(m.question).c["type"] == type_name)
    if wanted := pools.tag_values(tags):
        filters.append(pools.tagged(m))
        values |= wanted
    if incomplete is not None:
        draft = m.table(m.question).c.draft
        filters.append(draft.is_not(null()) if incomplete else draft.is_(null()))
    if text:
        filters.append(pools.searched(m, text))
    build, start = _ORDERS[order]
    model, to_item = m.question, rows.returned
    where = [*filters, *where]
    return paging.page(
        work, build, model, to_item, where=where, after=after, limit=limit, columns=columns, start=start, **values
    )


def _refuse_unknown(type_name: str) -> None:
    # A misspelt name would give an empty page, like a type of which there are no questions yet.
    if type_named(type_name) is None:
        message = "No type of questions with this name is registered"
        raise Invalid(
            "argument_invalid",
            f"The argument type is not valid: {message}",
            [Problem("type", "question_type", message)],
        )
