"""Finish overdue attempts that their takers left open."""

from __future__ import annotations

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.paging import refuse_limit
from quizkit.crud.attempts.finish import finish_overdue
from quizkit.schemas import Expired

__all__ = ["expire_due"]


def expire_due(work: Work[S], limit: int) -> Expired:
    """Finish up to `limit` overdue attempts, and return how many.

    Raises:
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    finished = finish_overdue(work, limit)
    return Expired(finished=finished.attempts, more=finished.attempts == limit, broken=finished.broken_grades)
