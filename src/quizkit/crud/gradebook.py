"""Verbs for what happens to attempts without their taker: jobs and staff."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from quizkit.crud import _attempt_rows as rows
from quizkit.crud._pages import refuse_limit
from quizkit.crud._verbs import Noun, S, moment, verb
from quizkit.schemas import Expired

__all__ = ["Gradebook"]


class Gradebook(Noun[S]):
    """Attempts, for jobs and staff."""

    @verb
    def expire_due(self, session: Session, *, limit: int = 100, now: datetime | None = None) -> Expired:
        """Finish attempts whose time is over and whose takers are gone: graded on what was saved, at the time it was due.

        A step of a longer job: commit, and call it again while `more` is true. Any number of workers may do so at
        once; each takes other attempts.

        Args:
            session: yours, sync or async; flushed, never committed.
            limit: how many attempts to finish at most, from 1 to 200.
            now: the moment that decides; the present unless given.
        """
        refuse_limit(limit)
        at = moment(now)
        due = self._run(session, rows.overdue, {"_now": at, "limit": limit}).scalars().all()
        if due:
            self._run(session, rows.close_all, {"_attempts": due, "_now": at})
            self._run(session, rows.add_up_all, {"_attempts": due})
        return Expired(finished=len(due), more=len(due) == limit)
