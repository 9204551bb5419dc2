"""What a paper says besides its questions: ids for the host, the next try, and how much time is left."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, gradebook, quizzes
from quizkit.questions import Description
from quizkit.schemas import AssignmentCreate, DrawSlot, QuizCreate, QuizUpdate, SectionOutline
from quizkit.vocabulary import AttemptState, Behaviour, TimeUp
from taking import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    TICK,
    answer,
    arranged,
    bank_of,
    check,
    published,
    river,
    slots_for,
    start_attempt,
    yes,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("unbroken")


# ---------------------------------------------------------------------------------------------- assignments


def test_a_quiz_has_the_id_of_its_default_assignment_from_the_first_publishing_on(call: Caller) -> None:
    draft = call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()]))
    first = call(quizzes.publish, draft.id)
    changed = call(quizzes.update, draft.id, QuizUpdate(title="Lakes"))
    again = call(quizzes.publish, draft.id)
    (default,) = call(assignments.page, quiz_id=draft.id).items

    assert draft.assignment_id is None
    assert {first.assignment_id, changed.assignment_id, again.assignment_id} == {default.id}
    assert call(quizzes.get, draft.id).assignment_id == default.id
    assert call(quizzes.archive, draft.id).assignment_id == default.id
    assert call(gradebook.grades, assignment_id=first.assignment_id).items == ()


def test_papers_results_and_listed_attempts_have_the_id_of_their_assignment(call: Caller) -> None:
    quiz_id, taker = published(call, yes()), f"ann {uuid.uuid4()}"
    given = call(assignments.create, AssignmentCreate(quiz_id=quiz_id)).id
    paper = start_attempt(call, quiz_id, taker, assignment_id=given)
    whose: dict[str, Any] = {"taker": taker, "now": NOON}
    outcome = call(attempts.submit, paper.attempt_id, **whose)
    (listed,) = call(attempts.page, **whose).items

    assert paper.assignment_id == outcome.assignment_id == listed.assignment_id == given
    assert call(attempts.paper, paper.attempt_id, **whose).assignment_id == given
    assert json.loads(call(attempts.paper_json, paper.attempt_id, **whose))["assignment_id"] == str(given)


@pytest.mark.parametrize(
    ("time_up", "state"), [(TimeUp.SUBMIT, AttemptState.SUBMITTED), (TimeUp.ABANDON, AttemptState.ABANDONED)]
)
def test_expiring_returns_the_finished_attempts_with_their_takers(
    call: Caller, time_up: TimeUp, state: AttemptState
) -> None:
    long_ago = NOON - timedelta(days=4000)  # before the attempts that other tests have left open
    quiz_id = published(call, yes(), time_limit_seconds=60, time_up=time_up)
    assignment_id = call(quizzes.get, quiz_id).assignment_id
    ann, ben = f"ann {quiz_id}", f"ben {quiz_id}"
    first = start_attempt(call, quiz_id, ann, now=long_ago).attempt_id
    second = start_attempt(call, quiz_id, ben, now=long_ago + SECOND).attempt_id

    done = call(gradebook.expire_due, limit=200, now=long_ago + MINUTE + 3 * SECOND)
    mine = [one for one in done.attempts if one.quiz_id == quiz_id]

    assert done.finished == len(done.attempts)
    assert [(one.attempt_id, one.taker_id) for one in mine] == [(first, ann), (second, ben)]
    assert {(one.assignment_id, one.state) for one in mine} == {(assignment_id, state)}
    assert call(attempts.get, first, taker=ann).state is state


# ---------------------------------------------------------------------------------------------- questions


def test_papers_and_results_have_the_ids_of_questions_that_the_author_placed(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2))
    quiz_id = arranged(call, SectionOutline(slots=slots_for(ids)))
    paper = start_attempt(call, quiz_id)
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    review = call(attempts.review, paper.attempt_id, taker="ann", now=NOON)

    for shown in (paper, outcome, review):
        assert [question.question_id for question in shown.questions] == ids


def test_no_output_contains_the_id_of_a_drawn_question(call: Caller) -> None:
    """Ids made together are close to each other, so they would tell the pools of the draws apart."""
    bank, ids = bank_of(call, river(), river(content="And of Passau?"))
    draw = DrawSlot(bank_id=bank, count=2)
    quiz_id = arranged(call, SectionOutline(slots=[draw]), behaviour=Behaviour.INTERACTIVE)
    paper = start_attempt(call, quiz_id)
    whose: dict[str, Any] = {"taker": "ann", "now": NOON}
    seen = [paper, call(attempts.check, paper.attempt_id, check(1, 1, text="Rhine"), **whose)]
    seen += [
        call(attempts.try_again, paper.attempt_id, slot=1, **whose),
        call(attempts.paper, paper.attempt_id, **whose),
    ]
    seen += [call(attempts.submit, paper.attempt_id, **whose), call(attempts.review, paper.attempt_id, **whose)]

    assert [question.question_id for question in paper.questions] == [None, None]
    for one in seen:
        sent = one.model_dump_json()
        assert not [question_id for question_id in ids if str(question_id) in sent]


# ---------------------------------------------------------------------------------------------- the next try


def test_a_question_has_the_number_of_its_next_check(call: Caller) -> None:
    quiz_id = published(call, river(), yes(), Description(content="Read."), behaviour=Behaviour.INTERACTIVE)
    attempt = start_attempt(call, quiz_id).attempt_id
    whose: dict[str, Any] = {"taker": "ann", "now": NOON}

    def numbers() -> list[list[int | None]]:
        shown = call(attempts.paper, attempt, **whose), call(attempts.review, attempt, **whose)
        return [[question.next_try for question in one.questions] for one in shown]

    assert numbers() == [[1, 1, None]] * 2
    for number, text in enumerate(("Rhine", "Inn", "Elbe"), 1):
        done = call(attempts.check, attempt, check(1, number, text=text), **whose)
        after = number + 1 if number < 3 else None
        assert (done.question.next_try, numbers()) == (after, [[after, 1, None]] * 2)
        call(attempts.try_again, attempt, slot=1, **whose)
        assert numbers() == [[after, 1, None]] * 2
    call(attempts.check, attempt, check(2, 1, answer=True), **whose)
    assert numbers() == [[None, None, None]] * 2


def test_a_check_that_uses_no_try_does_not_change_the_next_number(call: Caller) -> None:
    attempt = start_attempt(call, published(call, river(), behaviour=Behaviour.ADAPTIVE)).attempt_id
    whose: dict[str, Any] = {"taker": "ann", "now": NOON}
    call(attempts.check, attempt, check(1, 1, text="Rhine"), **whose)
    same = call(attempts.check, attempt, check(1, 2, text="Rhine"), **whose)

    assert (same.counted, same.question.next_try) == (False, 2)
    assert call(attempts.paper, attempt, **whose).questions[0].next_try == 2


def test_without_checks_and_after_the_end_there_is_no_next_try(call: Caller) -> None:
    deferred = start_attempt(call, published(call, yes()))
    adaptive = start_attempt(call, published(call, yes(), behaviour=Behaviour.ADAPTIVE)).attempt_id
    outcome = call(attempts.submit, adaptive, taker="ann", now=NOON)

    assert deferred.questions[0].next_try is None
    assert outcome.questions[0].next_try is None
    assert call(attempts.paper, adaptive, taker="ann", now=NOON).questions[0].next_try is None


# ---------------------------------------------------------------------------------------------- time


def test_a_paper_has_the_time_of_the_server_and_the_seconds_that_are_left(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes(), time_limit_seconds=60, grace_seconds=10))
    times = {
        NOON: "60",
        NOON + SECOND + TICK: "58.999999",
        NOON + MINUTE: "0",
        NOON + MINUTE + TICK: "0",
        NOON + HOUR: "0",
    }

    assert (paper.server_now, paper.seconds_left) == (NOON, Decimal(60))
    for now, left in times.items():
        seen = call(attempts.paper, paper.attempt_id, taker="ann", now=now)
        assert (seen.server_now, seen.seconds_left) == (now, Decimal(left))
        assert json.loads(seen.model_dump_json())["seconds_left"] == left


def test_no_seconds_are_left_without_a_deadline_or_after_the_end(call: Caller) -> None:
    endless = start_attempt(call, published(call, yes()))
    timed = start_attempt(call, published(call, yes(), time_limit_seconds=60)).attempt_id
    call(attempts.submit, timed, taker="ann", responses=[answer(1, answer=True)], now=NOON)

    assert endless.seconds_left is None
    assert call(attempts.paper, timed, taker="ann", now=NOON + SECOND).seconds_left is None
