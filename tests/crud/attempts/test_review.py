"""What is shown of an attempt, and when: by every verb."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import Quizkit, assignments, attempts, previews, quizzes
from quizkit.models import models
from quizkit.questions import ShortAnswerResponse
from quizkit.schemas import (
    AccessSettings,
    AssignmentCreate,
    AssignmentSettings,
    AssignmentUpdate,
    FeedbackBand,
    Outcome,
    QuizCreate,
    Review,
    ReviewedQuestion,
    ReviewPolicy,
)
from quizkit.vocabulary import Behaviour, GradeState, ReviewItem, ReviewMoment, TryState
from taking import HOUR, MINUTE, NOON, SECOND, TICK, answer, check, published, river, start_attempt, yes

DURING, RIGHT_AFTER, LATER, AFTER_CLOSE, RELEASED = ReviewMoment
EVERY = frozenset(ReviewMoment)
ITEMS = [item for item in ReviewItem if item is not ReviewItem.QUESTION]
NONE: dict[str, Any] = {item.value: () for item in ReviewItem}
NOTHING = ReviewPolicy(**{**NONE, "question": EVERY})  # only the questions themselves
ALL: dict[str, Any] = dict.fromkeys(NONE, EVERY)
EVERYTHING = ReviewPolicy(**ALL)
CLOSE = NOON + HOUR

WHEN = {RIGHT_AFTER: NOON + 2 * MINUTE, LATER: NOON + 10 * MINUTE, AFTER_CLOSE: CLOSE}


def exam(call: Caller, review: ReviewPolicy, **policy: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """A quiz, and its assignment that closes in an hour."""
    bands = [FeedbackBand(minimum="1/2", content="Well done."), FeedbackBand(content="Read it again.")]
    quiz_id = published(call, river(points=2), review=review, feedback_bands=bands, **policy)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, closes_at=CLOSE))
    return quiz_id, made.id


def finished(call: Caller, quiz_id: uuid.UUID, assignment_id: uuid.UUID, taker: str = "ann") -> uuid.UUID:
    paper = start_attempt(call, quiz_id, taker, assignment_id=assignment_id)
    call(attempts.save, paper.attempt_id, answer(1, 1, text="Donau"), taker=taker, now=NOON + SECOND)
    call(attempts.submit, paper.attempt_id, taker=taker, now=NOON + MINUTE)
    found: uuid.UUID = paper.attempt_id
    return found


def shown_of(question: ReviewedQuestion) -> set[ReviewItem]:
    """Return the items that the output for a question contains."""
    filled = {
        ReviewItem.RESPONSE: question.response is not None or question.summary != "",
        ReviewItem.CORRECTNESS: question.state is not None
        or question.progress in {TryState.RIGHT, TryState.PARTLY, TryState.WRONG},
        ReviewItem.MARKS: question.points is not None,
        ReviewItem.SPECIFIC_FEEDBACK: question.feedback != (),
        ReviewItem.GENERAL_FEEDBACK: question.general_feedback is not None,
        ReviewItem.RIGHT_ANSWER: question.right_response is not None or question.trace is not None,
    }
    return {item for item, there in filled.items() if there}


def marks_of(outcome: Outcome) -> set[ReviewItem]:
    marks = (outcome.score, outcome.grade, outcome.passed, outcome.late_penalty)
    return {ReviewItem.MARKS} if any(one is not None for one in marks) else set()


# ---------------------------------------------------------------------------------------------- items and moments


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("moment", WHEN)
def test_each_item_is_shown_only_at_the_moments_that_the_policy_lists(
    call: Caller, item: ReviewItem, moment: ReviewMoment
) -> None:
    only = NOTHING.model_copy(update={item.value: frozenset({moment})})
    quiz_id, assignment_id = exam(call, only, pass_grade=1)
    attempt = finished(call, quiz_id, assignment_id)

    for when, at in WHEN.items():
        expected = {item} if when is moment else set()
        outcome: Outcome = call(attempts.result, attempt, taker="ann", now=at)
        review: Review = call(attempts.review, attempt, taker="ann", now=at)
        summary = call(attempts.get, attempt, taker="ann", now=at)
        (listed,) = [
            one for one in call(attempts.page, taker="ann", quiz_id=quiz_id, now=at).items if one.id == attempt
        ]
        grade = call(attempts.grade, quiz_id, taker="ann", assignment_id=assignment_id, now=at)

        assert (outcome.moment, review.moment) == (when, when)
        assert set(outcome.shown) == set(review.shown) == expected | {ReviewItem.QUESTION}
        for question in (*outcome.questions, *review.questions):
            assert shown_of(question) == expected - {ReviewItem.OVERALL_FEEDBACK}
        assert marks_of(outcome) == expected & {ReviewItem.MARKS}
        assert (outcome.feedback is not None) == (ReviewItem.OVERALL_FEEDBACK in expected)
        shows_marks = ReviewItem.MARKS in expected
        assert (summary.score is not None, listed.score is not None, grade.grade is not None) == (shows_marks,) * 3


def test_a_policy_that_shows_everything_shows_the_stored_values(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, EVERYTHING, max_grade=10, pass_grade=5)
    outcome = call(attempts.result, finished(call, quiz_id, assignment_id), taker="ann", now=CLOSE)
    (question,) = outcome.questions

    assert (outcome.score, str(outcome.grade), outcome.passed, str(outcome.feedback)) == (1, "5", True, "Well done.")
    assert (question.response, question.summary, question.state) == (
        ShortAnswerResponse(text="Donau"),
        "Donau",
        GradeState.PARTLY,
    )
    assert ([str(one) for one in question.feedback], str(question.general_feedback)) == (["In German."], "See a map.")
    assert (question.right_response, question.trace["rule"]) == (ShortAnswerResponse(text="Danube"), "first_match")


def test_the_marks_of_an_open_attempt_are_hidden(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, EVERYTHING)
    paper = start_attempt(call, quiz_id, assignment_id=assignment_id)
    call(attempts.save, paper.attempt_id, answer(1, 1, text="Donau"), taker="ann", now=NOON)

    review = call(attempts.review, paper.attempt_id, taker="ann", now=NOON)

    assert review.moment is DURING
    assert shown_of(review.questions[0]) == {ReviewItem.RESPONSE}
    assert call(attempts.get, paper.attempt_id, taker="ann", now=NOON).score is None
    assert call(attempts.grade, quiz_id, taker="ann", assignment_id=assignment_id, now=NOON) is None


@pytest.mark.parametrize("item", ITEMS)
def test_a_check_shows_the_items_that_the_policy_lists_for_an_open_attempt(call: Caller, item: ReviewItem) -> None:
    only = NOTHING.model_copy(update={item.value: frozenset({DURING})})
    quiz_id, assignment_id = exam(call, only, behaviour=Behaviour.INTERACTIVE)
    paper = start_attempt(call, quiz_id, assignment_id=assignment_id)

    done = call(attempts.check, paper.attempt_id, check(1, 1, text="Donau"), taker="ann", now=NOON)
    review = call(attempts.review, paper.attempt_id, taker="ann", now=NOON)

    key = {ReviewItem.RIGHT_ANSWER, ReviewItem.GENERAL_FEEDBACK, ReviewItem.OVERALL_FEEDBACK}
    assert shown_of(done.question) == {item} - key  # two tries are left
    assert review.questions[0] == done.question
    for one in done.question.tries:
        assert (one.response is not None) == (item is ReviewItem.RESPONSE)
        assert (one.state is not None) == (item is ReviewItem.CORRECTNESS)
        assert (one.points is not None) == (item is ReviewItem.MARKS)


def test_progress_does_not_reveal_hidden_correctness(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, NOTHING, behaviour=Behaviour.IMMEDIATE)
    paper = start_attempt(call, quiz_id, assignment_id=assignment_id)

    for text in ("Danube",):
        done = call(attempts.check, paper.attempt_id, check(1, 1, text=text), taker="ann", now=NOON)
        assert done.question.progress is TryState.COMPLETE


# ---------------------------------------------------------------------------------------------- after the close


def test_the_key_is_withheld_until_an_override_closes(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, ReviewPolicy())
    call(assignments.override, assignment_id, AccessSettings(closes_at=CLOSE + HOUR), taker="ben")
    attempt = finished(call, quiz_id, assignment_id)
    start_attempt(call, quiz_id, "ben", assignment_id=assignment_id)

    def key(at: datetime, taker: str = "ann", of: uuid.UUID = attempt) -> Any:
        return call(attempts.result, of, taker=taker, now=at).questions[0].right_response

    assert key(CLOSE) is None
    assert key(CLOSE + HOUR) is None  # ben may still respond at this time
    assert key(CLOSE + HOUR + SECOND) == ShortAnswerResponse(text="Danube")


def test_the_key_is_released_to_all_when_the_last_window_closes(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, ReviewPolicy())
    call(assignments.override, assignment_id, AccessSettings(closes_at=CLOSE + HOUR), taker="ben")
    attempt = finished(call, quiz_id, assignment_id)
    theirs = start_attempt(call, quiz_id, "ben", assignment_id=assignment_id)
    call(attempts.submit, theirs.attempt_id, taker="ben", now=CLOSE + MINUTE)

    def key(of: uuid.UUID, taker: str, at: datetime) -> Any:
        return call(attempts.result, of, taker=taker, now=at).questions[0].right_response

    # Ben's window is an hour longer, and he may still start.
    for of, taker in ((attempt, "ann"), (theirs.attempt_id, "ben")):
        assert key(of, taker, CLOSE + MINUTE) is None
        assert key(of, taker, CLOSE + HOUR - TICK) is None
        assert key(of, taker, CLOSE + HOUR) == ShortAnswerResponse(text="Danube")


def test_the_key_is_withheld_until_the_window_of_every_group_is_over(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, ReviewPolicy())
    attempt = finished(call, quiz_id, assignment_id)

    def key(at: datetime) -> Any:
        return call(attempts.result, attempt, taker="ann", now=at).questions[0].right_response

    assert key(CLOSE) is not None
    tomorrow = AccessSettings(opens_at=NOON + 24 * HOUR, closes_at=NOON + 25 * HOUR)
    call(assignments.override, assignment_id, tomorrow, group="who were ill")
    assert key(NOON + 25 * HOUR - TICK) is None
    assert key(NOON + 25 * HOUR) is not None
    call(assignments.override, assignment_id, AccessSettings(), group="who were ill")  # revoked
    assert key(CLOSE) is not None


def test_the_key_is_withheld_until_an_extension_for_everybody_ends(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, ReviewPolicy())
    attempt = finished(call, quiz_id, assignment_id)
    call(assignments.extend, assignment_id, seconds=600)

    keys = [
        call(attempts.result, attempt, taker="ann", now=at).questions[0].right_response
        for at in (CLOSE, CLOSE + 10 * MINUTE - TICK, CLOSE + 10 * MINUTE)
    ]
    assert keys == [None, None, ShortAnswerResponse(text="Danube")]


def test_open_previews_do_not_withhold_the_key(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, ReviewPolicy())
    attempt = finished(call, quiz_id, assignment_id)
    call(previews.start, quiz_id, actor="prof", assignment_id=assignment_id, now=NOON)

    (question,) = call(attempts.result, attempt, taker="ann", now=CLOSE).questions
    assert question.right_response == ShortAnswerResponse(text="Danube")


def test_an_assignment_may_change_its_review_policy(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, NOTHING)
    attempt = finished(call, quiz_id, assignment_id)
    assert call(attempts.result, attempt, taker="ann", now=CLOSE).score is None

    call(assignments.update, assignment_id, AssignmentUpdate(settings=AssignmentSettings(review=EVERYTHING)))

    assert call(attempts.result, attempt, taker="ann", now=CLOSE).score == 1


def test_a_grade_is_shown_only_if_the_marks_of_all_its_attempts_are(call: Caller) -> None:
    quiz_id, assignment_id = exam(call, NOTHING.model_copy(update={"marks": frozenset({LATER, AFTER_CLOSE})}))
    finished(call, quiz_id, assignment_id)
    later = NOON + 10 * MINUTE
    assert call(attempts.grade, quiz_id, taker="ann", assignment_id=assignment_id, now=later).grade == 1

    again = start_attempt(call, quiz_id, assignment_id=assignment_id, now=later)
    call(attempts.submit, again.attempt_id, taker="ann", now=later)

    hidden = call(attempts.grade, quiz_id, taker="ann", assignment_id=assignment_id, now=later)
    assert (hidden.grade, hidden.passed, hidden.attempts, hidden.max_grade) == (None, None, 2, 2)
    assert call(attempts.grade, quiz_id, taker="ann", assignment_id=assignment_id, now=CLOSE).attempts == 2


# ---------------------------------------------------------------------------------------------- any policy

POLICIES = st.fixed_dictionaries({item.value: st.frozensets(st.sampled_from(ReviewMoment)) for item in ReviewItem})
STEPS = st.lists(st.sampled_from(["Danube", "Donau", "Rhine", "again", "submit"]), max_size=6)


@settings(max_examples=20)
@given(
    policy=POLICIES,
    behaviour=st.sampled_from(Behaviour),
    steps=STEPS,
    at=st.sampled_from([NOON, NOON + 10 * MINUTE, CLOSE]),
)
def test_no_policy_shows_more_than_it_lists_after_any_actions(
    in_memory: Engine, policy: dict[str, Any], behaviour: Behaviour, steps: list[str], at: datetime
) -> None:
    from quizkit.errors import Refused

    kit = Quizkit(models)
    with Session(in_memory) as session:
        data = QuizCreate(title="x", questions=[river()], review=ReviewPolicy(**policy), behaviour=behaviour)
        quiz = kit.quizzes.create(session, data)
        kit.quizzes.publish(session, quiz.id)
        assignment_id = kit.assignments.create(session, AssignmentCreate(quiz_id=quiz.id, closes_at=CLOSE)).id
        attempt = kit.attempts.start(session, quiz.id, taker="ann", assignment_id=assignment_id, now=NOON).attempt_id
        number = 1
        for step, what in enumerate(steps, 1):
            try:
                if what == "again":
                    kit.attempts.try_again(session, attempt, slot=1, taker="ann", now=NOON)
                elif what == "submit":
                    kit.attempts.submit(session, attempt, taker="ann", now=NOON)
                elif behaviour in {Behaviour.DEFERRED, Behaviour.DEFERRED_CBM}:
                    kit.attempts.save(session, attempt, answer(1, step, text=what), taker="ann", now=NOON)
                else:
                    done = kit.attempts.check(
                        session, attempt, check(1, number, sequence=step, text=what), taker="ann", now=NOON
                    )
                    number += done.counted
            except Refused:
                pass
        review = kit.attempts.review(session, attempt, taker="ann", now=at)
        session.rollback()

    allowed = {item for item in ReviewItem if review.moment in policy[item.value]}
    if review.moment is DURING:
        allowed |= {ReviewItem.QUESTION}
    if ReviewItem.QUESTION not in allowed:
        assert set(review.shown) == allowed & {ReviewItem.MARKS, ReviewItem.OVERALL_FEEDBACK}
        assert review.questions == ()
        return
    assert set(review.shown) == allowed
    assert shown_of(review.questions[0]) <= allowed
    if review.moment is DURING and not review.questions[0].tries:
        assert shown_of(review.questions[0]) <= {ReviewItem.RESPONSE}


def test_a_changed_review_policy_applies_after_publishing(call: Caller) -> None:
    from quizkit.schemas import QuizUpdate

    quiz_id, assignment_id = exam(call, NOTHING)
    attempt = finished(call, quiz_id, assignment_id)
    call(quizzes.update, quiz_id, QuizUpdate(review=EVERYTHING))
    call(quizzes.publish, quiz_id)

    assert call(attempts.result, attempt, taker="ann", now=CLOSE).score is None  # it has the first policy
    assert call(attempts.result, finished(call, quiz_id, assignment_id, "ben"), taker="ben", now=CLOSE).score == 1


def test_two_of_three_points_pass_by_the_grade_as_shown(call: Caller) -> None:
    """A band from 0.6666667 on showed "failed" to a taker who had passed with 66.66667."""
    bands = [FeedbackBand(content="Failed."), FeedbackBand(minimum="0.6666667", content="Passed.")]
    policy = {"max_grade": 100, "pass_grade": "66.66667", "feedback_bands": bands}
    paper = start_attempt(call, published(call, yes(1), yes(2), yes(3), **policy))
    sent = [answer(slot, answer=slot < 3) for slot in (1, 2, 3)]

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=sent, now=NOON + MINUTE)

    assert (str(outcome.grade), outcome.passed, str(outcome.feedback)) == ("66.66667", True, "Passed.")
