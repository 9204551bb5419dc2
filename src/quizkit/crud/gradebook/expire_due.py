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
    count = len(finished.attempts)
    return Expired(finished=count, attempts=finished.attempts, more=count == limit, broken=finished.broken_grades)
