"""Let a voided attempt count again."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.supervision.repair import Change, Reason, repair
from quizkit.crud.supervision.void import setting
from quizkit.schemas import SupervisedAttempt
from quizkit.vocabulary import AttemptEventKind

__all__ = ["unvoid"]


def unvoid(work: Work[S], attempt_id: uuid.UUID, reason: Reason[S]) -> SupervisedAttempt[S]:
    """Let a voided attempt count again.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `id_taken`.
    """

    def decide(row: Row[Any]) -> Change | None:
        return None if row.voided_at is None else setting(work, row, voided_at=None)

    return repair(work, attempt_id, AttemptEventKind.UNVOID, {}, reason, decide)
