"""A least time between two checks of a question."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, quizzes
from quizkit.errors import Refused
from quizkit.schemas import AssignmentCreate, AssignmentSettings, QuizUpdate
from quizkit.vocabulary import Behaviour, TryState
from taking import MINUTE, NOON, TICK, answer, check, published, river, start_attempt, yes

ADAPTIVE = {"behaviour": Behaviour.ADAPTIVE, "check_delay_seconds": 60}


def checks(call: Caller, paper: Any, data: Any, at: datetime) -> Any:
    return call(attempts.check, paper.attempt_id, data, taker="ann", now=at)


def code_of_check(call: Caller, paper: Any, data: Any, at: datetime) -> str | None:
    try:
        checks(call, paper, data, at)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize(("after", "code"), [(MINUTE - TICK, "check_too_soon"), (MINUTE, None)])
def test_a_question_can_be_checked_again_when_the_time_between_two_checks_has_passed(
    call: Caller, after: timedelta, code: str | None
) -> None:
    paper = start_attempt(call, published(call, river(), **ADAPTIVE))
    checks(call, paper, check(1, 1, text="Rhine"), NOON)

    assert code_of_check(call, paper, check(1, 2, text="Danube"), NOON + after) == code


def test_the_refusal_says_when_and_stores_nothing(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), **ADAPTIVE))
    checks(call, paper, check(1, 1, text="Rhine"), NOON)

    with pytest.raises(Refused) as refused:
        checks(call, paper, check(1, 2, text="Danube"), NOON + TICK)

    assert refused.value.params == {"next_check_at": (NOON + MINUTE).isoformat(), "seconds_left": "59.999999"}
    (question,) = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON).questions
    assert (question.sequence, question.next_try) == (1, 2)


def test_the_first_check_needs_no_wait_and_each_question_has_a_clock_of_its_own(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), yes(), **ADAPTIVE))

    assert [question.next_check_at for question in paper.questions] == [None, None]
    checks(call, paper, check(1, 1, text="Rhine"), NOON)
    assert code_of_check(call, paper, check(2, 1, answer=False), NOON) is None


def test_paper_and_review_say_when_a_question_can_be_checked_again(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), yes(), **ADAPTIVE))
    checked = checks(call, paper, check(1, 1, text="Rhine"), NOON)

    shown = [
        [question.next_check_at for question in found.questions]
        for found in (
            call(attempts.paper, paper.attempt_id, taker="ann", now=NOON),
            call(attempts.review, paper.attempt_id, taker="ann", now=NOON),
        )
    ]

    assert checked.question.next_check_at == NOON + MINUTE
    assert shown == [[NOON + MINUTE, None]] * 2
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    done = call(attempts.review, paper.attempt_id, taker="ann", now=NOON)
    assert [question.next_check_at for question in done.questions] == [None, None]


def test_a_check_whose_reply_was_lost_can_be_sent_again_at_once(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), **ADAPTIVE))
    first = checks(call, paper, check(1, 1, text="Rhine"), NOON)

    assert checks(call, paper, check(1, 1, text="Rhine"), NOON + TICK) == first


def test_a_check_that_used_no_try_starts_no_wait(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), **ADAPTIVE))

    assert not checks(call, paper, check(1, 1, text=""), NOON).counted
    assert code_of_check(call, paper, check(1, 1, sequence=2, text="Rhine"), NOON) is None


def test_saves_are_accepted_at_any_time(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), **ADAPTIVE))
    checks(call, paper, check(1, 1, text="Rhine"), NOON)

    assert call(attempts.save, paper.attempt_id, answer(1, 2, text="Danube"), taker="ann", now=NOON).sequence == 2


def test_reading_the_hint_does_not_shorten_or_prolong_the_wait(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), behaviour=Behaviour.INTERACTIVE, check_delay_seconds=60))
    checks(call, paper, check(1, 1, text="Rhine"), NOON)
    half = NOON + MINUTE / 2
    again = call(attempts.try_again, paper.attempt_id, slot=1, taker="ann", now=half)

    assert (again.question.progress, again.question.next_check_at) == (TryState.TODO, NOON + MINUTE)
    assert code_of_check(call, paper, check(1, 2, text="Danube"), NOON + MINUTE - TICK) == "check_too_soon"
    assert code_of_check(call, paper, check(1, 2, text="Danube"), NOON + MINUTE) is None


def test_an_attempt_keeps_the_time_between_checks_with_which_it_was_started(call: Caller) -> None:
    quiz_id = published(call, river(), **ADAPTIVE)
    settings = AssignmentSettings(check_delay_seconds=0)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, settings=settings), now=NOON)
    free = start_attempt(call, quiz_id, assignment_id=made.id)
    call(quizzes.update, quiz_id, QuizUpdate(check_delay_seconds=3600))
    call(quizzes.publish, quiz_id)

    checks(call, free, check(1, 1, text="Rhine"), NOON)
    assert code_of_check(call, free, check(1, 2, text="Danube"), NOON) is None
