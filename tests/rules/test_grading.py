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


# ---------------------------------------------------------------------------------------------- what must be passed

FIRST_SLOT = [[[1], "1"]]


def hurdle(score: str, *, met: bool, needs_grading: bool = False, **policy: Any) -> FinishedAttempt:
    """An attempt in which the first question must be right."""
    made = attempt(score, needs_grading=needs_grading, **{"pass_grade": "2", "requirements": FIRST_SLOT, **policy})
    return made._replace(points={1: Decimal(1)} if met else {})


@pytest.mark.parametrize(
    ("method", "attempts", "passed"),
    [
        # One attempt must reach both with the highest grade; the others need it in each attempt that counts.
        ("highest", [("4", False), ("1", True)], False),
        ("highest", [("4", False), ("2", True)], True),
        ("highest", [("4", False)], False),
        ("first", [("4", True), ("4", False)], True),
        ("first", [("4", False), ("4", True)], False),
        ("last", [("4", True), ("4", False)], False),
        ("last", [("4", False), ("4", True)], True),
        ("average", [("4", True), ("2", True)], True),
        ("average", [("4", True), ("4", False)], False),
        ("lowest", [("4", True), ("2", True)], True),
        ("lowest", [("2", True), ("4", False)], False),
        ("best", [("4", True), ("3", True), ("1", False)], True),
        ("best", [("4", True), ("3", False), ("1", True)], False),
        ("best", [("4", True), ("3", False), ("3", True)], True),
    ],
)
def test_a_grade_passes_only_if_what_must_be_passed_is_passed(
    method: str, attempts: list[tuple[str, bool]], passed: bool
) -> None:
    made = [hurdle(score, met=met, grading_method=method) for score, met in attempts]

    assert assignment_grade(made).passed is passed


def test_without_a_pass_mark_the_requirements_decide() -> None:
    for met in (True, False):
        made = hurdle("0", met=met, pass_grade=None)
        assert assignment_grade([made]).passed is met
        assert attempt_grade(made, AttemptPolicy.read(made.policy)).passed is met
        assert has_passed(made) is met


def test_a_requirement_that_is_missed_is_not_revealed_before_the_grade_is_known() -> None:
    waiting = hurdle("4", met=False, needs_grading=True)

    assert attempt_grade(waiting, AttemptPolicy.read(waiting.policy)).passed is None
    assert assignment_grade([waiting]).passed is None
    assert assignment_grade([hurdle("4", met=False), waiting]).passed is None


@pytest.mark.parametrize("method", list(GradingMethod))
def test_a_pass_that_was_shown_is_not_revoked_by_grading(method: GradingMethod) -> None:
    """Whatever the attempt that waits will earn, and whether or not it meets its requirements."""
    graded = [hurdle("4", met=True, grading_method=method), hurdle("3", met=True, grading_method=method)]
    for place in range(3):
        waiting = hurdle("0", met=True, needs_grading=True, grading_method=method)
        before = assignment_grade([*graded[:place], waiting, *graded[place:]]).passed
        for score, met in [("4", False), ("0", False), ("4", True), ("0", True)]:
            known = hurdle(score, met=met, grading_method=method)
            after = assignment_grade([*graded[:place], known, *graded[place:]]).passed
            assert before is None or after is before


def test_an_attempt_keeps_what_had_to_be_passed_when_it_started() -> None:
    policy = AttemptPolicy.read({**POLICY, "requirements": FIRST_SLOT})

    assert policy.as_json()["requirements"] == FIRST_SLOT
    assert AttemptPolicy.read(policy.as_json()) == policy
    assert "requirements" not in AttemptPolicy.read(POLICY).as_json()
