"""Read access events."""

from __future__ import annotations

import uuid

from quizkit.crud._core import paging
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Columns, Where
from quizkit.crud.assignments import statements
from quizkit.crud.assignments.rows import event_of
from quizkit.schemas import AccessEventReturn, Page

__all__ = ["events"]


def events(
    work: Work[S],
    *,
    taker: S | None,
    assignment_id: uuid.UUID | None,
    where: Where,
    after: uuid.UUID | None,
    limit: int,
    columns: Columns,
) -> Page[AccessEventReturn[S]]:
    """Return a page of access events: in an assignment, of a taker, or all.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    where = [*statements.in_assignment_of_taker(work.models, assignment_id, taker), *where]
    build, model = statements.events, work.models.access_event
    return paging.page(work, build, model, event_of, where=where, after=after, limit=limit, columns=columns)
