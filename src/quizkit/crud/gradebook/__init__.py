"""Verbs for jobs and staff: finish overdue attempts, and read or recompute grades."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import Columns, Where
from quizkit.crud._core.verbs import VerbGroup, reading, verb
from quizkit.schemas import Expired, LeaderboardEntry, Page, QuizGradeReturn, Rebuilt

__all__ = ["Gradebook"]


class Gradebook(VerbGroup[S]):
    """Attempts and grades, for jobs and staff."""

    @verb
    def expire_due(self, session: Session, *, limit: int = 100, now: datetime | None = None) -> Expired[S]:
        """Finish overdue attempts that their takers left open: graded on the saved responses, as of their deadline.

        This is one batch of a job: commit, and call it again while `more` is true. Any number of workers may run it at
        the same time; each gets different attempts. An attempt is abandoned if its policy says so. `attempts` in the
        result lists the attempts of this batch with their takers, earliest deadline first. A damaged attempt is
        finished like the others; if the grade cannot be computed because of it, that grade stays unchanged, is counted
        in `broken`, and is logged by `quizkit.gradebook`.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            limit: the maximum number of attempts to finish, from 1 to 200.
            now: the time that decides what is overdue; defaults to the current time.
        """
        from quizkit.crud.gradebook import expire_due

        return expire_due.expire_due(self._work(session, now), limit)

    @reading
    def grades(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        assignment_id: uuid.UUID | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
    ) -> Page[QuizGradeReturn[S]]:
        """Return the grades of an assignment, or of the default one of a quiz, in the order of their ids.

        That is the order in which the takers first started. `where` adds your own conditions.

        Raises:
            NotFound: `quiz_not_found`; `assignment_not_found`: the assignment of both ids; `after_not_found`.
            Refused: `assignment_needed`: the quiz has assignments besides the default one.
            UsageError: `quiz_or_assignment`.
        """
        from quizkit.crud.gradebook import grades
        from quizkit.crud.gradebook.chosen import assignment_of

        work = self._work(session)
        return grades.grades(work, assignment_of(work, quiz_id, assignment_id), where, after, limit, columns)

    @reading
    def leaderboard(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        assignment_id: uuid.UUID | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
    ) -> Page[LeaderboardEntry[S]]:
        """Return the grades of an assignment from best to worst, each with its rank: 1, 2, 2, 4 (competition ranking).

        Takers without a grade, because manual grading is pending, are not included.
        The verb is for staff, and for takers if the host lets them see each other's grades.

        Args:
            session: your session, sync or async.
            quiz_id: the quiz whose default assignment is meant.
            assignment_id: the assignment.
            where: your own conditions, such as `[QuizGrade.taker_id.in_(friends)]`; ranks are among the grades that
                match.
            after: the id of the last grade of the previous page.
            limit: the maximum number of items, from 1 to 200.
            columns: your own columns of the grade that each entry also gets.

        Raises:
            NotFound: `quiz_not_found`; `assignment_not_found`: the assignment of both ids; `after_not_found`: the
                assignment has no such grade, or it has no value any longer.
            Refused: `assignment_needed`: the quiz has assignments besides the default one.
            UsageError: `quiz_or_assignment`.
        """
        from quizkit.crud.gradebook import leaderboard
        from quizkit.crud.gradebook.chosen import assignment_of

        work = self._work(session)
        return leaderboard.leaderboard(work, assignment_of(work, quiz_id, assignment_id), where, after, limit, columns)

    @verb
    def rebuild(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        assignment_id: uuid.UUID | None = None,
        after: uuid.UUID | None = None,
        limit: int = 100,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> Rebuilt:
        """Recompute the grades of an assignment from its attempts. The result should equal the stored grades.

        This is one batch of a job: commit, and call it again with `after=next_after` until that is None. A grade that
        cannot be computed, because one of its attempts is damaged, stays unchanged and is counted in `broken`.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            quiz_id: the quiz whose default assignment is meant.
            assignment_id: the assignment.
            after: `next_after` of the previous batch.
            limit: the maximum number of takers, from 1 to 200.
            now: the time to store; defaults to the current time.
            new_id: generates ids of grades that are missing; defaults to UUID version 7.

        Raises:
            NotFound: `quiz_not_found`; `assignment_not_found`: the assignment of both ids; `after_not_found`.
            Refused: `assignment_needed`: the quiz has assignments besides the default one.
            UsageError: `quiz_or_assignment`.
        """
        from quizkit.crud.gradebook import rebuild
        from quizkit.crud.gradebook.chosen import assignment_of

        work = self._work(session, now, new_id)
        return rebuild.rebuild(work, assignment_of(work, quiz_id, assignment_id), after, limit)
