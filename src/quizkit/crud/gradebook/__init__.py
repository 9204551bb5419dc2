"""Verbs for jobs and staff: finish overdue attempts, and read or recompute grades."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy.orm import Session

from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import Columns, Where
from quizkit.crud._core.verbs import VerbGroup, reading, verb
from quizkit.vocabulary import TieBreak

if TYPE_CHECKING:  # a schema is loaded at its first use (decision 0072)
    from quizkit.schemas import (
        Expired,
        GroupMean,
        LeaderboardEntry,
        LeaderboardPlace,
        Page,
        QuizGradeReturn,
        Rebuilt,
        RosterEntry,
        Standing,
    )

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
    def roster(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        takers: Iterable[S],
        assignment_id: uuid.UUID | None = None,
        columns: Columns = (),
    ) -> tuple[RosterEntry[S], ...]:
        """Return the grades of takers whom you name, in your order: also of those who never started, who have none.

        quizkit does not know who should take a quiz, and `grades` lists only who has. Take a page of your own list, such
        as the members of a course, and call this with their ids.

        Args:
            session: your session, sync or async.
            quiz_id: the quiz whose default assignment is meant.
            takers: at most 200 users.
            assignment_id: the assignment.
            columns: your own columns of the grade that each grade also gets.

        Raises:
            NotFound: `quiz_not_found`; `assignment_not_found`: the assignment of both ids.
            Refused: `assignment_needed`: the quiz has assignments besides the default one.
            UsageError: `quiz_or_assignment`.
        """
        from quizkit.crud.gradebook import roster
        from quizkit.crud.gradebook.chosen import assignment_of

        work = self._work(session)
        return roster.roster(work, assignment_of(work, quiz_id, assignment_id), cast("list[S]", takers), columns)

    @reading
    def leaderboard(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        assignment_id: uuid.UUID | None = None,
        ties: TieBreak = TieBreak.SHARED,
        since: datetime | None = None,
        until: datetime | None = None,
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
            ties: how equal grades are ranked.
            since: the earliest `reached_at` of the grades; those reached before it have no rank.
            until: the end of this window, exclusive.
            where: your own conditions, such as `[QuizGrade.taker_id.in_(friends)]`; ranks are among the grades that
                match.
            after: the id of the last grade of the previous page.
            limit: the maximum number of items, from 1 to 200.
            columns: your own columns of the grade that each entry also gets.

        Raises:
            NotFound: `quiz_not_found`; `assignment_not_found`: the assignment of both ids; `after_not_found`: the
                assignment has no such grade, or it has no value any longer.
            Refused: `assignment_needed`: the quiz has assignments besides the default one.
            Invalid: `window_order`: since is not before until.
            UsageError: `quiz_or_assignment`.
        """
        from quizkit.crud.gradebook import leaderboard
        from quizkit.crud.gradebook.board import board_of

        work = self._work(session)
        board = board_of(work, quiz_id, assignment_id, ties, (since, until), where, columns)
        return leaderboard.leaderboard(work, board, after, limit)

    @reading
    def place(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        taker: S,
        assignment_id: uuid.UUID | None = None,
        ties: TieBreak = TieBreak.SHARED,
        since: datetime | None = None,
        until: datetime | None = None,
        neighbours: int = 2,
        where: Where = (),
        columns: Columns = (),
    ) -> LeaderboardPlace[S] | None:
        """Return the entry of a taker on a leaderboard, with the entries before and after it; None without a place.

        It takes the same number of statements for every place. The database counts the grades of the assignment.

        Args:
            session: your session, sync or async.
            quiz_id: the quiz whose default assignment is meant.
            taker: whose place.
            assignment_id: the assignment.
            ties: how equal grades are ranked.
            since: the earliest `reached_at` of the grades.
            until: the end of this window, exclusive.
            neighbours: how many entries to return on each side, from 0 to 50.
            where: your own conditions; the place is among the grades that match.
            columns: your own columns of the grade that each entry also gets.

        Raises:
            NotFound: `quiz_not_found`; `assignment_not_found`: the assignment of both ids.
            Refused: `assignment_needed`: the quiz has assignments besides the default one.
            Invalid: `window_order`; `neighbours`: more than 50, or negative.
            UsageError: `quiz_or_assignment`.
        """
        from quizkit.crud.gradebook import place
        from quizkit.crud.gradebook.board import board_of

        work = self._work(session)
        board = board_of(work, quiz_id, assignment_id, ties, (since, until), where, columns)
        return place.place(work, board, taker, neighbours)

    @reading
    def standings(
        self,
        session: Session,
        assignment_ids: Iterable[uuid.UUID],
        *,
        ties: TieBreak = TieBreak.SHARED,
        since: datetime | None = None,
        until: datetime | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
    ) -> Page[Standing[S]]:
        """Return the sums of takers' grades over several assignments from best to worst, each with its rank.

        A taker without a grade in one of them gets nothing for it. The database adds all the grades of the assignments
        for each page.

        Args:
            session: your session, sync or async.
            assignment_ids: 1 to 50 assignments; one that does not exist has no grades.
            ties: how equal sums are ranked: by the time of the last grade in the sum, or by all the attempts.
            since: the earliest `reached_at` of the grades; those reached before it are not added.
            until: the end of this window, exclusive.
            where: your own conditions on the grades that are added.
            after: the id of the last item of the previous page.
            limit: the maximum number of items, from 1 to 200.

        Raises:
            NotFound: `after_not_found`: the grade with this id is not in any sum.
            Invalid: `window_order`; `assignment_count`: none, or more than 50.
        """
        from quizkit.crud.gradebook import standings
        from quizkit.crud.gradebook.board import window

        work = self._work(session)
        return standings.standings(work, list(assignment_ids), ties, window(work, since, until, where), after, limit)

    @reading
    def means(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        groups: Mapping[str, Where],
        assignment_id: uuid.UUID | None = None,
    ) -> tuple[GroupMean, ...]:
        """Return the mean of the grades of each group that you name, in your order.

        quizkit has no groups: each is a list of conditions on grades, such as
        `{"7a": [QuizGrade.taker_id.in_(select(Pupil.id).where(Pupil.form == "7a"))]}`. A taker may be in several groups.

        Args:
            session: your session, sync or async.
            quiz_id: the quiz whose default assignment is meant.
            groups: the conditions of at most 100 groups, by name.
            assignment_id: the assignment.

        Raises:
            NotFound: `quiz_not_found`; `assignment_not_found`: the assignment of both ids.
            Refused: `assignment_needed`: the quiz has assignments besides the default one.
            Invalid: `group_count`: more than 100 groups.
            UsageError: `quiz_or_assignment`.
        """
        from quizkit.crud.gradebook import means
        from quizkit.crud.gradebook.chosen import assignment_of

        work = self._work(session)
        return means.means(work, assignment_of(work, quiz_id, assignment_id), groups)

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
