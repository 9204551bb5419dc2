from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.rules.credit import FULL, Credit, Step
from quizkit.rules.grading import (
    UNGRADED,
    AssignmentGrade,
    AttemptGrade,
    FinishedAttempt,
    assignment_grade,
    attempt_grade,
    has_passed,
)
from quizkit.vocabulary import AttemptState, GradingMethod

POLICY = {
    "behaviour": "deferred",
    "penalty": "0",
    "grading_method": "highest",
    "best_attempts": "2",
    "max_grade": None,
    "pass_grade": None,
    "max_attempts": None,
    "late_penalty": "0",
}


def attempt(
    score: str,
    most: str = "4",
    *,
    state: AttemptState = AttemptState.SUBMITTED,
    needs_grading: bool = False,
    **policy: Any,
) -> FinishedAttempt:
    return FinishedAttempt(state, Decimal(score), Decimal(most), needs_grading, {**POLICY, **policy})


def grade(
    value: str | None, most: str, passed: bool | None, attempts: int, *, open_: bool = False, **policy: Any
) -> AssignmentGrade:
    rules = {"grading_method": "highest", "best_attempts": 2, **policy}
    return AssignmentGrade(None if value is None else Decimal(value), Decimal(most), passed, attempts, open_, **rules)


@pytest.mark.parametrize(
    ("method", "earned"),
    [
        (GradingMethod.HIGHEST, "3"),
        (GradingMethod.FIRST, "2"),
        (GradingMethod.LAST, "1"),
        (GradingMethod.AVERAGE, "2"),
        (GradingMethod.LOWEST, "1"),
        (GradingMethod.BEST, "2.5"),
    ],
)
def test_the_grading_method_selects_the_attempts_of_the_grade(method: GradingMethod, earned: str) -> None:
    made = [attempt(score, grading_method=method.value) for score in ("2", "3", "1")]

    assert assignment_grade(made) == grade(earned, "4", None, 3, grading_method=method)


def test_the_policy_of_the_last_attempt_applies_to_all_attempts() -> None:
    made = [attempt("3", grading_method="highest"), attempt("1", grading_method="last", max_grade="10")]

    assert assignment_grade(made) == grade("2.5", "10", None, 2, grading_method="last")


def test_abandoned_attempts_do_not_count_under_any_policy() -> None:
    left = FinishedAttempt(AttemptState.ABANDONED, Decimal(4), Decimal(4), needs_grading=False, policy={})

    assert assignment_grade([attempt("1"), left]) == grade("1", "4", None, 1)
    assert assignment_grade([left]) == assignment_grade([]) == UNGRADED


def test_attempts_that_need_manual_grading_have_no_share() -> None:
    waiting = attempt("4", needs_grading=True, pass_grade="2")

    assert assignment_grade([waiting]) == grade(None, "4", None, 1, open_=True, pass_grade=2)
    assert assignment_grade([attempt("1"), waiting]) == grade("1", "4", None, 2, open_=True, pass_grade=2)


@pytest.mark.parametrize(("score", "passed"), [("1.9999949", False), ("1.999995", True), ("2", True)])
def test_the_grade_as_shown_decides_whether_it_passes(score: str, passed: bool) -> None:
    assert assignment_grade([attempt(score, pass_grade="2")]).passed is passed


def test_a_damaged_policy_of_any_attempt_yields_no_grade() -> None:
    with pytest.raises(ValueError, match="sometimes"):
        assignment_grade([attempt("1", grading_method="sometimes"), attempt("1")])


@pytest.mark.parametrize(
    ("score", "needs_grading", "expected"),
    [
        ("2", False, AttemptGrade(Decimal(5), Decimal(10), passed=True, credit=FULL)),
        ("1", False, AttemptGrade(Decimal("2.5"), Decimal(10), passed=False, credit=FULL)),
        ("4", True, AttemptGrade(None, Decimal(10), passed=None, credit=FULL)),
    ],
)
def test_an_attempt_has_a_grade_by_its_own_policy_unless_a_part_needs_grading(
    score: str, needs_grading: bool, expected: AttemptGrade
) -> None:
    one = attempt(score, needs_grading=needs_grading, max_grade="10", pass_grade="5")

    assert attempt_grade(one, AttemptPolicy.read(one.policy)) == expected


def test_the_credit_at_the_end_of_each_attempt_is_a_share_of_its_points() -> None:
    due = datetime(2026, 3, 2, 12, tzinfo=UTC)
    steps = (Step(-60, Fraction(11, 10)), Step(0, FULL), Step(60, Fraction(1, 2)))
    rule = Credit.of(steps, due=due, deadline=due)
    assert rule is not None

    def at(seconds: int) -> datetime:
        return due + timedelta(seconds=seconds)

    def ended(seconds: int, score: str) -> FinishedAttempt:
        one = attempt(score, credit=rule.as_json(), pass_grade="4")
        return one._replace(submitted_at=at(seconds), due_at=due)

    assert assignment_grade([ended(-60, "4")]) == grade("4.4", "4", True, 1, pass_grade=4, reached_at=at(-60))
    assert assignment_grade([ended(-59, "4")]) == grade("4", "4", True, 1, pass_grade=4, reached_at=at(-59))
    assert assignment_grade([ended(1, "4"), ended(2, "3")]) == grade("2", "4", False, 2, pass_grade=4, reached_at=at(1))
    assert assignment_grade([ended(61, "4")]) == grade("0", "4", False, 1, pass_grade=4, reached_at=at(61))
    assert has_passed(ended(0, "4"))
    assert not has_passed(ended(1, "4"))
    last = ended(1, "4")
    assert attempt_grade(last, AttemptPolicy.read(last.policy)).credit == Fraction(1, 2)


@pytest.mark.parametrize(
    ("one", "passed"),
    [
        (attempt("2", pass_grade="2"), True),
        (attempt("1", pass_grade="2"), False),
        (attempt("2"), False),
        (attempt("2", pass_grade="2", needs_grading=True), False),
        (attempt("2", pass_grade="2", state=AttemptState.ABANDONED), False),
        (attempt("2", pass_grade="2", state=AttemptState.OPEN), False),
    ],
)
def test_only_a_submitted_and_completely_graded_attempt_has_passed(one: FinishedAttempt, passed: bool) -> None:
    assert has_passed(one) is passed
