"""Finish overdue attempts that their takers left open."""

from __future__ import annotations

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.paging import refuse_limit
from quizkit.crud.attempts.finish import finish_overdue
from quizkit.schemas import Expired

__all__ = ["expire_due"]


def expire_due(work: Work[S], limit: int) -> Expired[S]:
    """Finish up to `limit` overdue attempts, and return them.

    Raises:
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    finished = finish_overdue(work, limit)
    # Databases return updated rows in any order.
    found = sorted(finished.attempts, key=lambda attempt: attempt.attempt_id)
    return Expired(finished=len(found), attempts=tuple(found), more=len(found) == limit, broken=finished.broken_grades)
