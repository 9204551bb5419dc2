"""A minimum time: its taker cannot submit an attempt earlier, but it can still expire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import assignments, attempts, gradebook, previews, quizzes
from quizkit.errors import Refused
from quizkit.schemas import AccessSettings, AssignmentCreate, AssignmentSettings, QuizCreate, QuizUpdate
from quizkit.vocabulary import AttemptState
from taking import HOUR, MINUTE, NOON, TICK, answer, memory, published, start_attempt, yes


def code_of_submit(call: Caller, attempt_id: Any, at: Any, **more: Any) -> str | None:
    try:
        call(attempts.submit, attempt_id, taker="ann", now=at, **more)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize(("after", "code"), [(MINUTE - TICK, "submit_too_early"), (MINUTE, None)])
def test_an_attempt_can_be_submitted_from_the_minimum_time_on_inclusive(
    call: Caller, after: timedelta, code: str | None
) -> None:
    paper = start_attempt(call, published(call, min_time_seconds=60))

    assert paper.submittable_at == NOON + MINUTE
    assert code_of_submit(call, paper.attempt_id, NOON + after) == code


def test_the_refusal_says_when_the_attempt_can_be_submitted(call: Caller) -> None:
    paper = start_attempt(call, published(call, min_time_seconds=60))

    with pytest.raises(Refused) as refused:
        call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    assert refused.value.params == {"submittable_at": (NOON + MINUTE).isoformat(), "seconds_left": "60"}


def test_a_refused_submit_stores_none_of_its_responses_and_leaves_the_attempt_open(call: Caller) -> None:
    paper = start_attempt(call, published(call, min_time_seconds=60))

    assert code_of_submit(call, paper.attempt_id, NOON, responses=[answer(1, answer=True)]) == "submit_too_early"

    now = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON)
    assert (now.state, [question.response for question in now.questions]) == (AttemptState.OPEN, [None, None])
    later = NOON + MINUTE
    assert call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON).sequence == 1
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=later).score == 1


def test_a_caller_who_handles_the_refusal_and_commits_has_stored_no_response() -> None:
    with Session(memory()) as session:
        quiz = quizzes.create(session, QuizCreate(title="Rivers", questions=[yes()], min_time_seconds=60))
        quizzes.publish(session, quiz.id)
        paper = attempts.start(session, quiz.id, taker="ann", now=NOON)
        with pytest.raises(Refused):
            attempts.submit(session, paper.attempt_id, taker="ann", responses=[answer(1, answer=True)], now=NOON)
        session.commit()

        assert attempts.paper(session, paper.attempt_id, taker="ann", now=NOON).questions[0].response is None


def test_submitting_again_returns_the_result_even_if_the_clock_was_set_back(call: Caller) -> None:
    paper = start_attempt(call, published(call, min_time_seconds=60))
    first = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    again = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON, responses=[answer(1, answer=True)])

    assert (again.submitted_at, again.score) == (first.submitted_at, first.score)


@pytest.mark.parametrize(("after", "code"), [(MINUTE - TICK, "submit_too_early"), (MINUTE, None)])
def test_an_attempt_can_be_submitted_at_its_deadline_even_before_the_minimum_time(
    call: Caller, after: timedelta, code: str | None
) -> None:
    paper = start_attempt(call, published(call, min_time_seconds=3600, time_limit_seconds=60, grace_seconds=30))

    assert paper.submittable_at == NOON + MINUTE
    assert code_of_submit(call, paper.attempt_id, NOON + after) == code


def test_an_extension_moves_a_deadline_that_comes_before_the_minimum_time(call: Caller) -> None:
    quiz_id = published(call, min_time_seconds=3600, time_limit_seconds=60)
    paper = start_attempt(call, quiz_id)
    call(assignments.extend, paper.assignment_id, seconds=60, now=NOON)

    assert code_of_submit(call, paper.attempt_id, NOON + 2 * MINUTE - TICK) == "submit_too_early"
    assert code_of_submit(call, paper.attempt_id, NOON + 2 * MINUTE) is None


def test_an_attempt_expires_before_its_minimum_time(call: Caller) -> None:
    quiz_id = published(call, min_time_seconds=3600, time_limit_seconds=60)
    one, other = start_attempt(call, quiz_id), start_attempt(call, quiz_id, "ben")
    later = NOON + 2 * MINUTE

    assert call(attempts.result, one.attempt_id, taker="ann", now=later).submitted_at == NOON + MINUTE
    expired = call(gradebook.expire_due, now=later)
    assert other.attempt_id in [attempt.attempt_id for attempt in expired.attempts]


def test_a_preview_has_no_minimum_time(call: Caller) -> None:
    quiz_id = published(call, min_time_seconds=60)
    paper = call(previews.start, quiz_id, actor="ann", now=NOON)

    assert paper.submittable_at is None
    assert code_of_submit(call, paper.attempt_id, NOON) is None


def test_an_assignment_and_an_override_change_the_minimum_time(call: Caller) -> None:
    quiz_id = published(call, min_time_seconds=60)
    settings = AssignmentSettings(min_time_seconds=120)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, settings=settings), now=NOON)
    call(assignments.override, made.id, AccessSettings(min_time_seconds=0), taker="ben", now=NOON)

    ann, ben = (start_attempt(call, quiz_id, taker, assignment_id=made.id) for taker in ("ann", "ben"))

    assert (ann.submittable_at, ben.submittable_at) == (NOON + 2 * MINUTE, None)


def test_an_attempt_keeps_the_minimum_time_with_which_it_was_started(call: Caller) -> None:
    quiz_id = published(call, min_time_seconds=60)
    paper = start_attempt(call, quiz_id)
    call(quizzes.update, quiz_id, QuizUpdate(min_time_seconds=3600))
    call(quizzes.publish, quiz_id)

    again = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON)
    assert again.submittable_at == NOON + MINUTE
    assert code_of_submit(call, paper.attempt_id, NOON + MINUTE) is None
    assert start_attempt(call, quiz_id, now=NOON + MINUTE).submittable_at == NOON + MINUTE + HOUR
