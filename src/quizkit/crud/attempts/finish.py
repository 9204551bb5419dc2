"""Finish attempts: one that its taker submits or leaves, or many that are overdue."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row

from quizkit.crud._core.anonymous import taker_of
from quizkit.crud._core.context import S, Work
from quizkit.crud._grades import compute
from quizkit.crud.attempts._facts import statements as facts_statements
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._finish import statements
from quizkit.rules import timing
from quizkit.schemas import ExpiredAttempt
from quizkit.sessions import refuse_autocommit
from quizkit.vocabulary import AttemptState, TimeUp

__all__ = ["Finished", "finish_attempt", "finish_if_overdue", "finish_overdue", "finish_these", "score_again"]


def finish_attempt(work: Work[S], attempt_id: uuid.UUID, taker: S, *, only_if_overdue: bool = False) -> Row[Any]:
    """Finish an attempt, unless another call was faster, and return its current row.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `submit_too_early`, unless `only_if_overdue`.
    """
    build = statements.close_overdue if only_if_overdue else statements.close
    closed = work.run(build, {"__attempt": attempt_id, "__taker": taker, "__now": work.now})
    if closed.rowcount:
        work.run(statements.add_up, {"__attempt": attempt_id, "__now": work.now})
    row = attempt_row(work, attempt_id, taker, facts_statements.mine_now)
    if closed.rowcount:
        compute.grade_attempt(work, row)
    elif not only_if_overdue and row.state == AttemptState.OPEN:
        timing.refuse_early_submit(row.submittable_at, row.due_at, work.now)
    return row


def finish_if_overdue(work: Work[S], row: Row[Any]) -> Row[Any]:
    """Return an attempt as it is now: finished if it was overdue, unless it was extended in the meantime."""
    if timing.state_at(AttemptState(row.state), row.accepts_until, work.now) is not AttemptState.OVERDUE:
        return row
    refuse_autocommit(work.connection)
    return finish_attempt(work, row.id, taker_of(row), only_if_overdue=True)


class Finished(NamedTuple):
    """The attempts that were finished, and how many grades could not be computed."""

    attempts: tuple[ExpiredAttempt[Any], ...]
    broken_grades: int


def finish_overdue(work: Work[S], limit: int) -> Finished:
    """Finish up to `limit` overdue attempts, skipping those that another call has locked."""
    overdue = work.run(statements.overdue, {"__now": work.now, "limit": limit}).all()
    if not overdue:
        return Finished((), 0)
    attempt_ids = [row.id for row in overdue]
    finish_these(work, attempt_ids)
    return Finished(_expired(overdue), compute.grade_attempts(work, attempt_ids))


def finish_these(work: Work[S], attempt_ids: Sequence[uuid.UUID]) -> None:
    """Finish open attempts, whose rows the call has locked, without computing their grades."""
    these = {"__attempts": list(attempt_ids), "__now": work.now}
    work.run(statements.close_all, these)
    work.run(statements.add_up_all, these)


def score_again(work: Work[S], attempt_id: uuid.UUID) -> None:
    """Compute the score of a finished attempt again, whose row the call has locked, without computing its grade."""
    work.run(statements.score_again, {"__attempts": [attempt_id]})


def _expired(overdue: Sequence[Row[Any]]) -> tuple[ExpiredAttempt[Any], ...]:
    """Return what is known of overdue attempts without reading their responses."""
    return tuple(
        ExpiredAttempt(
            attempt_id=row.id,
            quiz_id=row.quiz_id,
            assignment_id=row.assignment_id,
            taker_id=row.taker_id,
            state=AttemptState.ABANDONED if row.time_up == TimeUp.ABANDON else AttemptState.SUBMITTED,
        )
        for row in overdue
    )
