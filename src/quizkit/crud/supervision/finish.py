"""Finish an attempt now, whoever its taker is."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts.finish import finish_these
from quizkit.crud.supervision.repair import Change, Reason, repair
from quizkit.schemas import SupervisedAttempt
from quizkit.vocabulary import AttemptEventKind, AttemptState

__all__ = ["finish"]


def finish(work: Work[S], attempt_id: uuid.UUID, reason: Reason[S]) -> SupervisedAttempt[S]:
    """Finish an attempt on its saved responses; one that is finished stays as it is.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `id_taken`.
    """

    def decide(row: Row[Any]) -> Change | None:
        if row.state != AttemptState.OPEN:
            return None
        return lambda: finish_these(work, [row.id])

    return repair(work, attempt_id, AttemptEventKind.FINISH, {}, reason, decide)
