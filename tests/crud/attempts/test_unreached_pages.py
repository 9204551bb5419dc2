"""Questions that are not on the current page cannot be probed: they are refused before the response is read."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import attempts
from quizkit.errors import QuizkitError
from quizkit.questions import (
    Blanks,
    Choice,
    Description,
    Essay,
    Numeric,
    Option,
    Ordering,
    OrderingItem,
    Question,
    TextAnswer,
    TextGap,
)
from quizkit.questions import NumberAnswer as Number
from quizkit.schemas import CheckResponse, ReviewPolicy, SaveResponse, SectionOutline
from quizkit.vocabulary import Behaviour, Navigation, ReviewMoment
from sent_responses import id_of
from taking import MINUTE, NOON, SECOND, arranged, bank_of, pairs, river, slots_for, start_attempt, yes

AHEAD: list[Question] = [
    yes(2),
    Choice(content="Which?", options=[Option(id="a", content="A", correct=True), Option(id="b", content="B")]),
    Numeric(content="How much?", answers=[Number(value=4)]),
    river(),
    pairs(),
    Ordering(content="In order", items=[OrderingItem(id="x", content="X"), OrderingItem(id="y", content="Y")]),
    Blanks(content="The [[one]].", gaps=[TextGap(id="one", answers=[TextAnswer(text="gap")])]),
    Essay(content="Discuss."),
    Description(content="Read this."),
]

# Right for one type, malformed for the others; a guess at an existing option, and at a missing one.
GUESSES: list[Any] = [
    {"answer": True},
    {"selected": [id_of("A")]},
    {"selected": ["zz"]},
    {"selected": ["a"]},
    {"number": "4"},
    {"text": "Danube"},
    {"matches": {id_of("Vienna"): "zz"}},
    {"order": [id_of("X"), id_of("Y")]},
    {"gaps": {"one": "gap"}},
    {},
    [],
    7,
    None,
]


def refusal_of(call: Caller, verb: Any, attempt_id: uuid.UUID, data: Any) -> tuple[type, str, str, Any]:
    with pytest.raises(QuizkitError) as refused:
        call(verb, attempt_id, data, taker="ann", now=NOON + SECOND)
    found = refused.value
    return type(found), found.code, found.message, found.params


def pages(call: Caller, *asked: Question, **policy: Any) -> Any:
    """An attempt at a quiz with sequential pages of one question."""
    _, ids = bank_of(call, *asked)
    section = SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=slots_for(ids))
    return start_attempt(call, arranged(call, section, **policy))


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.INTERACTIVE, Behaviour.ADAPTIVE])
def test_saving_on_a_page_ahead_fails_alike_for_every_question_and_response(call: Caller, behaviour: Behaviour) -> None:
    paper = pages(call, yes(1), *AHEAD, behaviour=behaviour)

    refusals = {
        refusal_of(call, attempts.save, paper.attempt_id, SaveResponse(slot=slot, sequence=1, response=guess))[1:3]
        for slot in range(2, len(AHEAD) + 2)
        for guess in GUESSES
    }

    assert refusals == {("page_ahead", "Visit the pages before this one first")}


def test_checking_on_a_page_ahead_fails_alike_for_every_question_and_response(call: Caller) -> None:
    paper = pages(call, yes(1), *AHEAD, behaviour=Behaviour.INTERACTIVE)

    refusals = {
        refusal_of(
            call, attempts.check, paper.attempt_id, CheckResponse(slot=slot, sequence=1, number=number, response=guess)
        )[1]
        for slot in range(2, len(AHEAD) + 2)
        for guess in GUESSES
        for number in (1, 2)
    }
    refusals |= {_again(call, paper, slot) for slot in range(2, len(AHEAD) + 2)}

    assert refusals == {"page_ahead"}


def _again(call: Caller, paper: Any, slot: int) -> str:
    with pytest.raises(QuizkitError) as refused:
        call(attempts.try_again, paper.attempt_id, slot=slot, taker="ann", now=NOON)
    return refused.value.code


def test_saving_on_a_left_page_fails_alike_for_every_response(call: Caller) -> None:
    paper = pages(call, yes(1), yes(2))
    call(attempts.visit, paper.attempt_id, slot=2, taker="ann", now=NOON)

    refusals = {
        refusal_of(call, attempts.save, paper.attempt_id, SaveResponse(slot=1, sequence=1, response=guess))[1]
        for guess in GUESSES
    }

    assert refusals == {"page_left"}


def test_a_question_ahead_does_not_reveal_that_it_requires_the_previous_one(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2), yes(3))
    first, *others = slots_for(ids)
    asked = [first, *(one.model_copy(update={"requires_previous": True}) for one in others)]
    section = SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=asked)
    paper = start_attempt(call, arranged(call, section))

    data = SaveResponse(slot=3, sequence=1, response={"answer": True})
    assert refusal_of(call, attempts.save, paper.attempt_id, data)[1] == "page_ahead"


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.INTERACTIVE])
def test_a_finished_attempt_fails_alike_for_every_response(call: Caller, behaviour: Behaviour) -> None:
    paper = pages(call, yes(1), behaviour=behaviour)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    refusals = {
        refusal_of(call, attempts.save, paper.attempt_id, SaveResponse(slot=1, sequence=1, response=guess))[1]
        for guess in GUESSES
    }

    assert refusals == {"attempt_submitted"}


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.INTERACTIVE])
def test_a_submit_with_responses_reveals_nothing_about_a_page_ahead(call: Caller, behaviour: Behaviour) -> None:
    paper = pages(call, yes(1), *AHEAD, behaviour=behaviour)
    last = [
        SaveResponse(slot=slot, sequence=1, response=guess) for slot in range(2, len(AHEAD) + 2) for guess in GUESSES
    ]

    for code in ("page_ahead", "attempt_submitted"):  # and repeated, because the reply was lost
        outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=last, now=NOON + MINUTE)
        assert {(one.code, one.problems) for one in outcome.sent} == {(code, ())}


def test_neither_a_paper_nor_a_review_shows_an_unreached_page(call: Caller) -> None:
    review = ReviewPolicy(question=ReviewMoment, correctness=ReviewMoment)
    paper = pages(call, yes(1), yes(2), behaviour=Behaviour.IMMEDIATE, review=review)

    assert [question.slot for question in paper.questions] == [1]
    for verb in (attempts.paper, attempts.review):
        assert [question.slot for question in call(verb, paper.attempt_id, taker="ann", now=NOON).questions] == [1]
