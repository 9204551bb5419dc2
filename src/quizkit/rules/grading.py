"""The grade of a taker in an assignment, computed from their finished attempts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from quizkit.rules import credit, requirements, scoring
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.vocabulary import AttemptState, GradingMethod

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
        points: the points of its slots that have a response; needed only if its policy has requirements.
        late_seconds: how late it counts as, by staff; None by the clock.
        voided: whether staff voided it: then it never counts.
    """

    state: AttemptState
    score: Decimal
    max_score: Decimal
    needs_grading: bool
    policy: Mapping[str, Any]
    submitted_at: datetime | None = None
    due_at: datetime | None = None
    points: Mapping[int, Decimal] = MappingProxyType({})
    late_seconds: int | None = None
    voided: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is part of the grade."""
        return self.state is AttemptState.SUBMITTED and not self.voided


class AssignmentGrade(NamedTuple):
    """The grade of a taker in an assignment.

    Attributes:
        grade: half up to 5 places; None while it is unknown.
        max_grade: the maximum grade of the quiz.
        passed: whether it passes; None if nothing has to be reached, and while that is unknown.
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
        grade: half up to 5 places; None while a part needs manual grading, and of a voided attempt.
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
    passed = _has_passed([_earned(attempt, policy)], policy, scale, grade, final=True)
    return AttemptGrade(grade, scale, passed, _credit(attempt, policy))


def has_passed(attempt: FinishedAttempt) -> bool:
    """Return whether an attempt was submitted, is graded completely, and reaches the pass mark."""
    if not attempt.counts:
        return False
    return attempt_grade(attempt, AttemptPolicy.read(attempt.policy)).passed is True


class _Earned(NamedTuple):
    """The share of the maximum that an attempt earned, None if it needs grading, and whether its requirements are met."""

    share: Fraction | None
    is_met: bool


def _earned(attempt: FinishedAttempt, policy: AttemptPolicy) -> _Earned:
    return _Earned(_share(attempt, policy), requirements.met(policy.requirements, attempt.points))


def _has_passed(
    attempts: Sequence[_Earned], policy: AttemptPolicy, scale: Decimal, grade: Decimal | None, *, final: bool
) -> bool | None:
    """Return whether the attempts pass together (decision 0084); None if nothing has to be reached, or it is unknown.

    With the highest grade, one attempt must reach the pass mark and meet its requirements. Otherwise the grade must
    reach the pass mark, and each attempt that it is computed from must meet its requirements.
    """
    if grade is None or (policy.pass_grade is None and not policy.requirements):
        return None
    method, fails = policy.grading_method, False if final else None
    if method is GradingMethod.HIGHEST:
        passing = [one.share for one in attempts if one.share is not None and one.is_met]
        return _reaches_mark(scoring.grade_of(max(passing), scale), policy, final=final) if passing else fails
    counted = _counted(attempts, policy)
    if not all(one.is_met for one in counted):
        return fails
    if method is GradingMethod.BEST and policy.requirements and not final:
        return None  # an attempt that is not graded yet may take the place of one that meets its requirements
    return _reaches_mark(grade, policy, final=final)


def _reaches_mark(grade: Decimal | None, policy: AttemptPolicy, *, final: bool) -> bool | None:
    """Return whether a known grade reaches the pass mark; without one, each does, also a negative one."""
    return True if policy.pass_grade is None else scoring.has_passed(grade, policy.pass_grade, final=final)


def _counted(attempts: Sequence[_Earned], policy: AttemptPolicy) -> Sequence[_Earned]:
    """Return the attempts that the grade is computed from; of equal ones, those that meet their requirements."""
    if policy.grading_method is GradingMethod.FIRST:
        return attempts[:1]
    if policy.grading_method is GradingMethod.LAST:
        return attempts[-1:]
    if policy.grading_method is GradingMethod.BEST:
        graded = [one for one in attempts if one.share is not None]
        return sorted(graded, key=lambda one: (one.share, one.is_met), reverse=True)[: policy.best_attempts]
    return attempts


def _share(attempt: FinishedAttempt, policy: AttemptPolicy) -> Fraction | None:
    if attempt.needs_grading or attempt.voided:
        return None
    share = scoring.share_of(attempt.score, attempt.max_score, negative=policy.negative_grades)
    return share if share < 0 else share * _credit(attempt, policy)  # being late never makes a negative grade better


def _credit(attempt: FinishedAttempt, policy: AttemptPolicy) -> Fraction:
    if policy.credit is None or attempt.submitted_at is None:
        return credit.FULL
    return policy.credit.at(attempt.submitted_at, attempt.due_at, attempt.late_seconds)


def assignment_grade(attempts: Iterable[FinishedAttempt]) -> AssignmentGrade:
    """Return the grade of finished attempts, given in the order of their starts.

    The policy of the last attempt applies: a changed policy takes effect with the next attempt, so that the grade
    depends only on the attempts. Abandoned and voided attempts do not count. An attempt that needs manual grading has no share
    yet.
    """
    counted = [attempt for attempt in attempts if attempt.counts]
    if not counted:
        return UNGRADED
    policies = [
        AttemptPolicy.read(attempt.policy) for attempt in counted
    ]  # read all of them: a damaged attempt must not result in a grade
    attempts_earned = [_earned(attempt, policy) for attempt, policy in zip(counted, policies, strict=True)]
    newest, scale = policies[-1], policies[-1].scale(counted[-1].max_score)
    shares = [earned.share for earned in attempts_earned]
    earned = scoring.quiz_share(newest.grading_method, shares, newest.best_attempts)
    grade = scoring.grade_of(earned.share, scale)
    return AssignmentGrade(
        grade=grade,
        max_grade=scale,
        passed=_has_passed(attempts_earned, newest, scale, grade, final=earned.final),
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
