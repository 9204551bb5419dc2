"""Computing the grades of an assignment anew from its attempts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.paging import FIRST, refuse_limit
from quizkit.crud.attempts.grade_statements import GRADE
from quizkit.crud.attempts.grades import computed_grades, grade_takers, open_grade
from quizkit.crud.gradebook import statements
from quizkit.rules.grading import UNGRADED, AssignmentGrade
from quizkit.schemas import Rebuilt

__all__ = ["rebuild"]


def rebuild(work: Work[S], assignment_id: uuid.UUID, after: uuid.UUID | None, limit: int) -> Rebuilt:
    """Return what a step of computing grades anew did: those of `limit` takers at most.

    Raises:
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    of: dict[str, Any] = {"assignment_id": assignment_id}
    work.run(statements.hold_assignment, of)
    found = work.run(statements.takers, {**of, "after": after or FIRST, "limit": limit + 1}).all()
    step = found[:limit]
    takers = [row.taker_id for row in step]
    broken = _regrade(work, step[0].quiz_id, assignment_id, takers) if step else 0
    stored = work.run(statements.grades_of_takers, {**of, "_takers": takers})
    now = {row.taker_id: _grade(row) for row in stored}
    before = {row.taker_id: UNGRADED if row.attempts is None else _grade(row) for row in step}
    return Rebuilt(
        grades=len(step),
        changed=sum(grade != now.get(taker) for taker, grade in before.items()),
        broken=broken,
        next_after=step[-1].id if len(found) > limit else None,
    )


def _regrade(work: Work[S], quiz_id: uuid.UUID, assignment_id: uuid.UUID, takers: Sequence[S]) -> int:
    """Compute grades anew that may not be there yet; locked in the order of all verbs: attempts, then grades."""
    # MariaDB locks the attempts that it reads, and whoever finishes one has it locked before the grade.
    computed_grades(work, assignment_id, takers)
    open_grade(work, quiz_id, assignment_id, takers)
    return grade_takers(work, assignment_id, takers)


def _grade(row: Any) -> AssignmentGrade:
    return AssignmentGrade._make(getattr(row, name) for name in GRADE)
