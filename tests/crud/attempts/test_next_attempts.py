"""Further attempts: none after passing, and growing delays between them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import assignments, attempts, quizzes
from quizkit.errors import Refused
from quizkit.schemas import AccessSettings, AssignmentCreate, AssignmentSettings, QuizCreate, QuizUpdate
from quizkit.vocabulary import GradingMethod, TimeUp
from taking import HOUR, MINUTE, NOON, SECOND, TICK, answer, published, start_attempt


def code_of_start(call: Caller, quiz_id: uuid.UUID, **more: Any) -> str | None:
    """Return the code with which a start is refused; the explanation of access has the same."""
    arguments = {"taker": "ann", "now": NOON, **more}
    explained = call(attempts.explain_access, quiz_id, **arguments).refusal
    code = None
    try:
        call(attempts.start, quiz_id, **arguments)
    except Refused as refused:
        code = refused.code
    assert explained == code
    return code


def take(call: Caller, quiz_id: uuid.UUID, right: int, **more: Any) -> None:
    """Answer the first `right` of two questions right, and submit."""
    paper = start_attempt(call, quiz_id, **more)
    sent = [answer(slot, answer=slot <= right) for slot in (1, 2)]
    call(attempts.submit, paper.attempt_id, taker="ann", responses=sent, now=more.get("now", NOON))


# ---------------------------------------------------------------------------------------------- after passing

PASS = {"stop_after_passing": True, "pass_grade": 2}


def test_no_attempt_starts_after_the_grade_passes(call: Caller) -> None:
    quiz_id = published(call, **PASS)

    take(call, quiz_id, 1)
    take(call, quiz_id, 2)

    assert code_of_start(call, quiz_id) == "already_passed"
    assert code_of_start(call, quiz_id, taker="ben") is None


def test_without_the_rule_or_without_a_pass_mark_attempts_go_on(call: Caller) -> None:
    for policy in ({"pass_grade": 2}, {"stop_after_passing": True}):
        quiz_id = published(call, **policy)
        take(call, quiz_id, 2)

        assert code_of_start(call, quiz_id) is None


def test_the_combined_grade_decides_and_not_the_best_attempt(call: Caller) -> None:
    quiz_id = published(call, **PASS, grading_method=GradingMethod.AVERAGE)
    take(call, quiz_id, 0)
    take(call, quiz_id, 2)

    assert code_of_start(call, quiz_id) is None


@pytest.mark.parametrize(("time_up", "code"), [(TimeUp.SUBMIT, "already_passed"), (TimeUp.ABANDON, None)])
def test_an_overdue_attempt_that_passes_is_the_last_one(call: Caller, time_up: TimeUp, code: str | None) -> None:
    quiz_id = published(call, **PASS, time_limit_seconds=60, time_up=time_up)
    paper = start_attempt(call, quiz_id)
    for slot in (1, 2):
        call(attempts.save, paper.attempt_id, answer(slot, answer=True), taker="ann", now=NOON)

    assert code_of_start(call, quiz_id, now=NOON + HOUR) == code


def test_an_overdue_attempt_counts_with_the_earlier_ones(call: Caller) -> None:
    quiz_id = published(call, **PASS, time_limit_seconds=60, grading_method=GradingMethod.AVERAGE)
    take(call, quiz_id, 1)
    paper = start_attempt(call, quiz_id)
    for slot in (1, 2):
        call(attempts.save, paper.attempt_id, answer(slot, answer=True), taker="ann", now=NOON)

    assert code_of_start(call, quiz_id, now=NOON + HOUR) is None


def test_an_open_attempt_goes_on_after_the_rule_is_introduced(call: Caller) -> None:
    quiz_id = published(call, pass_grade=2)
    take(call, quiz_id, 2)
    paper = start_attempt(call, quiz_id)
    call(quizzes.update, quiz_id, QuizUpdate(stop_after_passing=True))
    call(quizzes.publish, quiz_id)

    assert start_attempt(call, quiz_id).attempt_id == paper.attempt_id
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    assert code_of_start(call, quiz_id) == "already_passed"


def test_an_override_allows_an_attempt_after_passing(call: Caller) -> None:
    quiz_id = published(call, pass_grade=2)
    settings = AssignmentSettings(stop_after_passing=True)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, settings=settings), now=NOON)
    take(call, quiz_id, 2, assignment_id=made.id)

    assert code_of_start(call, quiz_id, assignment_id=made.id) == "already_passed"

    override = AccessSettings(stop_after_passing=False)
    call(assignments.override, made.id, override, taker="ann", now=NOON)
    assert code_of_start(call, quiz_id, assignment_id=made.id) is None


# ---------------------------------------------------------------------------------------------- delays


def test_delays_grow_from_attempt_to_attempt_and_the_last_one_repeats(call: Caller) -> None:
    quiz_id = published(call, delays_seconds=[60, 3600])
    now = NOON
    for delay in (MINUTE, HOUR, HOUR):
        take(call, quiz_id, 0, now=now)

        assert code_of_start(call, quiz_id, now=now + delay - TICK) == "too_soon"
        now += delay

    assert code_of_start(call, quiz_id, now=now) is None


def test_a_first_delay_of_zero_lets_the_second_attempt_follow_at_once(call: Caller) -> None:
    quiz_id = published(call, delays_seconds=[0, 60])
    take(call, quiz_id, 0)
    take(call, quiz_id, 0)

    assert code_of_start(call, quiz_id, now=NOON + MINUTE - TICK) == "too_soon"
    assert code_of_start(call, quiz_id, now=NOON + MINUTE) is None


def test_an_override_shortens_the_delays(call: Caller) -> None:
    quiz_id = published(call, delays_seconds=[3600])
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, context="7b"), now=NOON)
    call(assignments.override, made.id, AccessSettings(delays_seconds=[30, 60]), taker="ann", now=NOON)
    take(call, quiz_id, 0, assignment_id=made.id)

    assert code_of_start(call, quiz_id, assignment_id=made.id, now=NOON + 30 * SECOND - TICK) == "too_soon"
    report = call(attempts.explain_access, quiz_id, taker="ann", assignment_id=made.id, now=NOON)
    (delays,) = (found for found in report.values if found.name == "delays_seconds")
    assert (tuple(delays.value), delays.source) == ((30, 60), "taker")


@pytest.mark.parametrize("delays", [[-1], [31_536_001], [0] * 21, [None]])
def test_delays_have_bounds(delays: list[Any]) -> None:
    with pytest.raises(ValidationError):
        QuizCreate(title="Rivers", delays_seconds=delays)
