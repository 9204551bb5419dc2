"""Finish an attempt: when its taker submits it, with responses, or because it is overdue."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud.attempts import finish_statements, grades, response_statements, statements
from quizkit.crud.attempts.facts import attempt_row
from quizkit.crud.attempts.results import outcome_of
from quizkit.crud.attempts.send import send
from quizkit.errors import Refused
from quizkit.rules import timing
from quizkit.schemas import Outcome, SaveResponse
from quizkit.sessions import refuse_autocommit
from quizkit.vocabulary import AttemptState

__all__ = ["finish_attempt", "result", "submit"]


def submit(work: Work[S], attempt_id: uuid.UUID, taker: S, responses: Sequence[SaveResponse]) -> Outcome:
    """Store responses, finish an attempt and return its result.

    Raises:
        NotFound: `attempt_not_found`.
    """
    sent = send(work, attempt_id, responses, taker) if responses else ()
    row = finish_attempt(work, attempt_id, taker)
    return outcome_of(work, row, response_statements.graded_responses_now, sent)


def finish_attempt(work: Work[S], attempt_id: uuid.UUID, taker: S, build: Build = finish_statements.close) -> Row[Any]:
    """Finish an attempt, unless another call was faster, and return its current row.

    Raises:
        NotFound: `attempt_not_found`.
    """
    closed = work.run(build, {"_attempt": attempt_id, "_taker": taker, "_now": work.now})
    if closed.rowcount:
        work.run(finish_statements.add_up, {"_attempt": attempt_id, "_now": work.now})
    row = attempt_row(work, attempt_id, taker, statements.mine_now)
    if closed.rowcount:
        grades.grade_attempt(work, row)
    return row


def result(work: Work[S], attempt_id: uuid.UUID, taker: S) -> Outcome:
    """Return the result of a finished attempt. An overdue attempt is finished first.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `attempt_open`.
    """
    row = attempt_row(work, attempt_id, taker)
    if row.state != AttemptState.OPEN:
        return outcome_of(work, row, response_statements.graded_responses)
    if timing.state_at(AttemptState.OPEN, row.accepts_until, work.now) is AttemptState.OPEN:
        raise _still_open()
    refuse_autocommit(work.session, work.models.attempt)
    row = finish_attempt(work, attempt_id, taker, finish_statements.close_overdue)
    if row.state == AttemptState.OPEN:  # it was extended in the meantime
        raise _still_open()
    return outcome_of(work, row, response_statements.graded_responses_now)


def _still_open() -> Refused:
    return Refused("attempt_open", "The attempt is not submitted yet")
