"""What is not in front of the taker is refused before anybody looks at what was sent: it cannot be probed."""

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
from sent import id_of
from taking import MINUTE, NOON, SECOND, arranged, bank_of, pairs, river, sit, slots_for, yes

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

# Right for one type, malformed for the others; a guess that one option exists, and one that does not.
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


def told(call: Caller, verb: Any, attempt_id: uuid.UUID, data: Any) -> tuple[type, str, str, Any]:
    with pytest.raises(QuizkitError) as refused:
        call(verb, attempt_id, data, taker="ann", now=NOON + SECOND)
    found = refused.value
    return type(found), found.code, found.message, found.params


def pages(call: Caller, *asked: Question, **policy: Any) -> Any:
    """An attempt at a quiz with one question on each page and no way back."""
    _, ids = bank_of(call, *asked)
    section = SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=slots_for(ids))
    return sit(call, arranged(call, section, **policy))


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.INTERACTIVE, Behaviour.ADAPTIVE])
def test_a_page_ahead_is_ahead_whatever_is_on_it_and_whatever_is_sent(call: Caller, behaviour: Behaviour) -> None:
    paper = pages(call, yes(1), *AHEAD, behaviour=behaviour)

    said = {
        told(call, attempts.save, paper.attempt_id, SaveResponse(slot=slot, sequence=1, response=guess))[1:3]
        for slot in range(2, len(AHEAD) + 2)
        for guess in GUESSES
    }

    assert said == {("page_ahead", "Visit the pages before this one first")}


def test_a_check_of_a_page_ahead_tells_no_more(call: Caller) -> None:
    paper = pages(call, yes(1), *AHEAD, behaviour=Behaviour.INTERACTIVE)

    said = {
        told(
            call, attempts.check, paper.attempt_id, CheckResponse(slot=slot, sequence=1, number=number, response=guess)
        )[1]
        for slot in range(2, len(AHEAD) + 2)
        for guess in GUESSES
        for number in (1, 2)
    }
    said |= {_again(call, paper, slot) for slot in range(2, len(AHEAD) + 2)}

    assert said == {"page_ahead"}


def _again(call: Caller, paper: Any, slot: int) -> str:
    with pytest.raises(QuizkitError) as refused:
        call(attempts.try_again, paper.attempt_id, slot=slot, taker="ann", now=NOON)
    return refused.value.code


def test_a_page_that_was_left_is_left_whatever_is_sent(call: Caller) -> None:
    paper = pages(call, yes(1), yes(2))
    call(attempts.visit, paper.attempt_id, slot=2, taker="ann", now=NOON)

    said = {
        told(call, attempts.save, paper.attempt_id, SaveResponse(slot=1, sequence=1, response=guess))[1]
        for guess in GUESSES
    }

    assert said == {"page_left"}


def test_a_question_ahead_does_not_tell_that_it_requires_the_one_before_it(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2), yes(3))
    first, *others = slots_for(ids)
    asked = [first, *(one.model_copy(update={"requires_previous": True}) for one in others)]
    section = SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=asked)
    paper = sit(call, arranged(call, section))

    data = SaveResponse(slot=3, sequence=1, response={"answer": True})
    assert told(call, attempts.save, paper.attempt_id, data)[1] == "page_ahead"


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.INTERACTIVE])
def test_an_attempt_that_is_over_says_so_whatever_is_sent(call: Caller, behaviour: Behaviour) -> None:
    paper = pages(call, yes(1), behaviour=behaviour)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    said = {
        told(call, attempts.save, paper.attempt_id, SaveResponse(slot=1, sequence=1, response=guess))[1]
        for guess in GUESSES
    }

    assert said == {"attempt_submitted"}


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.INTERACTIVE])
def test_what_is_sent_with_a_submit_tells_no_more_of_a_page_ahead(call: Caller, behaviour: Behaviour) -> None:
    paper = pages(call, yes(1), *AHEAD, behaviour=behaviour)
    last = [
        SaveResponse(slot=slot, sequence=1, response=guess) for slot in range(2, len(AHEAD) + 2) for guess in GUESSES
    ]

    for code in ("page_ahead", "attempt_submitted"):  # and sent again, because the reply was lost
        outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=last, now=NOON + MINUTE)
        assert {(one.code, one.problems) for one in outcome.sent} == {(code, ())}


def test_neither_a_paper_nor_a_review_shows_a_page_that_was_not_reached(call: Caller) -> None:
    review = ReviewPolicy(question=ReviewMoment, correctness=ReviewMoment)
    paper = pages(call, yes(1), yes(2), behaviour=Behaviour.IMMEDIATE, review=review)

    assert [question.slot for question in paper.questions] == [1]
    for verb in (attempts.paper, attempts.review):
        assert [question.slot for question in call(verb, paper.attempt_id, taker="ann", now=NOON).questions] == [1]
