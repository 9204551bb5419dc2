"""Verbs for what happens to attempts without their taker, and for what they are worth: jobs and staff."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from quizkit.crud._core.clock import moment
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import Where
from quizkit.crud._core.paging import AFTER, LIMIT, refuse_limit
from quizkit.crud._core.tables import ID, owned
from quizkit.crud._core.verbs import lone_verb, verb
from quizkit.crud.attempts import finish_statements as closing
from quizkit.crud.attempts.grades import UNGRADED, Grading
from quizkit.errors import NotFound
from quizkit.models import ExactPoints, Models
from quizkit.schemas import Expired, LeaderboardEntry, Page, QuizGradeReturn, Rebuilt
from quizkit.vocabulary import AttemptPurpose

__all__ = ["Gradebook"]

_RETURNED = tuple(QuizGradeReturn.model_fields)


def _of_assignment(m: Models[Any]) -> Any:
    table = m.table(m.quiz_grade)
    return select(*(table.c[name] for name in _RETURNED)).where(
        table.c.assignment_id == bindparam("assignment_id", type_=ID), table.c.attempts >= 1, *owned(m, m.quiz_grade)
    )


def _grades(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz_grade)
    found: Executable = _of_assignment(m).where(table.c.id > AFTER).order_by(table.c.id).limit(LIMIT)
    return found


def _best(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz_grade)
    found: Executable = (
        _of_assignment(m).where(table.c.grade.is_not(None)).order_by(table.c.grade.desc(), table.c.id).limit(LIMIT)
    )
    return found


def _after(m: Models[Any], _dialect: str) -> Executable:
    """Select the grades after one: lower, or equal and later in the order of their ids."""
    table = m.table(m.quiz_grade)
    grade = bindparam("_grade", type_=ExactPoints(16))
    found: Executable = (
        _of_assignment(m)
        .where(table.c.grade <= grade, or_(table.c.grade < grade, table.c.id > AFTER))
        .order_by(table.c.grade.desc(), table.c.id)
        .limit(LIMIT)
    )
    return found


def _one(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz_grade)
    found: Executable = _of_assignment(m).where(table.c.id == bindparam("id", type_=ID))
    return found


def _before(m: Models[Any], _dialect: str) -> Executable:
    """Count the grades above one, and those that come before it in the order of the list."""
    table = m.table(m.quiz_grade)
    grade = bindparam("_grade", type_=ExactPoints(16))
    here = (
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c.attempts >= 1,
        *owned(m, m.quiz_grade),
    )
    earlier = or_(table.c.grade > grade, and_(table.c.grade == grade, table.c.id < bindparam("id", type_=ID)))
    above = select(func.count()).select_from(table).where(*here, table.c.grade > grade).scalar_subquery()
    return select(above.label("above"), func.count().label("earlier")).select_from(table).where(*here, earlier)


def _hold_assignment(m: Models[Any], _dialect: str) -> Executable:
    """Lock an assignment for share, as everybody does who makes a grade in it."""
    table = m.table(m.assignment)
    found = select(table.c.id).where(table.c.id == bindparam("assignment_id", type_=ID), *owned(m, m.assignment))
    return found.with_for_update(read=True)


def _takers(m: Models[Any], _dialect: str) -> Executable:
    """Select takers with attempts at an assignment, by the id of their first one, and what their grade is now."""
    attempt, grade = m.table(m.attempt), m.table(m.quiz_grade)
    names = ("grade", "max_grade", "passed", "attempts", "needs_grading")
    here = and_(
        grade.c.assignment_id == attempt.c.assignment_id,
        grade.c.taker_id == attempt.c.taker_id,
        *owned(m, m.quiz_grade),
    )
    return (
        select(attempt.c.id, attempt.c.quiz_id, attempt.c.taker_id, *(grade.c[name] for name in names))
        .select_from(attempt)
        .outerjoin(grade, here)
        .where(
            attempt.c.assignment_id == bindparam("assignment_id", type_=ID),
            attempt.c.number == bindparam("_first", 1),
            attempt.c.purpose == AttemptPurpose.REAL.value,
            attempt.c.taker_id.is_not(None),
            attempt.c.id > AFTER,
            *owned(m, m.attempt),
        )
        .order_by(attempt.c.id)
        .limit(LIMIT)
    )


def _grades_of(m: Models[Any], _dialect: str) -> Executable:
    table = m.table(m.quiz_grade)
    names = ("taker_id", "grade", "max_grade", "passed", "attempts", "needs_grading")
    return select(*(table.c[name] for name in names)).where(
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c.taker_id.in_(bindparam("_takers", type_=table.c.taker_id.type, expanding=True)),
        *owned(m, m.quiz_grade),
    )


class Gradebook(Grading[S]):
    """Attempts and grades, for jobs and staff."""

    @verb
    def expire_due(self, session: Session, *, limit: int = 100, now: datetime | None = None) -> Expired:
        """Finish attempts whose time is over and whose takers are gone: graded on what was saved, at the time it was due.

        A step of a longer job: commit, and call it again while `more` is true. Any number of workers may do so at
        once; each takes other attempts. What the policy abandons is abandoned. An attempt that is damaged is finished like
        the others; if the grade that it makes cannot be computed, that one stays as it is, `broken` counts it, and the
        log `quizkit.gradebook` has a line.

        Args:
            session: yours, sync or async; flushed, never committed.
            limit: how many attempts to finish at most, from 1 to 200.
            now: the moment that decides; the present unless given.
        """
        refuse_limit(limit)
        at = moment(now)
        due = self._run(session, closing.overdue, {"_now": at, "limit": limit}).scalars().all()
        broken = 0
        if due:
            self._run(session, closing.close_all, {"_attempts": due, "_now": at})
            self._run(session, closing.add_up_all, {"_attempts": due, "_now": at})
            broken = self._grade_attempts(session, due, at)
        return Expired(finished=len(due), more=len(due) == limit, broken=broken)

    @lone_verb
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
        return self._page(session, _grades, made, where=where, after=after, limit=limit, assignment_id=assignment_id)

    @lone_verb
    def leaderboard(
        self, session: Session, *, assignment_id: uuid.UUID, after: uuid.UUID | None = None, limit: int = 50
    ) -> Page[LeaderboardEntry[S]]:
        """Return the grades of an assignment, the best first, each with its rank: 1, 2, 2, 4 (competition ranking).

        Who has no grade while a person must grade, is not on it.
        It is for staff, and for takers where a host wants them to see each other's grades.

        Args:
            session: yours, sync or async.
            assignment_id: the assignment.
            after: the id of the last grade before this page.
            limit: how many at most, from 1 to 200.

        Raises:
            NotFound: `grade_not_found`: there is no grade `after` in this assignment.
        """
        refuse_limit(limit)
        of: dict[str, Any] = {"assignment_id": assignment_id}
        build, past = _best, {}
        if after is not None:
            last = self._first(session, _one, {**of, "id": after})
            if last is None or last.grade is None:
                raise NotFound("grade_not_found", "There is no such grade")
            build, past = _after, {"_grade": last.grade, "after": after}
        found = self._run(session, build, {**of, **past, "limit": limit + 1}).all()
        shown = found[:limit]
        entries: list[LeaderboardEntry[Any]] = []
        if shown:
            counts = self._run(session, _before, {**of, "_grade": shown[0].grade, "id": shown[0].id}).one()
            rank = counts.above + 1
            for position, row in enumerate(shown, counts.earlier + 1):
                if entries and row.grade != entries[-1].grade:
                    rank = position
                known = {name: getattr(row, name) for name in _RETURNED}
                entries.append(LeaderboardEntry(rank=rank, **known))
        return Page(items=tuple(entries), next_after=shown[-1].id if len(found) > limit else None)

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
        refuse_limit(limit)
        at = moment(now)
        of: dict[str, Any] = {"assignment_id": assignment_id}
        self._run(session, _hold_assignment, of)
        bound = {**of, "after": after or uuid.UUID(int=0), "limit": limit + 1}
        takers = self._run(session, _takers, bound).all()
        step = takers[:limit]
        broken = 0
        if step:
            broken = self._regrade(session, step[0].quiz_id, assignment_id, [row.taker_id for row in step], at)
        names = tuple(UNGRADED)
        computed = {
            row.taker_id: tuple(getattr(row, name) for name in names)
            for row in self._run(session, _grades_of, {**of, "_takers": [row.taker_id for row in step]})
        }
        nothing = tuple(UNGRADED.values())
        before = {row.taker_id: nothing if row.attempts is None else tuple(getattr(row, name) for name in names) for row in step}  # fmt: skip
        changed = sum(before[taker] != computed.get(taker) for taker in before)
        next_after = step[-1].id if len(takers) > limit else None
        return Rebuilt(grades=len(step), changed=changed, broken=broken, next_after=next_after)

    def _regrade(
        self, session: Session, quiz_id: uuid.UUID, assignment_id: uuid.UUID, takers: list[Any], at: datetime
    ) -> int:
        """Compute grades anew that may not be there yet; locked in the order of all verbs: attempts, then grades."""
        # MariaDB locks the attempts that it reads, and whoever finishes one has it locked before the grade.
        self._computed(session, assignment_id, takers)
        self._open_grade(session, quiz_id, assignment_id, takers, at)
        return self._grade_takers(session, assignment_id, takers, at)
