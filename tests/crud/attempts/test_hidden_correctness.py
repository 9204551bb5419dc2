"""If a policy shows nothing, no output of any verb reveals whether a response was right."""

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
from quizkit.questions import Hint, MatchingResponse, Response
from quizkit.schemas import CheckResponse, QuestionSlot, QuizCreate, ReviewPolicy, SaveResponse, SectionOutline
from quizkit.testing.strategies import questions, responses_for
from quizkit.vocabulary import Behaviour, Certainty, ReviewItem, ReviewMoment, SaveStatus, TryState
from sent_responses import id_of
from taking import MINUTE, NOON, SECOND, answer, arranged, bank_of, check, pairs, published, river, start_attempt

NONE: dict[str, Any] = {item.value: () for item in ReviewItem}
NOTHING = ReviewPolicy(**{**NONE, "question": frozenset(ReviewMoment)})  # except the questions
# Interactive behaviours reveal correctness: a right response ends the question, a wrong one brings a hint.
SILENT = [behaviour for behaviour in Behaviour if behaviour is not Behaviour.INTERACTIVE]
WITH_CHECKS = [behaviour for behaviour in SILENT if behaviour not in {Behaviour.DEFERRED, Behaviour.DEFERRED_CBM}]


def blurred(outputs: Any) -> Any:
    """Return the output of a verb without the values that differ between any two attempts."""
    if isinstance(outputs, dict):
        return {name: blurred(value) for name, value in outputs.items() if name not in {"attempt_id", "id", "taker_id"}}
    return [blurred(one) for one in outputs] if isinstance(outputs, (list, tuple)) else outputs


@pytest.mark.parametrize("behaviour", SILENT)
def test_right_partly_right_and_wrong_are_indistinguishable_if_nothing_is_shown(
    call: Caller, behaviour: Behaviour
) -> None:
    quiz_id = published(call, river(), behaviour=behaviour, review=NOTHING, max_attempts=1)
    seed = bytes(16)

    def everything(taker: str, text: str) -> list[Any]:
        attempt = start_attempt(call, quiz_id, taker, seed=seed).attempt_id
        seen: list[Any] = []

        def note(verb: Any, *args: Any, at: Any, **more: Any) -> None:
            outputs = call(verb, *args, taker=taker, now=at, **more)
            seen.append(blurred(outputs if outputs is None else outputs.model_dump()))

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
def test_a_question_that_requires_the_previous_one_does_not_reveal_its_correctness(
    call: Caller, behaviour: Behaviour
) -> None:
    _, (first, second) = bank_of(call, river(), river(content="And that of Passau?"))
    slots = [QuestionSlot(question_id=first), QuestionSlot(question_id=second, requires_previous=True)]
    quiz_id = arranged(call, SectionOutline(slots=slots), behaviour=behaviour, review=NOTHING)

    def next_one(taker: str, text: str) -> SaveStatus:
        attempt = start_attempt(call, quiz_id, taker).attempt_id
        call(attempts.check, attempt, check(1, 1, text=text), taker=taker, now=NOON)
        found: SaveStatus = call(attempts.save, attempt, answer(2, 1, text="Inn"), taker=taker, now=NOON).status
        return found

    outputs = [next_one(*one) for one in (("ann", "Danube"), ("ben", "Donau"), ("cem", "Rhine"))]
    assert outputs == [SaveStatus.STORED] * 3


@settings(max_examples=60, deadline=None)
@given(data=st.data(), behaviour=st.sampled_from(SILENT))
def test_right_and_wrong_are_indistinguishable_for_every_question(
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
        outputs = [_taken(session, quiz.id, behaviour, one) for one in (right, wrong)]
        session.rollback()

    assert outputs[0] == outputs[1]


def _taken(session: Session, quiz_id: uuid.UUID, behaviour: Behaviour, response: Response) -> list[Any]:
    taker = f"taker {uuid.uuid4()}"
    paper = kit.attempts.start(session, quiz_id, taker=taker, seed=bytes(16), now=NOON)
    mine: dict[str, Any] = {"attempt_id": paper.attempt_id, "taker": taker}
    fields: dict[str, Any] = {"slot": 1, "sequence": 1, "response": response.model_dump(mode="json")}
    outputs: list[Any] = []
    if behaviour in WITH_CHECKS:
        outputs.append(kit.attempts.check(session, data=CheckResponse(number=1, **fields), now=NOON, **mine))
        outputs.append(kit.attempts.review(session, now=NOON, **mine))
    else:
        kit.attempts.save(session, data=SaveResponse(**fields), now=NOON, **mine)
    outputs.append(kit.attempts.submit(session, now=NOON + MINUTE, **mine))
    outputs.append(kit.attempts.review(session, now=NOON + 9 * MINUTE, **mine))
    outputs.append(kit.attempts.get(session, now=NOON + 9 * MINUTE, **mine))
    return [blurred(one.model_dump()) for one in outputs]


@pytest.mark.parametrize("behaviour", [Behaviour.ADAPTIVE, Behaviour.ADAPTIVE_NO_PENALTY])
def test_if_correctness_is_shown_a_right_question_is_complete_and_a_wrong_one_is_to_do(
    call: Caller, behaviour: Behaviour
) -> None:
    paper = start_attempt(call, published(call, river(), behaviour=behaviour))

    def progress(number: int, text: str) -> TryState:
        data = check(1, number, text=text)
        found: TryState = call(attempts.check, paper.attempt_id, data, taker="ann", now=NOON).question.progress
        return found

    assert (progress(1, "Rhine"), progress(2, "Danube")) == (TryState.TODO, TryState.COMPLETE)


def test_a_hint_does_not_count_right_parts_if_correctness_is_hidden(call: Caller) -> None:
    asked = pairs()
    hints = [hint.model_copy(update={"show_right_parts": True}) for hint in asked.hints]
    quiz_id = published(
        call, asked.model_copy(update={"hints": tuple(hints)}), behaviour=Behaviour.INTERACTIVE, review=NOTHING
    )
    paper = start_attempt(call, quiz_id)
    choices = [option.id for option in paper.questions[0].view.choices]
    data = check(1, 1, matches=dict.fromkeys(map(id_of, ("Vienna", "Paris", "London", "Rome")), choices[0]))

    outputs = call(attempts.check, paper.attempt_id, data, taker="ann", now=NOON).question

    assert (str(outputs.hint), outputs.right_parts, outputs.too_many) == ("1", None, False)


def test_a_hint_does_not_clear_wrong_parts_if_correctness_is_hidden(call: Caller) -> None:
    hints = [Hint(content="1", clear_wrong=True), Hint(content="2")]
    asked = pairs().model_copy(update={"hints": tuple(hints)})
    quiz_id = published(call, asked, behaviour=Behaviour.INTERACTIVE, review=NOTHING)
    attempt = start_attempt(call, quiz_id).attempt_id
    right = asked.key().matches
    half = dict.fromkeys(right, right[id_of("Vienna")])  # one of four is right

    call(attempts.check, attempt, check(1, 1, matches=half), taker="ann", now=NOON)
    left = call(attempts.try_again, attempt, slot=1, taker="ann", now=NOON)
    (stored,) = call(attempts.paper, attempt, taker="ann", now=NOON).questions

    assert (left.sequence, stored.sequence, stored.response) == (1, 1, MatchingResponse(matches=half))
