"""Void an attempt, so that it never counts."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.supervision import repair_statements as statements
from quizkit.crud.supervision.repair import Change, Reason, repair
from quizkit.rules import supervision as rules
from quizkit.schemas import SupervisedAttempt
from quizkit.vocabulary import AttemptEventKind, AttemptState

__all__ = ["setting", "void"]


def void(work: Work[S], attempt_id: uuid.UUID, reason: Reason[S]) -> SupervisedAttempt[S]:
    """Void a finished attempt.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `attempt_open`, `id_taken`.
    """

    def decide(row: Row[Any]) -> Change | None:
        rules.refuse_unfinished(AttemptState(row.state))
        return None if row.voided_at is not None else setting(work, row, voided_at=max(work.now, row.started_at))

    return repair(work, attempt_id, AttemptEventKind.VOID, {}, reason, decide)


def setting(work: Work[S], row: Row[Any], *, voided_at: datetime | None) -> Change:
    """Return what sets when an attempt was voided."""

    def change() -> None:
        work.run(statements.set_voided, {"__attempt": row.id, "__voided_at": voided_at})

    return change
