"""Finish everybody in an assignment, in steps."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.paging import refuse_limit
from quizkit.crud._grades.compute import grade_attempts
from quizkit.crud._terms.chosen import assignment_id_of, assignment_not_found
from quizkit.crud.attempts.finish import finish_these
from quizkit.crud.supervision import repair_statements as statements
from quizkit.crud.supervision.event_statements import insert_event
from quizkit.crud.supervision.repair import Reason, event_row
from quizkit.rules import timing
from quizkit.schemas import ExpiredAttempt, FinishedBatch
from quizkit.vocabulary import AttemptEventKind, AttemptState, TimeUp

__all__ = ["finish_all"]


def finish_all(
    work: Work[S], quiz_id: uuid.UUID | None, assignment_id: uuid.UUID | None, reason: Reason[S], limit: int
) -> FinishedBatch[S]:
    """Finish up to `limit` open attempts in an assignment, and return them and how many are still open.

    Raises:
        NotFound: `quiz_not_found`, `assignment_not_found`.
        Refused: `assignment_needed`.
        Invalid: `reason_missing`, `page_limit`.
        UsageError: `quiz_or_assignment`.
    """
    refuse_limit(limit)
    if quiz_id is not None or assignment_id is None:
        assignment_id = assignment_id_of(work, quiz_id, assignment_id)
    here = {"assignment_id": assignment_id}
    # Whoever starts an attempt has a share lock on the assignment: after this lock, all attempts are known.
    if work.first(statements.lock_assignment, here) is None:
        raise assignment_not_found(quiz_id)
    rows, left = _lock_open(work, here, limit)
    broken = 0
    if rows:
        attempt_ids = [row.id for row in rows]
        finish_these(work, attempt_ids)
        events = [event_row(work, AttemptEventKind.FINISH, {}, reason, row) for row in rows]
        work.run_many(insert_event, [{"id": work.new_id(), **event} for event in events])
        broken = grade_attempts(work, attempt_ids)
    still_open = work.run(statements.count_open, here).scalar_one() if left is None else left
    attempts = tuple(_finished(work, row) for row in rows)
    return FinishedBatch(
        finished=len(rows), attempts=attempts, still_open=still_open, more=still_open > 0, broken=broken
    )


def _lock_open(work: Work[S], here: dict[str, Any], limit: int) -> tuple[list[Row[Any]], int | None]:
    """Lock up to `limit` open attempts; return them and, on MariaDB, how many others were open."""
    if not work.on_mariadb:
        return list(work.run(statements.lock_open, {**here, "limit": limit})), None
    # MariaDB locks the index entries that lead to a row before the row; finishing an attempt locks the row first.
    started = set(work.run(statements.started, here).scalars())
    waiting = sorted(started - set(work.run(statements.finished, here).scalars()))
    rows: list[Row[Any]] = []
    while waiting and len(rows) < limit:
        step = limit - len(rows)
        rows += work.run(statements.lock_these, {"__attempts": waiting[:step]})
        waiting = waiting[step:]
    return sorted(rows, key=lambda row: row.id), len(waiting)


def _finished(work: Work[S], row: Row[Any]) -> ExpiredAttempt[S]:
    overdue = timing.state_at(AttemptState(row.state), row.accepts_until, work.now) is AttemptState.OVERDUE
    abandoned = overdue and row.time_up == TimeUp.ABANDON
    return ExpiredAttempt(
        attempt_id=row.id,
        quiz_id=row.quiz_id,
        assignment_id=row.assignment_id,
        taker_id=row.taker_id,
        state=AttemptState.ABANDONED if abandoned else AttemptState.SUBMITTED,
    )
