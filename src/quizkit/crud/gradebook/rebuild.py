"""Recompute the grades of an assignment from its attempts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from quizkit.crud._core.anonymous import taker_of
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.paging import refuse_limit, rows_after
from quizkit.crud._grades.compute import computed_grades, grade_takers, open_grade
from quizkit.crud._grades.statements import GRADE
from quizkit.crud.gradebook import statements
from quizkit.rules.grading import UNGRADED, AssignmentGrade
from quizkit.schemas import Rebuilt

__all__ = ["rebuild"]


def rebuild(work: Work[S], assignment_id: uuid.UUID, after: uuid.UUID | None, limit: int) -> Rebuilt:
    """Recompute the grades of up to `limit` takers, and return what changed.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    params: dict[str, Any] = {"assignment_id": assignment_id}
    work.run(statements.lock_assignment, params)
    here = {"assignment_id": "assignment_id"}
    found = rows_after(work, statements.takers, work.models.attempt, scope=here, after=after, limit=limit, **params)
    batch = found[:limit]
    broken = 0
    for calls in (work, work.for_anonymous()):
        rows = [row for row in batch if (row.token_hash is not None) is calls.models.is_anonymous]
        takers = {taker_of(row): row.pseudonym for row in rows}
        broken += _regrade(calls, batch[0].quiz_id, assignment_id, takers) if takers else 0
    before = {row.id: _grade(row) for row in batch}
    stored = work.run(statements.grades_of_attempts, {"__attempts": list(before)})
    return Rebuilt(
        grades=len(batch),
        changed=sum(_grade(row) != before[row.id] for row in stored),
        broken=broken,
        next_after=batch[-1].id if len(found) > limit else None,
    )


def _regrade(work: Work[S], quiz_id: uuid.UUID, assignment_id: uuid.UUID, takers: Mapping[Any, str | None]) -> int:
    """Recompute grades, some of which may not exist yet. Attempts are locked before grades, as in all verbs."""
    # Called for its locks: MariaDB locks the attempts that it reads, and finishing one locks it before the grade.
    computed_grades(work, assignment_id, list(takers))
    open_grade(work, quiz_id, assignment_id, takers)
    return grade_takers(work, assignment_id, takers)


def _grade(row: Any) -> AssignmentGrade:
    return UNGRADED if row.attempts is None else AssignmentGrade._make(getattr(row, name) for name in GRADE)
