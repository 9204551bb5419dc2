"""Negative marking for a whole quiz: each wrong response loses a share of its points."""

from __future__ import annotations

import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Caller
from quizkit.crud import assignments, attempts, gradebook, quizzes
from quizkit.rules.behaviours import Step, TryPolicy, replay, with_penalty
from quizkit.rules.scoring import share_of
from quizkit.schemas import AssignmentCreate, AssignmentSettings, FeedbackBand, Outcome, QuizCreate, QuizUpdate
from quizkit.testing import broken_invariants
from quizkit.vocabulary import Action, Behaviour, Certainty, Prefill
from taking import NOON, answer, published, start_attempt, yes


def take(call: Caller, quiz_id: uuid.UUID, *answers: bool | None, taker: str = "ann", **named: Any) -> Outcome:
    """Submit an answer to each question, or none; every statement is true."""
    paper = start_attempt(call, quiz_id, taker, **named)
    given = [answer(slot, 1, answer=one) for slot, one in enumerate(answers, 1) if one is not None]
    outcome: Outcome = call(attempts.submit, paper.attempt_id, taker=taker, responses=given, now=NOON)
    return outcome


def three(call: Caller, **policy: Any) -> uuid.UUID:
    quiz_id: uuid.UUID = published(call, *[yes(n) for n in range(3)], **policy)
    return quiz_id


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.IMMEDIATE])
def test_a_wrong_response_loses_a_share_and_an_unanswered_question_loses_nothing(
    call: Caller, behaviour: Behaviour
) -> None:
    quiz_id = three(call, wrong_penalty="1/3", behaviour=behaviour)

    outcome = take(call, quiz_id, True, False, None)

    assert (outcome.score, outcome.grade) == (Decimal("0.6666667"), Decimal("0.66667"))
    review = call(attempts.review, outcome.attempt_id, taker="ann", now=NOON)
    assert [one.points for one in review.questions] == [1, Decimal("-0.3333333"), 0]
    assert call(broken_invariants, quiz_id=quiz_id) == []


@pytest.mark.parametrize(
    ("negative", "grade", "text"), [(False, "0", "Failed."), (True, "-1.5", "Failed.")], ids=["floored", "negative"]
)
def test_a_negative_grade_is_possible_only_if_the_quiz_says_so(
    call: Caller, negative: bool, grade: str, text: str
) -> None:
    quiz_id = three(
        call,
        wrong_penalty="1/2",
        negative_grades=negative,
        pass_grade=1,
        feedback_bands=[FeedbackBand(minimum="1/2", content="Passed."), FeedbackBand(content=text)],
    )

    outcome = take(call, quiz_id, False, False, False)

    assert (outcome.score, outcome.grade, outcome.passed) == (Decimal("-1.5"), Decimal(grade), False)
    assert outcome.feedback is not None
    assert outcome.feedback.text == text
    take(call, quiz_id, True, True, True, taker="ben")
    board = call(gradebook.leaderboard, quiz_id=quiz_id).items
    assert [(one.taker_id, one.grade) for one in board] == [("ben", 3), ("ann", Decimal(grade))]
    assert call(gradebook.rebuild, quiz_id=quiz_id).changed == 0
    assert call(broken_invariants, quiz_id=quiz_id) == []


def test_the_paper_has_the_penalty(call: Caller) -> None:
    quiz_id = three(call, wrong_penalty="1/4", negative_grades=True)

    paper = start_attempt(call, quiz_id)

    assert (paper.wrong_penalty, paper.negative_grades) == (Fraction(1, 4), True)


def test_behaviours_with_their_own_penalties_take_no_other(call: Caller) -> None:
    """The paper says so too, and the author is warned."""
    quiz = call(
        quizzes.create,
        QuizCreate(title="Rivers", questions=[yes()], wrong_penalty="1/4", behaviour=Behaviour.ADAPTIVE),
    )
    problems = call(quizzes.lint, quiz.id)
    call(quizzes.publish, quiz.id, now=NOON)

    paper = start_attempt(call, quiz.id)

    assert "wrong_penalty_unused" in [problem.code for problem in problems]
    assert paper.wrong_penalty == 0
    done = call(attempts.submit, paper.attempt_id, taker="ann", responses=[answer(1, 1, answer=False)], now=NOON)
    assert done.score == 0


