"""Read attempts for staff: one, or a page, with their progress."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from sqlalchemy import Row

from quizkit.crud._core import paging
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.host_columns import Columns, Where, host_columns, with_host_columns
from quizkit.crud.attempts._facts.facts import PaperItem
from quizkit.crud.attempts._facts.load import no_attempt
from quizkit.crud.attempts._paper.load import published_content
from quizkit.crud.supervision import statements
from quizkit.rules import timing
from quizkit.schemas import Page, SupervisedAttempt
from quizkit.vocabulary import AttemptState

__all__ = ["Chosen", "get", "page", "supervised_fields", "supervised_row"]


class Chosen(NamedTuple):
    """Which attempts a page has; None: any."""

    taker: Any = None
    quiz_id: uuid.UUID | None = None
    assignment_id: uuid.UUID | None = None
    state: AttemptState | None = None


def page(
    work: Work[S], chosen: Chosen, where: Where, after: uuid.UUID | None, limit: int, columns: Columns
) -> Page[SupervisedAttempt[S]]:
    """Return a page of attempts in the order of their ids.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    m = work.models
    where = [*statements.chosen(m, *chosen[:3]), *statements.in_state(m, chosen.state, work.now), *where]

    def to_item(row: Row[Any]) -> SupervisedAttempt[S]:
        return SupervisedAttempt(**supervised_fields(work, row))

    return paging.page(
        work, statements.attempts, m.attempt, to_item, where=where, after=after, limit=limit, columns=columns
    )


def get(
    work: Work[S], attempt_id: uuid.UUID, columns: Columns = (), build: Build = statements.attempt
) -> SupervisedAttempt[S]:
    """Return an attempt.

    Raises:
        NotFound: `attempt_not_found`.
    """
    row = supervised_row(work, attempt_id, columns, build)
    found: SupervisedAttempt[S] = SupervisedAttempt(**supervised_fields(work, row))
    return with_host_columns(found, row, columns)


def supervised_row(
    work: Work[S], attempt_id: uuid.UUID, columns: Columns = (), build: Build = statements.attempt
) -> Row[Any]:
    """Return the row of an attempt, whoever its taker is.

    Raises:
        NotFound: `attempt_not_found`.
    """
    row = work.first(build, {"__attempt": attempt_id}, host_columns(work.models.attempt, columns))
    if row is None:
        raise no_attempt()
    return row


def supervised_fields(work: Work[S], row: Row[Any]) -> dict[str, Any]:
    """Return the fields of an attempt in a list, by name."""
    same = (
        "id", "quiz_id", "assignment_id", "taker_id", "number", "started_at", "due_at", "accepts_until", "submitted_at",
        "answered", "last_response_at", "late", "score", "max_score", "needs_grading",
        "late_seconds", "voided_at",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in same},
        "state": timing.state_at(AttemptState(row.state), row.accepts_until, work.now),
        "page": row.current_page,
        "question_count": _question_count(work, row),
    }


def _question_count(work: Work[S], row: Row[Any]) -> int:
    """Return how many questions of a paper can be answered; draws never take others."""
    content = published_content(work, row.quiz_revision_id, row.content_hash)
    asked = (content.slots[PaperItem.read(item).place].question for item in row.paper)
    return sum(question is None or question.answerable for question in asked)
