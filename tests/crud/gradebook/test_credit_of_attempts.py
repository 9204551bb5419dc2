"""Credit in steps by date: fixed when an attempt starts, and applied to each attempt that counts."""

from __future__ import annotations

import uuid
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import assignments, attempts, gradebook, quizzes
from quizkit.schemas import (
    AccessSettings,
    AssignmentCreate,
    AssignmentSettings,
    CreditStep,
    Outcome,
    QuizCreate,
    QuizUpdate,
)
from quizkit.testing import broken_invariants
from quizkit.vocabulary import GradingMethod, TimeUp
from taking import HOUR, MINUTE, NOON, answer, published, start_attempt, yes

DUE = NOON + HOUR
STEPS = [
    CreditStep(until_seconds=-1800, share="1.1"),
    CreditStep(until_seconds=0),
    CreditStep(until_seconds=1800, share="0.8"),
    CreditStep(until_seconds=3600, share="1/2"),
]


def exam(
    call: Caller, *, credit: Any = STEPS, settings: AssignmentSettings | None = None
) -> tuple[uuid.UUID, uuid.UUID]:
    """A quiz of two statements with credit steps around a due date, after which late responses are accepted."""
    quiz_id = published(
        call, yes(1), yes(2), credit=credit, max_grade=100, pass_grade=50, time_up=TimeUp.ACCEPT_LATE, max_attempts=3
    )
    new = AssignmentCreate(quiz_id=quiz_id, due_at=DUE, settings=settings or AssignmentSettings())
    made = call(assignments.create, new, now=NOON)
    return quiz_id, made.id


def take(call: Caller, assignment_id: uuid.UUID, quiz_id: uuid.UUID, at: Any, taker: str = "ann") -> Outcome:
    paper = start_attempt(call, quiz_id, taker, assignment_id=assignment_id)
    both = [answer(1, 1, answer=True), answer(2, 1, answer=True)]
    for one in both:
        call(attempts.save, paper.attempt_id, one, taker=taker, now=NOON)
    outcome: Outcome = call(attempts.submit, paper.attempt_id, taker=taker, now=at)
    return outcome


@pytest.mark.parametrize(
    ("after", "share", "grade"),
    [
        (-HOUR / 2, "1.1", "110"),
        (0 * HOUR, "1", "100"),
        (HOUR / 2, "0.8", "80"),
        (HOUR, "0.5", "50"),
        (2 * HOUR, "0", "0"),
    ],
)
def test_the_end_of_an_attempt_decides_which_share_of_its_points_counts(
    call: Caller, after: Any, share: str, grade: str
) -> None:
    quiz_id, assignment_id = exam(call)

    outcome = take(call, assignment_id, quiz_id, DUE + after)

    assert (str(outcome.score), str(outcome.grade), outcome.credit) == ("2", grade, Fraction(share))
    assert outcome.passed is (outcome.grade is not None and outcome.grade >= 50)
    (row,) = call(gradebook.grades, assignment_id=assignment_id).items
    assert (str(row.grade), row.passed) == (grade, outcome.passed)
    assert call(broken_invariants) == []


def test_the_credit_of_each_attempt_enters_the_grade_of_all(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, settings=AssignmentSettings(grading_method=GradingMethod.AVERAGE))

    for after in (-HOUR, HOUR / 2):
        take(call, assignment_id, quiz_id, DUE + after)

    grade = call(attempts.grade, quiz_id, taker="ann", assignment_id=assignment_id, now=DUE + HOUR)
    assert (str(grade.grade), grade.grading_method, grade.pass_grade) == ("95", GradingMethod.AVERAGE, 50)
    assert call(broken_invariants) == []


def test_the_steps_of_the_assignment_replace_those_of_the_quiz(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, credit=[CreditStep(share="0.9")])
    assert take(call, assignment_id, quiz_id, DUE + 9 * HOUR).credit == Fraction(9, 10)

    for steps, share in ([CreditStep(share="1/3")], Fraction(1, 3)), ([], None):
        quiz_id, assignment_id = exam(call, settings=AssignmentSettings(credit=steps))
        assert take(call, assignment_id, quiz_id, DUE + 9 * HOUR).credit == share


def test_an_open_attempt_keeps_the_steps_with_which_it_was_started(call: Caller) -> None:
    quiz_id, assignment_id = exam(call)
    paper = start_attempt(call, quiz_id, assignment_id=assignment_id)
    call(quizzes.update, quiz_id, QuizUpdate(credit=[]))
    call(quizzes.publish, quiz_id)

    assert call(attempts.submit, paper.attempt_id, taker="ann", now=DUE + MINUTE).credit == Fraction(4, 5)
    assert take(call, assignment_id, quiz_id, DUE + MINUTE).credit is None


def test_an_override_and_an_extension_move_the_steps_with_the_due_date(call: Caller) -> None:
    quiz_id, assignment_id = exam(call)
    call(assignments.override, assignment_id, AccessSettings(due_at=DUE + HOUR), taker="ben", now=NOON)
    assert take(call, assignment_id, quiz_id, DUE + HOUR, "ben").credit == 1

    paper = start_attempt(call, quiz_id, "cid", assignment_id=assignment_id)
    call(assignments.extend, assignment_id, seconds=600, taker="cid", now=NOON)
    assert call(attempts.submit, paper.attempt_id, taker="cid", now=DUE + 10 * MINUTE).credit == 1
    assert call(broken_invariants) == []


def test_without_a_due_date_all_points_count(call: Caller) -> None:
    quiz_id = published(call, yes(1), credit=STEPS)
    paper = start_attempt(call, quiz_id)

    outcome = call(
        attempts.submit, paper.attempt_id, responses=[answer(1, 1, answer=True)], taker="ann", now=DUE + 9 * HOUR
    )

    assert (outcome.grade, outcome.credit) == (1, None)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([{"until_seconds": 0}, {"until_seconds": 0}], "steps_order"),
        ([{}, {"until_seconds": 0}], "steps_order"),
        ([{"share": "2.1"}], "credit_range"),
        ([{"share": "-0.1"}], "credit_range"),
        ([{"until_seconds": 31_536_001}], "less_than_equal"),
        ([{"until_seconds": n} for n in range(21)], "too_long"),
    ],
)
def test_steps_that_make_no_sense_are_refused(steps: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        QuizCreate.model_validate({"title": "Rivers", "credit": steps})
    assert refused.value.errors()[0]["type"] == code
