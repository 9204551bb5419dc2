"""The grade of a taker in an assignment, computed from their finished attempts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.rules import credit, scoring
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
        submitted_at: when it was finished.
        due_at: its deadline; None for none.
    """

    state: AttemptState
    score: Decimal
    max_score: Decimal
    needs_grading: bool
    policy: Mapping[str, Any]
    submitted_at: datetime | None = None
    due_at: datetime | None = None


class AssignmentGrade(NamedTuple):
    """The grade of a taker in an assignment.

    Attributes:
        grade: half up to 5 places; None while it is unknown.
        max_grade: the maximum grade of the quiz.
        passed: whether it passes; None without a pass mark, and while that is unknown.
        attempts: the number of attempts that count.
        needs_grading: whether manual grading may change it.
        grading_method: how the attempts are combined; None without any that counts.
        best_attempts: of how many attempts `best` is the average.
        pass_grade: the pass mark, if there is one.
        reached_at: when the last of the attempts that the grade is made of was finished; None without a grade.
    """

    grade: Decimal | None
    max_grade: Decimal
    passed: bool | None
    attempts: int
    needs_grading: bool
    grading_method: str | None = None
    best_attempts: int | None = None
    pass_grade: Decimal | None = None
    reached_at: datetime | None = None


UNGRADED: Final = AssignmentGrade(None, Decimal(0), None, 0, needs_grading=False)
"""The grade of a taker without any attempt that counts."""


class AttemptGrade(NamedTuple):
    """The grade of one attempt.

    Attributes:
        grade: half up to 5 places; None while a part needs manual grading.
        max_grade: the maximum grade of the quiz.
        passed: whether it passes; None without a pass mark, and without a grade.
        credit: the share of its points that counts by the time of its end.
    """

    grade: Decimal | None
    max_grade: Decimal
    passed: bool | None
    credit: Fraction


def attempt_grade(attempt: FinishedAttempt, policy: AttemptPolicy) -> AttemptGrade:
    """Return the grade of a finished attempt by its own policy."""
    scale = policy.scale(attempt.max_score)
    grade = scoring.grade_of(_share(attempt, policy), scale)
    return AttemptGrade(grade, scale, scoring.has_passed(grade, policy.pass_grade), _credit(attempt, policy))


def has_passed(attempt: FinishedAttempt) -> bool:
    """Return whether an attempt was submitted, is graded completely, and reaches the pass mark."""
    if attempt.state is not AttemptState.SUBMITTED:
        return False
    return attempt_grade(attempt, AttemptPolicy.read(attempt.policy)).passed is True


def _share(attempt: FinishedAttempt, policy: AttemptPolicy) -> Fraction | None:
    if attempt.needs_grading:
        return None
    return scoring.share_of(attempt.score, attempt.max_score) * _credit(attempt, policy)


def _credit(attempt: FinishedAttempt, policy: AttemptPolicy) -> Fraction:
    if policy.credit is None or attempt.submitted_at is None:
        return credit.FULL
    return policy.credit.at(attempt.submitted_at, attempt.due_at)


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
    shares = [_share(attempt, policy) for attempt, policy in zip(counted, policies, strict=True)]
    newest, scale = policies[-1], policies[-1].scale(counted[-1].max_score)
    earned = scoring.quiz_share(newest.grading_method, shares, newest.best_attempts)
    grade = scoring.grade_of(earned.share, scale)
    return AssignmentGrade(
        grade=grade,
        max_grade=scale,
        passed=scoring.has_passed(grade, newest.pass_grade, final=earned.final),
        attempts=len(counted),
        needs_grading=not earned.final,
        grading_method=newest.grading_method.value,
        best_attempts=newest.best_attempts,
        pass_grade=newest.pass_grade,
        reached_at=None if grade is None else _reached_at(counted, shares, newest),
    )


def _reached_at(
    counted: Sequence[FinishedAttempt], shares: Sequence[Fraction | None], policy: AttemptPolicy
) -> datetime | None:
    made_of = scoring.deciding_attempts(policy.grading_method, shares, policy.best_attempts)
    ends = (counted[position].submitted_at for position in made_of)
    return max((end for end in ends if end is not None), default=None)
