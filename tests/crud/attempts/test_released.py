"""Results are released on a date of their own: at the moment `released`, beside the other moments."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import assignments, attempts, previews, quizzes
from quizkit.questions import TrueFalseResponse
from quizkit.schemas import AssignmentCreate, AssignmentSettings, AssignmentUpdate, ReviewPolicy
from quizkit.vocabulary import ReviewItem, ReviewMoment
from taking import HOUR, MINUTE, NOON, TICK, answer, published, start_attempt, yes

FRIDAY = NOON + 48 * HOUR
RELEASED = ReviewMoment.RELEASED
HIDDEN: dict[str, Any] = {item.value: () for item in ReviewItem}
ALL: dict[str, Any] = {item.value: [RELEASED] for item in ReviewItem}
ON_FRIDAY = ReviewPolicy(**ALL, released_at=FRIDAY)


def finished(call: Caller, review: ReviewPolicy, **window: Any) -> Any:
    """Return a paper that was submitted right after noon, with one right response."""
    quiz_id = published(call, yes(1), review=review)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, context="exam", **window), now=NOON)
    paper = start_attempt(call, quiz_id, assignment_id=made.id)
    call(attempts.submit, paper.attempt_id, taker="ann", responses=[answer(1, answer=True)], now=NOON)
    return paper


def result(call: Caller, paper: Any, at: Any) -> Any:
    return call(attempts.result, paper.attempt_id, taker="ann", now=at)


@pytest.mark.parametrize("window", [{}, {"closes_at": NOON + HOUR}])
def test_nothing_is_shown_before_the_date_even_after_the_close_and_everything_from_it_on(
    call: Caller, window: dict[str, Any]
) -> None:
    paper = finished(call, ON_FRIDAY, **window)

    before, after = result(call, paper, FRIDAY - TICK), result(call, paper, FRIDAY)

    assert (before.shown, before.score, before.questions) == ((), None, ())
    assert (after.score, after.questions[0].right_response) == (1, TrueFalseResponse(answer=True))
    assert set(after.shown) == set(ReviewItem)


def test_the_date_adds_to_the_moment_of_the_attempt(call: Caller) -> None:
    review = ReviewPolicy(
        **{**HIDDEN, "question": [ReviewMoment.LATER], "marks": [RELEASED], "response": [ReviewMoment.AFTER_CLOSE]},
        released_at=FRIDAY,
    )
    paper = finished(call, review)

    found = result(call, paper, FRIDAY)

    assert (found.moment, set(found.shown)) == (ReviewMoment.LATER, {ReviewItem.QUESTION, ReviewItem.MARKS})


def test_without_a_date_nothing_is_ever_released(call: Caller) -> None:
    paper = finished(call, ReviewPolicy(**{**HIDDEN, "marks": [RELEASED]}))

    assert result(call, paper, NOON + 10_000 * HOUR).score is None


def test_an_open_attempt_shows_nothing_more_after_the_date(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes(1), review=ON_FRIDAY), now=FRIDAY)
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=FRIDAY)

    review = call(attempts.review, paper.attempt_id, taker="ann", now=FRIDAY)

    assert (review.shown, review.questions[0].right_response) == ((ReviewItem.QUESTION,), None)


def test_the_grade_of_a_taker_is_released_on_the_date(call: Caller) -> None:
    paper = finished(call, ON_FRIDAY)
    where = {"taker": "ann", "assignment_id": paper.assignment_id}

    grades = [call(attempts.grade, paper.quiz_id, **where, now=at).grade for at in (FRIDAY - TICK, FRIDAY)]

    assert grades == [None, 1]


def test_an_assignment_has_a_date_of_its_own_that_can_be_moved(call: Caller) -> None:
    quiz_id = published(call, yes(1), review=ON_FRIDAY)
    later = ON_FRIDAY.model_copy(update={"released_at": FRIDAY + HOUR})
    new = AssignmentCreate(quiz_id=quiz_id, settings=AssignmentSettings(review=later))
    made = call(assignments.create, new, now=NOON)
    paper = start_attempt(call, quiz_id, assignment_id=made.id)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    assert result(call, paper, FRIDAY).score is None
    assert call(assignments.get, made.id).settings.review == later

    call(assignments.update, made.id, AssignmentUpdate(settings=AssignmentSettings(review=ON_FRIDAY)))
    assert result(call, paper, FRIDAY).score == 0


def test_a_preview_shows_what_will_be_released(call: Caller) -> None:
    quiz_id = published(call, yes(1), review=ON_FRIDAY)
    paper = call(previews.start, quiz_id, actor="ann", now=NOON)

    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE).score == 0


def test_the_date_is_stored_in_utc_with_the_policy(call: Caller) -> None:
    quiz_id = published(call, review=ON_FRIDAY)

    assert call(quizzes.get, quiz_id).review == ON_FRIDAY
    with pytest.raises(ValidationError):
        ReviewPolicy(released_at=FRIDAY.replace(tzinfo=None))
