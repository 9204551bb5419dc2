"""Read assignments."""

from __future__ import annotations

import uuid

from quizkit.crud._core import paging
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Columns, Where, host_columns, with_host_columns
from quizkit.crud.assignments import statements
from quizkit.crud.assignments.load import assignment_row
from quizkit.crud.assignments.rows import assignment_of_row
from quizkit.schemas import AssignmentReturn, Page

__all__ = ["get", "page"]


def get(work: Work[S], assignment_id: uuid.UUID, columns: Columns) -> AssignmentReturn:
    """Return an assignment.

    Raises:
        NotFound: `assignment_not_found`.
    """
    extra = host_columns(work.models.assignment, columns)
    row = assignment_row(work, statements.assignment, {"id": assignment_id}, extra)
    return with_host_columns(assignment_of_row(row), row, columns)


def page(
    work: Work[S],
    *,
    quiz_id: uuid.UUID | None,
    context: str | None,
    where: Where,
    after: uuid.UUID | None,
    limit: int,
    columns: Columns,
) -> Page[AssignmentReturn]:
    """Return a page of assignments: of one quiz, of one context, or all.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    where = [*statements.of_quiz_in_context(work.models, quiz_id, context), *where]
    build, model, to_item = statements.assignments, work.models.assignment, assignment_of_row
    return paging.page(work, build, model, to_item, where=where, after=after, limit=limit, columns=columns)