def test_an_open_attempt_keeps_the_penalty_of_its_start(call: Caller) -> None:
    quiz_id = three(call, wrong_penalty="1/2")
    paper = start_attempt(call, quiz_id)
    call(quizzes.update, quiz_id, QuizUpdate(wrong_penalty=0, negative_grades=True), now=NOON)
    call(quizzes.publish, quiz_id, now=NOON)

    data = [answer(1, 1, answer=True), answer(2, 1, answer=False)]
    done = call(attempts.submit, paper.attempt_id, taker="ann", responses=data, now=NOON)

    assert done.score == Decimal("0.5")
    assert take(call, quiz_id, True, False, None, taker="ben").score == 1


def test_wrong_responses_that_a_new_attempt_takes_over_lose_their_share(call: Caller) -> None:
    quiz_id = three(call, wrong_penalty="1/2", prefill=Prefill.ALL)
    take(call, quiz_id, True, False, None)

    again = take(call, quiz_id)

    assert again.score == Decimal("0.5")
    assert call(broken_invariants, quiz_id=quiz_id) == []


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.IMMEDIATE])
def test_a_response_that_is_taken_back_loses_nothing(call: Caller, behaviour: Behaviour) -> None:
    quiz_id = three(call, wrong_penalty="1/2", behaviour=behaviour)
    paper = start_attempt(call, quiz_id)
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=False), taker="ann", now=NOON)

    blank = [answer(1, 2, answer=None), answer(2, 1, answer=True)]
    done = call(attempts.submit, paper.attempt_id, taker="ann", responses=blank, now=NOON)

    assert done.score == 1


def test_an_assignment_may_have_its_own_penalty(call: Caller) -> None:
    quiz_id = three(call)
    data = AssignmentCreate(quiz_id=quiz_id, settings=AssignmentSettings(wrong_penalty="1", negative_grades=True))
    exam = call(assignments.create, data, now=NOON).id

    outcome = take(call, quiz_id, False, False, True, assignment_id=exam)

    assert (outcome.score, outcome.grade) == (Decimal(-1), Decimal(-1))


# ---------------------------------------------------------------------------------------------- the rule

SHARES = st.fractions(-1, 1, max_denominator=12)


@given(SHARES, st.fractions(0, 1, max_denominator=12))
def test_only_wrong_responses_lose_and_never_less_than_their_question_takes(share: Fraction, penalty: Fraction) -> None:
    found = with_penalty(share, penalty)

    assert found == (share if share > 0 else min(share, -penalty))
    assert with_penalty(found, penalty) == found


@given(
    st.sampled_from([one for one in Behaviour if one not in {Behaviour.DEFERRED, Behaviour.IMMEDIATE}]),
    st.lists(SHARES, min_size=1, max_size=4),
    st.fractions(0, 1, max_denominator=12),
)
def test_the_penalty_changes_no_other_behaviour(
    behaviour: Behaviour, shares: list[Fraction], penalty: Fraction
) -> None:
    steps = [Step(Action.CHECK, n, share, Certainty.MID) for n, share in enumerate(shares)]
    finish = Step(Action.FINISH)

    plain = replay(TryPolicy(behaviour), [*steps, finish])

    assert replay(TryPolicy(behaviour, wrong_penalty=penalty), [*steps, finish]) == plain


@given(st.decimals(-20, 20, places=7), st.integers(0, 10))
def test_the_floor_changes_only_negative_shares(score: Decimal, maximum: int) -> None:
    free = share_of(score, Decimal(maximum), negative=True)

    assert share_of(score, Decimal(maximum)) == max(Fraction(0), free)
