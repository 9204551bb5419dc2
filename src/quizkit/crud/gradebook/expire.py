"""Finishing attempts whose time is over and whose takers are gone."""

from __future__ import annotations

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.paging import refuse_limit
from quizkit.crud.attempts import finish_statements
from quizkit.crud.attempts.grades import grade_attempts
from quizkit.schemas import Expired

__all__ = ["expire_due"]


def expire_due(work: Work[S], limit: int) -> Expired:
    """Return what a step of finishing overdue attempts did, of which it finishes `limit` at most.

    Raises:
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    due = work.run(finish_statements.overdue, {"_now": work.now, "limit": limit}).scalars().all()
    broken = 0
    if due:
        these = {"_attempts": due, "_now": work.now}
        work.run(finish_statements.close_all, these)
        work.run(finish_statements.add_up_all, these)
        broken = grade_attempts(work, due)
    return Expired(finished=len(due), more=len(due) == limit, broken=broken)
