"""The grade of a taker in an assignment: what their finished attempts are worth together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from quizkit.rules import scoring
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.vocabulary import AttemptState

__all__ = ["UNGRADED", "AssignmentGrade", "FinishedAttempt", "assignment_grade"]


class FinishedAttempt(NamedTuple):
    """What the grade depends on of an attempt that is finished.

    Attributes:
        state: submitted, or abandoned.
        score: the sum of the points that are known.
        max_score: the sum of the points that can be earned without extra credit.
        needs_grading: whether a person must grade a part of it.
        policy: its policy, as it is stored.
    """

    state: AttemptState
    score: Decimal
    max_score: Decimal
    needs_grading: bool
    policy: Mapping[str, Any]


class AssignmentGrade(NamedTuple):
    """The grade of a taker in an assignment.

    Attributes:
        grade: half up to 5 places; None while it is not known.
        max_grade: what the whole quiz is worth as a grade.
        passed: whether it passes; None without a pass mark, and while that is not known.
        attempts: how many attempts it is made of.
        needs_grading: whether only a person could grade something that may change it.
    """

    grade: Decimal | None
    max_grade: Decimal
    passed: bool | None
    attempts: int
    needs_grading: bool


UNGRADED: Final = AssignmentGrade(None, Decimal(0), None, 0, needs_grading=False)
"""The grade of a taker none of whose attempts counts."""


def assignment_grade(attempts: Iterable[FinishedAttempt]) -> AssignmentGrade:
    """Return the grade that finished attempts make, the first one first.

    The last of them says how: a policy that was changed meanwhile holds from the next attempt on, so that the grade
    always follows from the attempts alone. Abandoned ones do not count. What a person must still grade has no share.
    """
    counted = [one for one in attempts if one.state is AttemptState.SUBMITTED]
    if not counted:
        return UNGRADED
    policies = [AttemptPolicy.read(one.policy) for one in counted]  # all: a damaged attempt makes no grade
    shares = [None if one.needs_grading else scoring.share_of(one.score, one.max_score) for one in counted]
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
