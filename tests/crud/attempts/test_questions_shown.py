"""A policy shows or hides the questions themselves: by every verb for a finished attempt."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import assignments, attempts, kit
from quizkit.models import QuizRevision
from quizkit.questions import TrueFalseResponse
from quizkit.schemas import AssignmentCreate, QuizCreate, ReviewPolicy, SectionOutline
from quizkit.vocabulary import Navigation, ReviewItem, ReviewMoment
from taking import HOUR, MINUTE, NOON, SECOND, TICK, answer, arranged, bank_of, published, slots_for, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")

CLOSE = NOON + HOUR
DURING, RIGHT_AFTER, LATER, AFTER_CLOSE, RELEASED = ReviewMoment
NONE: dict[str, Any] = {item.value: () for item in ReviewItem}
WHEN = {RIGHT_AFTER: NOON + 2 * MINUTE, LATER: NOON + 10 * MINUTE, AFTER_CLOSE: CLOSE}


def exam(call: Caller, review: ReviewPolicy, **policy: Any) -> dict[str, Any]:
    """The arguments that start an attempt in an exam that closes in an hour."""
    quiz_id = published(call, yes(1), yes(2), review=review, **policy)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, closes_at=CLOSE))
    return {"quiz_id": quiz_id, "assignment_id": made.id}


def outputs(call: Caller, where: dict[str, Any], attempt: uuid.UUID, at: datetime) -> dict[str, str]:
    """Return the output of each verb for an attempt, as JSON."""
    mine = {"taker": "ann", "now": at}
    made: dict[str, Any] = {
        "result": call(attempts.result, attempt, **mine),
        "submit": call(attempts.submit, attempt, **mine),
        "review": call(attempts.review, attempt, **mine),
        "paper": call(attempts.paper, attempt, **mine),
        "start": call(attempts.start, **where, attempt_id=attempt, **mine),
    }
    return {
        **{way: one.model_dump_json() for way, one in made.items()},
        "paper_json": call(attempts.paper_json, attempt, **mine).decode(),
    }


@pytest.mark.parametrize("moment", WHEN)
def test_a_question_is_shown_only_at_the_moments_that_the_policy_lists(call: Caller, moment: ReviewMoment) -> None:
    where = exam(call, ReviewPolicy(**{**NONE, "question": [moment]}), max_attempts=1)
    attempt = start_attempt(call, taker="ann", **where).attempt_id
    call(attempts.save, attempt, answer(1, 1, answer=True), taker="ann", now=NOON)
    call(attempts.submit, attempt, taker="ann", now=NOON + MINUTE)

    for when, at in WHEN.items():
        seen = {way: "Question 1" in text for way, text in outputs(call, where, attempt, at).items()}
        assert set(seen.values()) == {when is moment}, seen


def test_an_overdue_attempt_reveals_nothing_that_a_submitted_one_hides(call: Caller) -> None:
    where = exam(call, ReviewPolicy(**NONE), time_limit_seconds=600)
    attempt = start_attempt(call, taker="ann", **where).attempt_id
    mine: dict[str, Any] = {"taker": "ann"}

    def seen(at: datetime) -> set[bool]:
        paper = call(attempts.paper, attempt, **mine, now=at)
        review = call(attempts.review, attempt, **mine, now=at)
        return {paper.questions != (), review.questions != ()}

    assert seen(NOON + 10 * MINUTE) == {True}
    assert seen(NOON + 10 * MINUTE + TICK) == {False}
    call(assignments.extend, where["assignment_id"], seconds=60, taker="ann", now=NOON + 11 * MINUTE)
    assert seen(NOON + 11 * MINUTE) == {True}


def test_by_default_questions_are_shown_at_every_moment(call: Caller) -> None:
    where = exam(call, ReviewPolicy())
    attempt = start_attempt(call, taker="ann", **where).attempt_id
    call(attempts.submit, attempt, taker="ann", now=NOON + MINUTE)

    for at in WHEN.values():
        assert all("Question 1" in text for way, text in outputs(call, where, attempt, at).items() if way != "start")


def test_a_policy_stored_without_the_question_item_shows_questions(engine: Engine) -> None:
    with Session(engine) as session:
        quiz = kit.quizzes.create(session, QuizCreate(title="x", questions=[yes(1)]))
        kit.quizzes.publish(session, quiz.id)
        old: dict[str, Any] = {item.value: [] for item in ReviewItem if item is not ReviewItem.QUESTION}
        session.execute(update(QuizRevision).where(QuizRevision.quiz_id == quiz.id).values(review=old))
        paper = kit.attempts.start(session, quiz.id, taker="ann", now=NOON)
        outcome = kit.attempts.submit(session, paper.attempt_id, taker="ann", now=NOON)
        session.rollback()

    assert outcome.shown == (ReviewItem.QUESTION,)
    assert [str(one.view.content) for one in outcome.questions] == ["Question 1"]


@pytest.mark.parametrize("moment", WHEN)
def test_the_paper_of_a_finished_attempt_hides_responses_that_the_policy_hides(
    call: Caller, moment: ReviewMoment
) -> None:
    shows = ReviewPolicy(**{**NONE, "question": list(WHEN), "response": [moment]})
    where = exam(call, shows)
    attempt = start_attempt(call, taker="ann", **where).attempt_id
    call(attempts.save, attempt, answer(1, 1, answer=True), taker="ann", now=NOON)
    assert call(attempts.paper, attempt, taker="ann", now=NOON).questions[0].response == TrueFalseResponse(answer=True)
    call(attempts.submit, attempt, taker="ann", now=NOON + MINUTE)

    for when, at in WHEN.items():
        paper = json.loads(call(attempts.paper_json, attempt, taker="ann", now=at))
        assert (paper["questions"][0]["response"] is not None) == (when is moment)


@pytest.mark.parametrize("after", [True, False])
def test_pages_that_a_taker_has_not_reached_are_hidden_until_the_close(call: Caller, after: bool) -> None:
    moments = [RIGHT_AFTER, LATER, *([AFTER_CLOSE] if after else [])]
    _, ids = bank_of(call, yes(1), yes(2), yes(3))
    section = SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=slots_for(ids))
    quiz_id = arranged(call, section, review=ReviewPolicy(question=moments))
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, closes_at=CLOSE))
    where = {"quiz_id": quiz_id, "assignment_id": made.id}
    attempt = start_attempt(call, taker="ann", **where).attempt_id
    call(attempts.visit, attempt, slot=2, taker="ann", now=NOON + SECOND)
    call(attempts.submit, attempt, taker="ann", now=NOON + MINUTE)

    def seen(at: datetime) -> set[tuple[bool, ...]]:
        ways = {way: text for way, text in outputs(call, where, attempt, at).items() if way != "start"}
        return {tuple(f"Question {n}" in text for n in (1, 2, 3)) for text in ways.values()}

    assert seen(NOON + 2 * MINUTE) == seen(CLOSE - TICK) == {(True, True, False)}
    assert seen(CLOSE) == {(after, after, after)}
