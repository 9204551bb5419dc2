"""Open a finished attempt again, with a new deadline."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from quizkit.crud._core.anonymous import taker_of
from quizkit.crud._core.clock import in_utc_given
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.savepoints import savepoint
from quizkit.crud.supervision import repair_statements as statements
from quizkit.crud.supervision.repair import Change, Reason, newest_of, repair, state_of
from quizkit.rules import supervision as rules
from quizkit.rules.timing import Deadline
from quizkit.schemas import SupervisedAttempt
from quizkit.vocabulary import AttemptEventKind, AttemptState

__all__ = ["reopen"]


def reopen(work: Work[S], attempt_id: uuid.UUID, due_at: datetime | None, reason: Reason[S]) -> SupervisedAttempt[S]:
    """Open a taker's newest attempt again; its result is withdrawn until it is finished.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `attempt_open`, `attempt_voided`, `attempt_not_newest`, `taker_erased`, `id_taken`.
        Invalid: `deadline_passed`.
        UsageError: `naive_moment`.
    """
    due = None if due_at is None else in_utc_given("due_at", due_at)

    def decide(row: Row[Any]) -> Change | None:
        stored = Deadline(row.due_at, row.on_time_until, row.accepts_until)
        if state_of(work, row) is AttemptState.OPEN:
            rules.refuse_other_deadline(stored.due_at, due)
            return None
        rules.refuse_voided(row.voided_at)
        rules.refuse_without_taker(taker_of(row))
        rules.refuse_older(row.number, newest_of(work, row).number)
        until = rules.reopened_until(stored, due, work.now)
        return lambda: _open(work, row, until)

    settings = {"due_at": None if due is None else due.isoformat()}
    return repair(work, attempt_id, AttemptEventKind.REOPEN, settings, reason, decide)


def _open(work: Work[S], row: Row[Any], until: Deadline) -> None:
    """Open an attempt; in a savepoint, because the snapshot may be older than another attempt that is open.

    Raises:
        Refused: `attempt_not_newest`.
    """
    new: dict[str, Any] = {**dict.fromkeys(statements.REOPENED), **until._asdict()}
    new |= {"state": AttemptState.OPEN.value, "open_marker": True, "late": False, "needs_grading": False}
    values = {"__attempt": row.id, **{f"__{name}": value for name, value in new.items()}}
    is_newest = True
    try:
        with savepoint(work.connection):
            work.run(statements.reopen, values)
    except IntegrityError:  # the unique key allows one open attempt
        is_newest = False
    if not is_newest:
        raise rules.not_newest()
