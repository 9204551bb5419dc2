"""Where a policy shows nothing, nobody can tell from what comes back whether they were right."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import attempts, kit
from quizkit.questions import Hint, Response
from quizkit.schemas import CheckResponse, QuestionSlot, QuizCreate, ReviewPolicy, SaveResponse, SectionOutline
from quizkit.testing.strategies import questions, responses_for
from quizkit.vocabulary import Behaviour, Certainty, ReviewItem, ReviewMoment, SaveStatus, TryState
from sent import id_of
from taking import MINUTE, NOON, SECOND, answer, arranged, bank_of, check, pairs, published, river, sit

NONE: dict[str, Any] = {item.value: () for item in ReviewItem}
NOTHING = ReviewPolicy(**{**NONE, "question": frozenset(ReviewMoment)})  # but the questions
# Under interactive the way on itself tells: a right answer ends the question, a wrong one brings a hint.
SILENT = [behaviour for behaviour in Behaviour if behaviour is not Behaviour.INTERACTIVE]
WITH_CHECKS = [behaviour for behaviour in SILENT if behaviour not in {Behaviour.DEFERRED, Behaviour.DEFERRED_CBM}]


def blurred(told: Any) -> Any:
    """Return what a verb has returned without what differs between any two attempts."""
    if isinstance(told, dict):
        return {name: blurred(value) for name, value in told.items() if name not in {"attempt_id", "id", "taker_id"}}
    return [blurred(one) for one in told] if isinstance(told, (list, tuple)) else told


@pytest.mark.parametrize("behaviour", SILENT)
def test_right_partly_and_wrong_look_alike_where_nothing_is_shown(call: Caller, behaviour: Behaviour) -> None:
    quiz_id = published(call, river(), behaviour=behaviour, review=NOTHING, max_attempts=1)
    seed = bytes(16)

    def everything(taker: str, text: str) -> list[Any]:
        attempt = sit(call, quiz_id, taker, seed=seed).attempt_id
        seen: list[Any] = []

        def note(verb: Any, *args: Any, at: Any, **more: Any) -> None:
            told = call(verb, *args, taker=taker, now=at, **more)
            seen.append(blurred(told if told is None else told.model_dump()))

        if behaviour in WITH_CHECKS:
            note(attempts.check, attempt, check(1, 1, text=text, certainty=Certainty.HIGH), at=NOON + SECOND)
            note(attempts.check, attempt, check(1, 1, text=text, certainty=Certainty.HIGH), at=NOON + SECOND)
            note(attempts.try_again, attempt, slot=1, at=NOON + SECOND)
        else:
            call(attempts.save, attempt, answer(1, 1, text=text), taker=taker, now=NOON)
        note(attempts.review, attempt, at=NOON + 2 * SECOND)
        note(attempts.get, attempt, at=NOON + 2 * SECOND)
        for at in (NOON + MINUTE, NOON + 9 * MINUTE):
            note(attempts.submit, attempt, at=at)
            note(attempts.result, attempt, at=at)
            note(attempts.review, attempt, at=at)
            note(attempts.get, attempt, at=at)
            note(attempts.page, at=at, quiz_id=quiz_id)
            note(attempts.grade, quiz_id, at=at)
        return seen

    right, partly, wrong = (everything(*one) for one in (("ann", "Danube"), ("ben", "Donau"), ("cem", "Rhine")))
    assert right == partly == wrong


@pytest.mark.parametrize("behaviour", WITH_CHECKS)
def test_a_question_that_requires_the_one_before_it_does_not_tell_whether_that_was_right(
    call: Caller, behaviour: Behaviour
) -> None:
    _, (first, second) = bank_of(call, river(), river(content="And that of Passau?"))
    slots = [QuestionSlot(question_id=first), QuestionSlot(question_id=second, requires_previous=True)]
    quiz_id = arranged(call, SectionOutline(slots=slots), behaviour=behaviour, review=NOTHING)

    def next_one(taker: str, text: str) -> SaveStatus:
        attempt = sit(call, quiz_id, taker).attempt_id
        call(attempts.check, attempt, check(1, 1, text=text), taker=taker, now=NOON)
        found: SaveStatus = call(attempts.save, attempt, answer(2, 1, text="Inn"), taker=taker, now=NOON).status
        return found

    told = [next_one(*one) for one in (("ann", "Danube"), ("ben", "Donau"), ("cem", "Rhine"))]
    assert told == [SaveStatus.STORED] * 3


@settings(max_examples=60, deadline=None)
@given(data=st.data(), behaviour=st.sampled_from(SILENT))
def test_whatever_the_question_right_and_wrong_look_alike(
    in_memory: Engine, data: st.DataObject, behaviour: Behaviour
) -> None:
    question = data.draw(questions().filter(lambda one: one.answerable and one.type != "essay"))
    right, wrong = (data.draw(responses_for(question, quality)) for quality in ("right", "wrong"))
    assume(not right.is_blank() and not wrong.is_blank())
    assume(question.is_complete(right) and question.is_complete(wrong))

    with Session(in_memory) as session:
        quiz = kit.quizzes.create(
            session, QuizCreate(title="x", questions=[question], behaviour=behaviour, review=NOTHING)
        )
        kit.quizzes.publish(session, quiz.id)
        told = [_taken(session, quiz.id, behaviour, one) for one in (right, wrong)]
        session.rollback()

    assert told[0] == told[1]


def _taken(session: Session, quiz_id: uuid.UUID, behaviour: Behaviour, response: Response) -> list[Any]:
    taker = f"taker {uuid.uuid4()}"
    paper = kit.attempts.start(session, quiz_id, taker=taker, seed=bytes(16), now=NOON)
    mine: dict[str, Any] = {"attempt_id": paper.attempt_id, "taker": taker}
    said: dict[str, Any] = {"slot": 1, "sequence": 1, "response": response.model_dump(mode="json")}
    told: list[Any] = []
    if behaviour in WITH_CHECKS:
        told.append(kit.attempts.check(session, data=CheckResponse(number=1, **said), now=NOON, **mine))
        told.append(kit.attempts.review(session, now=NOON, **mine))
    else:
        kit.attempts.save(session, data=SaveResponse(**said), now=NOON, **mine)
    told.append(kit.attempts.submit(session, now=NOON + MINUTE, **mine))
    told.append(kit.attempts.review(session, now=NOON + 9 * MINUTE, **mine))
    told.append(kit.attempts.get(session, now=NOON + 9 * MINUTE, **mine))
    return [blurred(one.model_dump()) for one in told]


@pytest.mark.parametrize("behaviour", [Behaviour.ADAPTIVE, Behaviour.ADAPTIVE_NO_PENALTY])
def test_where_it_may_be_told_a_question_that_is_right_is_complete_and_a_wrong_one_is_to_do(
    call: Caller, behaviour: Behaviour
) -> None:
    paper = sit(call, published(call, river(), behaviour=behaviour))

    def progress(number: int, text: str) -> TryState:
        data = check(1, number, text=text)
        found: TryState = call(attempts.check, paper.attempt_id, data, taker="ann", now=NOON).question.progress
        return found

    assert (progress(1, "Rhine"), progress(2, "Danube")) == (TryState.TODO, TryState.COMPLETE)


def test_a_hint_does_not_count_right_parts_where_nobody_may_know_what_is_right(call: Caller) -> None:
    asked = pairs()
    hints = [hint.model_copy(update={"show_right_parts": True}) for hint in asked.hints]
    quiz_id = published(
        call, asked.model_copy(update={"hints": tuple(hints)}), behaviour=Behaviour.INTERACTIVE, review=NOTHING
    )
    paper = sit(call, quiz_id)
    choices = [option.id for option in paper.questions[0].view.choices]
    data = check(1, 1, matches=dict.fromkeys(map(id_of, ("Vienna", "Paris", "London", "Rome")), choices[0]))

    told = call(attempts.check, paper.attempt_id, data, taker="ann", now=NOON).question

    assert (str(told.hint), told.right_parts, told.too_many) == ("1", None, False)


def test_a_hint_takes_nothing_away_where_nobody_may_know_what_is_right(call: Caller) -> None:
    hints = [Hint(content="1", clear_wrong=True), Hint(content="2")]
    asked = pairs().model_copy(update={"hints": tuple(hints)})
    quiz_id = published(call, asked, behaviour=Behaviour.INTERACTIVE, review=NOTHING)
    attempt = sit(call, quiz_id).attempt_id
    right = asked.key().matches
    half = dict.fromkeys(right, right[id_of("Vienna")])  # one of four is right

    call(attempts.check, attempt, check(1, 1, matches=half), taker="ann", now=NOON)
    left = call(attempts.try_again, attempt, slot=1, taker="ann", now=NOON)
    (stored,) = call(attempts.paper, attempt, taker="ann", now=NOON).questions

    assert (left.sequence, stored.sequence, stored.response) == (1, 1, {"matches": half})
