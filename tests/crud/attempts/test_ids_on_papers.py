"""No output during a whole attempt contains an id that an author chose."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import attempts, questions
from quizkit.questions import Blanks, Choice, ChoiceGap, Hint, Matching, MatchingPair, Option, Ordering, OrderingItem
from quizkit.vocabulary import Behaviour
from taking import MINUTE, NOON, answer, check, published, start_attempt

pytestmark = pytest.mark.usefixtures("unbroken")

OWN = "author-gave-this"
HINTS = [Hint(content="1", clear_wrong=True), Hint(content="2")]


def own(n: int) -> str:
    return f"{OWN}-{n}"


ASKED = [
    Choice(
        content="Which?",
        multiple=True,
        hints=HINTS,
        options=[Option(id=own(n), content=text, correct=n < 2) for n, text in enumerate("abc")],
    ),
    Ordering(content="Order", items=[OrderingItem(id=own(n), content=text) for n, text in enumerate("abc")]),
    Matching(
        content="Match",
        hints=HINTS,
        pairs=[MatchingPair(id=own(n), premise=text, choice=text * 2) for n, text in enumerate("abc")],
    ),
    Blanks(
        content="[[1]]",
        gaps=[
            ChoiceGap(id="1", options=[Option(id=own(n), content=text, correct=n == 0) for n, text in enumerate("abc")])
        ],
    ),
]


def guesses() -> list[dict[str, Any]]:
    return [{"selected": [own(0)]}, {"order": [own(0)]}, {"matches": {own(0): own(0)}}, {"gaps": {"1": own(0)}}]


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.INTERACTIVE])
def test_no_output_for_a_taker_contains_an_authors_id(call: Caller, behaviour: Behaviour) -> None:
    quiz_id = published(call, *ASKED, behaviour=behaviour, max_attempts=1)
    taker = f"ann {uuid.uuid4()}"
    paper = start_attempt(call, quiz_id, taker)
    whose: dict[str, Any] = {"taker": taker, "now": NOON + MINUTE}
    seen: list[Any] = [paper]
    for slot, question in enumerate(ASKED, 1):
        response = next(iter(question._samples())).model_dump(mode="json")
        if behaviour is Behaviour.DEFERRED:
            seen.append(call(attempts.save, paper.attempt_id, answer(slot, 1, **response), **whose))
        else:
            seen.append(call(attempts.check, paper.attempt_id, check(slot, 1, **response), **whose))
    seen.append(call(attempts.paper, paper.attempt_id, **whose))
    seen.append(call(attempts.review, paper.attempt_id, **whose))
    outcome = call(attempts.submit, paper.attempt_id, **whose)
    seen += [outcome, call(attempts.review, paper.attempt_id, **whose)]

    assert len(seen) == len(ASKED) + 5
    for one in seen:
        assert OWN not in one.model_dump_json()
    for question in outcome.questions:
        if question.right_response is not None:
            assert question.right_response == ASKED[question.slot - 1].key()


def test_an_authors_id_in_a_response_is_stored_as_typed_and_earns_nothing(call: Caller) -> None:
    paper = start_attempt(call, published(call, *ASKED))

    for slot, response in enumerate(guesses(), 1):
        saved = call(attempts.save, paper.attempt_id, answer(slot, 1, **response), taker="ann", now=NOON)
        assert "option_unknown" in {problem.code for problem in saved.problems}
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON).score == 0


def test_authors_keep_their_ids(call: Caller) -> None:
    from taking import bank_of

    _, ids = bank_of(call, *ASKED)
    assert [call(questions.get, one).question for one in ids] == ASKED
