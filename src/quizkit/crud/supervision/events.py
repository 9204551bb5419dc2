"""Read what staff have done with attempts."""

from __future__ import annotations

import uuid
from typing import Any

from quizkit.crud._core import paging
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Columns, Where
from quizkit.crud.supervision import event_statements as statements
from quizkit.schemas import AttemptEventReturn, Page

__all__ = ["events"]


def events(
    work: Work[S],
    attempt_id: uuid.UUID | None,
    assignment_id: uuid.UUID | None,
    where: Where,
    after: uuid.UUID | None,
    limit: int,
    columns: Columns,
) -> Page[AttemptEventReturn[S]]:
    """Return a page of events: about an attempt, in an assignment, or all.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    where = [*statements.chosen(work.models, attempt_id, assignment_id), *where]
    build, model = statements.events, work.models.attempt_event
    return paging.page(work, build, model, _event_of, where=where, after=after, limit=limit, columns=columns)


def _event_of(row: Any) -> AttemptEventReturn[Any]:
    return AttemptEventReturn.model_validate(row)
