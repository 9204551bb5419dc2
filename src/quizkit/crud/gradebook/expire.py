"""Finish overdue attempts that their takers left open."""

from __future__ import annotations

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.paging import refuse_limit
from quizkit.crud.attempts import finish_statements
from quizkit.crud.attempts.grades import grade_attempts
from quizkit.schemas import Expired

__all__ = ["expire_due"]


def expire_due(work: Work[S], limit: int) -> Expired:
    """Finish up to `limit` overdue attempts, and return how many.

    Raises:
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    overdue = work.run(finish_statements.overdue, {"_now": work.now, "limit": limit}).scalars().all()
    broken = 0
    if overdue:
        these = {"_attempts": overdue, "_now": work.now}
        work.run(finish_statements.close_all, these)
        work.run(finish_statements.add_up_all, these)
        broken = grade_attempts(work, overdue)
    return Expired(finished=len(overdue), more=len(overdue) == limit, broken=broken)
