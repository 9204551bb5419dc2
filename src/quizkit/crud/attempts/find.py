"""Read a taker's attempts: one, or a page."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core import paging
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Columns, Where, host_columns, with_host_columns
from quizkit.crud.attempts._facts import page_statements as statements
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._review.shown import marks_shown
from quizkit.rules import timing
from quizkit.schemas import AttemptReturn, Page
from quizkit.vocabulary import AttemptState

__all__ = ["get", "page"]


def get(work: Work[S], taker: S, attempt_id: uuid.UUID, columns: Columns) -> AttemptReturn[S]:
    """Return an attempt of this taker with its current state."""
    row = attempt_row(work, attempt_id, taker, columns=host_columns(work.models.attempt, columns))
    (marks,) = marks_shown(work, [row])
    return with_host_columns(_returned(row, work.now, marks=marks), row, columns)


def page(
    work: Work[S],
    taker: S,
    quiz_id: uuid.UUID | None,
    assignment_id: uuid.UUID | None,
    where: Where,
    after: uuid.UUID | None,
    limit: int,
    columns: Columns,
) -> Page[AttemptReturn[S]]:
    """Return this taker's attempts in id order: at one quiz, in one assignment, or all."""
    params: dict[str, Any] = {"__taker": taker}
    build = statements.page
    if quiz_id is not None:
        build, params["quiz_id"] = statements.page_of_quiz, quiz_id
    attempt = work.models.attempt
    if assignment_id is not None:
        where = [work.models.table(attempt).c.assignment_id == assignment_id, *where]
    mine = {work.models.taker_column: "__taker"}
    rows = paging.rows_after(
        work, build, attempt, scope=mine, where=where, after=after, limit=limit, columns=columns, **params
    )
    found = paging.page_of(rows, limit, _unchanged)
    shown = marks_shown(work, found.items)
    items = (
        with_host_columns(_returned(row, work.now, marks=marks), row, columns)
        for row, marks in zip(found.items, shown, strict=True)
    )
    return Page(items=tuple(items), next_after=found.next_after)


def _unchanged(row: Row[Any]) -> Row[Any]:
    return row


def _returned(row: Row[Any], now: datetime, *, marks: bool) -> AttemptReturn[Any]:
    return AttemptReturn(
        id=row.id,
        quiz_id=row.quiz_id,
        assignment_id=row.assignment_id,
        taker_id=row.taker_id,
        pseudonym=row.pseudonym,
        number=row.number,
        purpose=row.purpose,
        state=timing.state_at(AttemptState(row.state), row.accepts_until, now),
        started_at=row.started_at,
        due_at=row.due_at,
        submitted_at=row.submitted_at,
        score=row.score if marks and row.submitted_at is not None else None,
        max_score=row.max_score,
        needs_grading=row.needs_grading,
        voided=row.voided_at is not None,
    )
