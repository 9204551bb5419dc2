"""A new attempt goes on from the last one: with its paper, and its responses or the right ones."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, previews, questions, quizzes, supervision
from quizkit.questions import TrueFalseResponse
from quizkit.schemas import AssignmentCreate, AssignmentSettings, DrawSlot, SaveResponse, SectionOutline
from quizkit.vocabulary import Behaviour, Certainty, Navigation, Prefill, TimeUp
from taking import HOUR, MINUTE, NOON, TICK, answer, arranged, bank_of, published, slots_for, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")

RIGHT, WRONG = TrueFalseResponse(answer=True), TrueFalseResponse(answer=False)


def taken(call: Caller, quiz_id: uuid.UUID, *given: bool | None, taker: str = "ann", **more: Any) -> Any:
    """Answer the questions in order, None for no response, and submit; return the paper."""
    paper = start_attempt(call, quiz_id, taker, **more)
    sent = [answer(slot, answer=one) for slot, one in enumerate(given, 1) if one is not None]
    call(attempts.submit, paper.attempt_id, taker=taker, responses=sent, now=NOON)
    return paper


def responses(paper: Any) -> list[Any]:
    return [question.response for question in paper.questions]


def three(call: Caller, prefill: Prefill, **policy: Any) -> uuid.UUID:
    return published(call, yes(1), yes(2), yes(3), prefill=prefill, **policy)


def test_with_all_every_response_of_the_last_attempt_is_taken_over_and_counts(call: Caller) -> None:
    quiz_id = three(call, Prefill.ALL)
    taken(call, quiz_id, True, False, None)

    paper = start_attempt(call, quiz_id)

    assert responses(paper) == [RIGHT, WRONG, None]
    assert [question.sequence for question in paper.questions] == [1, 1, 0]
    assert call(attempts.save, paper.attempt_id, answer(2, 2, answer=True), taker="ann", now=NOON).sequence == 2
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON).score == 2


def test_a_voided_attempt_is_not_taken_over(call: Caller) -> None:
    """It never counts, so its responses do not either."""
    quiz_id = three(call, Prefill.ALL)
    voided = taken(call, quiz_id, True, True, True)
    call(supervision.void, voided.attempt_id, reason="Used a phone.", now=NOON)

    assert responses(start_attempt(call, quiz_id)) == [None, None, None]


def test_with_right_only_the_right_responses_are_taken_over(call: Caller) -> None:
    quiz_id = three(call, Prefill.RIGHT)
    taken(call, quiz_id, True, False, None)

    paper = start_attempt(call, quiz_id)

    assert responses(paper) == [RIGHT, None, None]
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON).score == 1


def test_the_first_attempt_and_an_attempt_without_the_rule_begin_empty(call: Caller) -> None:
    assert responses(start_attempt(call, three(call, Prefill.ALL))) == [None] * 3
    quiz_id = three(call, Prefill.NONE)
    taken(call, quiz_id, True, True, True)
    assert responses(start_attempt(call, quiz_id)) == [None] * 3


def test_the_last_attempt_of_another_taker_or_assignment_is_not_taken_over(call: Caller) -> None:
    quiz_id = three(call, Prefill.ALL)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, context="7b"), now=NOON)
    taken(call, quiz_id, True, True, True, assignment_id=made.id)
    other = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, context="7c"), now=NOON)

    assert responses(start_attempt(call, quiz_id, "ben", assignment_id=made.id)) == [None] * 3
    assert responses(start_attempt(call, quiz_id, assignment_id=other.id)) == [None] * 3


def test_the_new_attempt_has_the_questions_and_orders_of_the_last_one(call: Caller) -> None:
    bank, ids = bank_of(call, *(yes(n) for n in range(1, 9)))
    draw = DrawSlot(bank_id=bank, count=4, fresh=True)
    quiz_id = arranged(call, SectionOutline(slots=[draw], shuffle=True), prefill=Prefill.ALL)
    taker = f"ann {bank}"
    first = taken(call, quiz_id, True, None, None, True, taker=taker)
    for one in ids:
        call(questions.archive, one)

    assert call(attempts.explain_access, quiz_id, taker=taker, now=NOON).may_start
    again = start_attempt(call, quiz_id, taker)

    assert [question.view for question in again.questions] == [question.view for question in first.questions]
    assert responses(again) == [RIGHT, None, None, RIGHT]
    assert again.max_score == first.max_score


def test_after_a_new_publishing_the_next_attempt_has_a_new_paper(call: Caller) -> None:
    quiz_id = three(call, Prefill.ALL)
    taken(call, quiz_id, True, True, True)
    call(questions.add, [yes(4)], quiz_id=quiz_id)
    call(quizzes.publish, quiz_id)

    assert responses(start_attempt(call, quiz_id)) == [None] * 4


def test_a_new_paper_is_made_if_questions_can_be_checked(call: Caller) -> None:
    quiz_id = three(call, Prefill.ALL, behaviour=Behaviour.IMMEDIATE)
    taken(call, quiz_id, True, True, True)

    assert responses(start_attempt(call, quiz_id)) == [None] * 3


def test_a_seed_of_the_caller_makes_a_new_paper(call: Caller) -> None:
    quiz_id = three(call, Prefill.ALL)
    taken(call, quiz_id, True, True, True)

    assert responses(start_attempt(call, quiz_id, seed=bytes(16))) == [None] * 3


def test_a_preview_takes_nothing_over(call: Caller) -> None:
    quiz_id = three(call, Prefill.ALL)
    for _ in range(2):
        paper = call(previews.start, quiz_id, actor="ann", now=NOON)
        assert responses(paper) == [None] * 3
        call(attempts.submit, paper.attempt_id, taker="ann", responses=[answer(1, answer=True)], now=NOON)


@pytest.mark.parametrize("time_up", [TimeUp.SUBMIT, TimeUp.ABANDON])
def test_an_attempt_that_was_left_is_taken_over_too(call: Caller, time_up: TimeUp) -> None:
    quiz_id = three(call, Prefill.ALL, time_limit_seconds=60, time_up=time_up)
    paper = start_attempt(call, quiz_id)
    call(attempts.save, paper.attempt_id, answer(2, answer=True), taker="ann", now=NOON)

    assert responses(start_attempt(call, quiz_id, now=NOON + HOUR)) == [None, RIGHT, None]


def test_starting_again_continues_the_prefilled_attempt_and_stores_nothing_twice(call: Caller) -> None:
    quiz_id = three(call, Prefill.ALL)
    taken(call, quiz_id, True, False, None)
    mine = uuid.uuid4()
    paper = start_attempt(call, quiz_id, attempt_id=mine)
    call(attempts.save, mine, answer(2, 2, answer=True), taker="ann", now=NOON)

    again = start_attempt(call, quiz_id, attempt_id=mine)

    assert paper.attempt_id == again.attempt_id == mine
    assert responses(again) == [RIGHT, RIGHT, None]


def test_responses_on_pages_that_are_not_reached_are_taken_over_and_stay_hidden(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2))
    section = SectionOutline(slots=slots_for(ids), navigation=Navigation.SEQUENTIAL, per_page=1)
    quiz_id = arranged(call, section, prefill=Prefill.ALL)
    first = start_attempt(call, quiz_id)
    for slot in (1, 2):
        call(attempts.visit, first.attempt_id, slot=slot, taker="ann", now=NOON)
        call(attempts.save, first.attempt_id, answer(slot, answer=True), taker="ann", now=NOON)
    call(attempts.submit, first.attempt_id, taker="ann", now=NOON)

    paper = start_attempt(call, quiz_id)

    assert responses(paper) == [RIGHT]
    assert responses(call(attempts.visit, paper.attempt_id, slot=2, taker="ann", now=NOON)) == [RIGHT]
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON).score == 2


def test_certainty_is_taken_over(call: Caller) -> None:
    quiz_id = published(call, yes(1), prefill=Prefill.ALL, behaviour=Behaviour.DEFERRED_CBM)
    paper = start_attempt(call, quiz_id)
    data = SaveResponse(slot=1, sequence=1, response={"answer": True}, certainty=Certainty.HIGH)
    call(attempts.save, paper.attempt_id, data, taker="ann", now=NOON)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    again = start_attempt(call, quiz_id)

    assert again.questions[0].certainty is Certainty.HIGH
    assert call(attempts.submit, again.attempt_id, taker="ann", now=NOON).score == 3


@pytest.mark.parametrize(("start", "found"), [(MINUTE - TICK, [RIGHT, RIGHT, None]), (MINUTE, [None] * 3)])
def test_after_the_due_date_nothing_is_taken_over_so_that_late_responses_do_not_become_punctual(
    call: Caller, start: timedelta, found: list[Any]
) -> None:
    quiz_id = three(call, Prefill.ALL, time_up=TimeUp.ACCEPT_LATE, late_penalty="1/2")
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, due_at=NOON + MINUTE), now=NOON)
    taken(call, quiz_id, True, True, None, assignment_id=made.id)

    assert responses(start_attempt(call, quiz_id, assignment_id=made.id, now=NOON + start)) == found


def test_an_assignment_sets_what_its_attempts_take_over(call: Caller) -> None:
    quiz_id = three(call, Prefill.NONE)
    settings = AssignmentSettings(prefill=Prefill.RIGHT)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, settings=settings), now=NOON)
    taken(call, quiz_id, True, False, None, assignment_id=made.id)

    assert responses(start_attempt(call, quiz_id, assignment_id=made.id)) == [RIGHT, None, None]
