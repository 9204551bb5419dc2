"""The marks and the meaning of a stored response, even if its type has changed since."""

from __future__ import annotations

import uuid
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from quizkit.crud.attempts._responses.marking import history, is_after_checks, is_same, is_stored_in, marked, step_of
from quizkit.questions import ShortAnswer, TextAnswer, TrueFalse
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.vocabulary import Action, Certainty

RIVER = GuardedQuestion(ShortAnswer(content="Which?", answers=[TextAnswer(text="Danube")]), uuid.UUID(int=1))
YES = GuardedQuestion(TrueFalse(content="?", answer=True), uuid.UUID(int=2))


def event(**columns: Any) -> Any:
    blank = {"action": "check", "response": None, "fraction": None, "certainty": None, "parts": None}
    return SimpleNamespace(**{**blank, **columns})


def test_a_response_is_marked_and_classified() -> None:
    one = marked(YES, YES.read({"answer": True}), tried=False)

    assert (one.grade.fraction, one.picked) == (Fraction(1), "true")
    assert not one.problems


def test_differently_written_responses_may_be_equal() -> None:
    response = RIVER.read({"text": "Danube"})

    assert is_same(RIVER, {"text": "Danube"}, response)
    assert is_same(RIVER, {"text": "Danube "}, response)
    assert not is_same(RIVER, {"text": "Rhine"}, response)


def test_a_stored_response_of_another_type_equals_only_itself() -> None:
    response = RIVER.read({"text": "Danube"})

    assert not is_same(RIVER, {"answer": True}, response)


def test_a_response_is_stored_in_a_row_with_the_same_meaning_and_certainty() -> None:
    marking = marked(RIVER, RIVER.read({"text": "Danube"}), tried=False, certainty=Certainty.MID)

    assert is_stored_in(event(response={"text": "Danube "}, certainty="mid"), RIVER, marking)
    assert not is_stored_in(event(response={"text": "Danube"}, certainty="low"), RIVER, marking)
    assert not is_stored_in(event(response={"text": "Rhine"}, certainty="mid"), RIVER, marking)


def test_a_response_comes_after_the_checks_if_its_sequence_is_later_than_that_of_each() -> None:
    tries = [event(sequence=3), event(sequence=5), event(action="try_again", sequence=None)]

    assert is_after_checks(6, tries)
    assert not is_after_checks(5, tries)
    assert is_after_checks(1, [])


def test_a_step_has_its_fraction_and_the_lowest_certainty_by_default() -> None:
    one = marked(YES, YES.read({"answer": False}), tried=True)

    step = step_of(Action.CHECK, YES, one)

    assert (step.fraction, step.certainty) == (Fraction(0), Certainty.LOW)


def test_the_history_of_a_slot_is_read_from_its_tries() -> None:
    tries = [event(response={"answer": True}, fraction=Fraction(1), parts={"a": "1/2"}), event(action="try_again")]

    first, second = history(YES, tries)

    assert (first.action, first.fraction) == (Action.CHECK, Fraction(1))
    assert first.parts == {"a": Fraction(1, 2)}
    assert (second.action, second.response) == (Action.TRY_AGAIN, None)
