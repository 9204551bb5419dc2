"""Verbs for what happens to attempts without their taker, and for what they are worth: jobs and staff."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import Where
from quizkit.crud._core.paging import page
from quizkit.crud._core.verbs import VerbGroup, single_statement, verb
from quizkit.crud.gradebook import expire, leaderboard, rebuild, statements
from quizkit.schemas import Expired, LeaderboardEntry, Page, QuizGradeReturn, Rebuilt

__all__ = ["Gradebook"]


class Gradebook(VerbGroup[S]):
    """Attempts and grades, for jobs and staff."""

    @verb
    def expire_due(self, session: Session, *, limit: int = 100, now: datetime | None = None) -> Expired:
        """Finish attempts whose time is over and whose takers are gone: graded on what was saved, at the time it was due.

        A step of a longer job: commit, and call it again while `more` is true. Any number of workers may do so at
        once; each takes other attempts. What the policy abandons is abandoned. An attempt that is damaged is finished like
        the others; if the grade that it makes cannot be computed, that one stays as it is, `broken` counts it, and the
        log `quizkit.gradebook` has a line.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            limit: how many attempts to finish at most, from 1 to 200.
            now: the moment that decides; the present unless given.
        """
        return expire.expire_due(self._work(session, now), limit)

    @single_statement
    def grades(
        self,
        session: Session,
        *,
        assignment_id: uuid.UUID,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
    ) -> Page[QuizGradeReturn[S]]:
        """Return the grades of an assignment in the order in which the takers were first graded."""
        made: Any = QuizGradeReturn.model_validate
        work = self._work(session)
        return page(work, statements.grades, made, where=where, after=after, limit=limit, assignment_id=assignment_id)

    @single_statement
    def leaderboard(
        self, session: Session, *, assignment_id: uuid.UUID, after: uuid.UUID | None = None, limit: int = 50
    ) -> Page[LeaderboardEntry[S]]:
        """Return the grades of an assignment, the best first, each with its rank: 1, 2, 2, 4 (competition ranking).

        Who has no grade while a person must grade, is not on it.
        It is for staff, and for takers where a host wants them to see each other's grades.

        Args:
            session: your session, sync or async.
            assignment_id: the assignment.
            after: the id of the last grade of the previous page.
            limit: the maximum number of items, from 1 to 200.

        Raises:
            NotFound: `grade_not_found`: there is no grade `after` in this assignment.
        """
        return leaderboard.leaderboard(self._work(session), assignment_id, after, limit)

    @verb
    def rebuild(
        self,
        session: Session,
        *,
        assignment_id: uuid.UUID,
        after: uuid.UUID | None = None,
        limit: int = 100,
        now: datetime | None = None,
    ) -> Rebuilt:
        """Compute grades of an assignment anew from the attempts. They should be what they were.

        A step of a longer job: commit, and call it again with `after=next_after` until that is None. A grade that cannot
        be computed, because an attempt that makes it is damaged, stays as it is and is counted in `broken`.
        """
        return rebuild.rebuild(self._work(session, now), assignment_id, after, limit)
