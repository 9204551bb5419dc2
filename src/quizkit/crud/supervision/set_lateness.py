"""Waive or set how late an attempt counts as."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts.finish import score_again
from quizkit.crud.supervision import repair_statements as statements
from quizkit.crud.supervision.repair import Change, Reason, repair
from quizkit.rules import supervision as rules
from quizkit.schemas import SupervisedAttempt
from quizkit.vocabulary import AttemptEventKind, AttemptState

__all__ = ["set_lateness"]


def set_lateness(work: Work[S], attempt_id: uuid.UUID, seconds: int | None, reason: Reason[S]) -> SupervisedAttempt[S]:
    """Set how late a finished attempt counts as, and compute its result again.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `attempt_open`, `id_taken`.
        UsageError: `lateness_seconds`.
    """
    rules.refuse_lateness(seconds)

    def decide(row: Row[Any]) -> Change | None:
        rules.refuse_unfinished(AttemptState(row.state))
        if row.late_seconds == seconds:
            return None

        def change() -> None:
            work.run(statements.set_lateness, {"__attempt": row.id, "__late_seconds": seconds})
            score_again(work, row.id)

        return change

    return repair(work, attempt_id, AttemptEventKind.LATENESS, {"seconds": seconds}, reason, decide)
