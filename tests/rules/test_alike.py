from __future__ import annotations

from quizkit.rules.alike import first_alike


def test_the_first_of_those_that_ask_the_same_stands_for_the_others() -> None:
    asked = {"a": "capital of France", "b": "capital of Spain", "c": "capital of France", "d": "capital of France"}

    assert first_alike(asked) == {"c": "a", "d": "a"}


def test_what_is_known_comes_before_what_is_asked_now() -> None:
    known = [("old", "capital of France"), ("newer", "capital of France"), ("other", "capital of Italy")]

    assert first_alike({"a": "capital of France", "b": "capital of Spain"}, known) == {"a": "old"}


def test_a_question_that_is_known_already_does_not_come_before_itself() -> None:
    asked = {"a": "capital of France", "b": "capital of France"}
    known = [("b", "capital of France"), ("a", "capital of France")]

    assert first_alike(asked, known) == {"b": "a"}
