"""The grade of a taker in an assignment, recomputed from the attempts that count whenever one of them is finished."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row

from quizkit.crud._core.anonymous import taker_of
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.tables import in_batches
from quizkit.crud._grades import statements
from quizkit.rules import lateness, timing
from quizkit.rules.grading import UNGRADED, AssignmentGrade, FinishedAttempt, assignment_grade
from quizkit.vocabulary import AttemptPurpose, AttemptState

__all__ = [
    "computed_grades",
    "finished_attempt",
    "finished_attempts",
    "grade_attempt",
    "grade_attempts",
    "grade_takers",
    "open_grade",
    "owner",
    "required_points",
    "stored_points",
]

_log: Final = logging.getLogger("quizkit.gradebook")

# The errors that column types and the attempt policy raise for a damaged row; database errors are different ones.
_UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def open_grade(work: Work[S], quiz_id: uuid.UUID, assignment_id: uuid.UUID, takers: Mapping[Any, str | None]) -> None:
    """Create grades without a value for takers who have none. The assignment has at least a share lock.

    `takers` has the pseudonym of each, None for a user.
    """
    new = {
        "quiz_id": quiz_id,
        "assignment_id": assignment_id,
        **UNGRADED._asdict(),
        "created_at": work.now,
        "updated_at": work.now,
    }
    rows = [{"id": work.new_id(), **owner(work, taker, takers[taker]), **new} for taker in _in_order(takers)]
    work.run_many(statements.insert_grade, rows)


def owner(work: Work[S], taker: Any, pseudonym: str | None) -> dict[str, Any]:
    """Return the columns that say whose an attempt or a grade is."""
    return {"taker_id": None, "token_hash": None, "pseudonym": pseudonym, work.models.taker_column: taker}


def grade_attempt(work: Work[S], row: Any) -> None:
    """Recompute the grade that a finished attempt belongs to; `row` was read after finishing."""
    if row.purpose != AttemptPurpose.REAL:
        return
    taker = taker_of(row)
    if row.number > 1:
        grade_takers(work, row.assignment_id, [taker])
        return
    # It is the only attempt, so no other affects the grade.
    grade = assignment_grade(finished_attempts(work, [row], statements.points_now))
    work.run(statements.write_grade, _grade_params(work, row.assignment_id, taker, grade))


def grade_attempts(work: Work[S], attempt_ids: Iterable[uuid.UUID]) -> int:
    """Recompute the grades that some attempts belong to, and return how many could not be computed.

    Each grade is locked before its attempts are read.
    """
    found: dict[tuple[str, bool], tuple[uuid.UUID, set[Any]]] = {}
    for row in work.run(statements.takers_of, {"__attempts": list(attempt_ids)}).all():
        key = str(row.assignment_id), row.token_hash is not None
        found.setdefault(key, (row.assignment_id, set()))[1].add(taker_of(row))
    return sum(
        grade_takers(work.for_anonymous() if anonymous else work, *found[assignment, anonymous])
        for assignment, anonymous in sorted(found)
    )


def grade_takers(work: Work[S], assignment_id: uuid.UUID, takers: Iterable[S]) -> int:
    """Recompute the grades of some takers. Return how many could not be computed; those stay unchanged.

    All grades are locked first, always in the same order; only then the attempts are read.
    """
    ordered = _in_order(takers)
    params = {"__assignment_id": assignment_id, "__now": work.now}
    work.run_many(statements.lock_grade, [{**params, "__taker_id": taker} for taker in ordered])
    grades = computed_grades(work, assignment_id, ordered)
    if grades is None:  # one by one, so that a damaged attempt affects only its own taker
        each = [computed_grades(work, assignment_id, [taker]) for taker in ordered] if len(ordered) > 1 else []
        grades = {taker: grade for found in each if found is not None for taker, grade in found.items()}
    rows = [_grade_params(work, assignment_id, taker, grade) for taker, grade in grades.items()]
    work.run_many(statements.write_grade, rows)
    return len(ordered) - len(grades)


def computed_grades(work: Work[S], assignment_id: uuid.UUID, takers: Sequence[S]) -> dict[S, AssignmentGrade] | None:
    """Return the grades of some takers; None if an attempt cannot be read, which is logged for a single taker."""
    params = {"assignment_id": assignment_id, "__takers": list(takers)}
    finished: dict[S, list[FinishedAttempt]] = {taker: [] for taker in takers}
    try:
        rows = work.run(statements.finished_attempts, params).all()
        for row, attempt in zip(rows, finished_attempts(work, rows, statements.points_now), strict=True):
            # For the database two spellings may be one id. Which of several takers one belongs to, it does not say: the
            # caller then asks for them one by one.
            taker = getattr(row, work.models.taker_column) if len(takers) > 1 else takers[0]
            finished[taker].append(attempt)
        return {taker: assignment_grade(attempts) for taker, attempts in finished.items()}
    except _UNREADABLE as error:
        if len(takers) == 1:
            _log.error("A grade cannot be computed: assignment=%s error=%s", assignment_id, type(error).__name__)  # fmt: skip
        return None


def finished_attempts(
    work: Work[S], rows: Sequence[Row[Any]], build: Build = statements.points_of_responses
) -> list[FinishedAttempt]:
    """Return what grades are computed from, from the rows of finished attempts; `build` selects their points."""
    points = required_points(work, rows, build)
    return [finished_attempt(row, points.get(row.id, {})) for row in rows]


def finished_attempt(row: Any, points: Mapping[int, Decimal]) -> FinishedAttempt:
    """Return what a grade is computed from, from the row of a finished attempt and its points by slot."""
    return FinishedAttempt(
        state=AttemptState(row.state),
        score=row.score,
        max_score=row.max_score,
        needs_grading=row.needs_grading,
        policy=row.policy,
        submitted_at=row.submitted_at,
        due_at=row.due_at,
        points=points,
        late_seconds=row.late_seconds,
        voided=row.voided_at is not None,
    )


def required_points(
    work: Work[S], rows: Iterable[Row[Any]], build: Build = statements.points_of_responses
) -> Mapping[uuid.UUID, Mapping[int, Decimal]]:
    """Return the known points of attempts by slot. They are read only if a question or a section must be passed."""
    attempts = {row.id: row for row in rows if row.policy.get("requirements")}
    points: dict[uuid.UUID, dict[int, Decimal]] = {}
    for batch in in_batches(sorted(attempts)):
        for row in work.run(build, {"__attempts": batch}):
            counted = lateness.counted(stored_points(row, attempts[row.attempt_id]))
            points.setdefault(row.attempt_id, {})[row.slot] = counted.known
    return points


def stored_points(row: Any, attempt: Any) -> lateness.Stored:
    """Return the points in the row of a response; `attempt` is the row of its attempt, or the facts."""
    late = not timing.is_on_time(row.received_at, attempt.on_time_until)
    kept = row.kept_received_at is not None
    stored = lateness.Stored(row.effective_points, row.late_points, late, kept, row.kept_points)
    return lateness.decided(stored, attempt.late_seconds)


def _grade_params(work: Work[S], assignment_id: uuid.UUID, taker: S, grade: AssignmentGrade) -> Mapping[str, Any]:
    """Return the parameters of the statement that writes a grade."""
    values = {f"__{name}": value for name, value in grade._asdict().items()}
    return {"__assignment_id": assignment_id, "__taker_id": taker, "__now": work.now, **values}


def _in_order(takers: Iterable[S]) -> list[S]:
    """Return takers in the order in which their grades are locked. Any order works if all callers use the same one."""
    return sorted(takers, key=str)
