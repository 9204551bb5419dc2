"""The grade of a taker in an assignment, computed from their finished attempts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.rules import scoring
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.vocabulary import AttemptState

__all__ = [
    "UNGRADED",
    "AssignmentGrade",
    "AttemptGrade",
    "FinishedAttempt",
    "assignment_grade",
    "attempt_grade",
    "has_passed",
]


class FinishedAttempt(NamedTuple):
    """The facts about a finished attempt that determine the grade.

    Attributes:
        state: submitted, or abandoned.
        score: the sum of the known points.
        max_score: the maximum score without extra credit.
        needs_grading: whether a part needs manual grading.
        policy: its policy as stored.
    """

    state: AttemptState
    score: Decimal
    max_score: Decimal
    needs_grading: bool
    policy: Mapping[str, Any]


class AssignmentGrade(NamedTuple):
    """The grade of a taker in an assignment.

    Attributes:
        grade: half up to 5 places; None while it is unknown.
        max_grade: the maximum grade of the quiz.
        passed: whether it passes; None without a pass mark, and while that is unknown.
        attempts: the number of attempts that count.
        needs_grading: whether manual grading may change it.
    """

    grade: Decimal | None
    max_grade: Decimal
    passed: bool | None
    attempts: int
    needs_grading: bool


UNGRADED: Final = AssignmentGrade(None, Decimal(0), None, 0, needs_grading=False)
"""The grade of a taker without any attempt that counts."""


class AttemptGrade(NamedTuple):
    """The grade of one attempt.

    Attributes:
        grade: half up to 5 places; None while a part needs manual grading.
        max_grade: the maximum grade of the quiz.
        passed: whether it passes; None without a pass mark, and without a grade.
    """

    grade: Decimal | None
    max_grade: Decimal
    passed: bool | None


def attempt_grade(policy: AttemptPolicy, score: Decimal, max_score: Decimal, *, needs_grading: bool) -> AttemptGrade:
    """Return the grade of a finished attempt by its own policy."""
    scale = policy.scale(max_score)
    grade = scoring.grade_of(_share(score, max_score, needs_grading=needs_grading), scale)
    return AttemptGrade(grade, scale, scoring.has_passed(grade, policy.pass_grade))


def has_passed(attempt: FinishedAttempt) -> bool:
    """Return whether an attempt was submitted, is graded completely, and reaches the pass mark."""
    if attempt.state is not AttemptState.SUBMITTED:
        return False
    policy = AttemptPolicy.read(attempt.policy)
    grade = attempt_grade(policy, attempt.score, attempt.max_score, needs_grading=attempt.needs_grading)
    return grade.passed is True


def _share(score: Decimal, max_score: Decimal, *, needs_grading: bool) -> Fraction | None:
    return None if needs_grading else scoring.share_of(score, max_score)


def assignment_grade(attempts: Iterable[FinishedAttempt]) -> AssignmentGrade:
    """Return the grade of finished attempts, given in the order of their starts.

    The policy of the last attempt applies: a changed policy takes effect with the next attempt, so that the grade
    depends only on the attempts. Abandoned attempts do not count. An attempt that needs manual grading has no share
    yet.
    """
    counted = [attempt for attempt in attempts if attempt.state is AttemptState.SUBMITTED]
    if not counted:
        return UNGRADED
    policies = [
        AttemptPolicy.read(attempt.policy) for attempt in counted
    ]  # read all of them: a damaged attempt must not result in a grade
    shares = [_share(attempt.score, attempt.max_score, needs_grading=attempt.needs_grading) for attempt in counted]
    newest, scale = policies[-1], policies[-1].scale(counted[-1].max_score)
    earned = scoring.quiz_share(newest.grading_method, shares)
    grade = scoring.grade_of(earned.share, scale)
    return AssignmentGrade(
        grade=grade,
        max_grade=scale,
        passed=scoring.has_passed(grade, newest.pass_grade, final=earned.final),
        attempts=len(counted),
        needs_grading=not earned.final,
    )
