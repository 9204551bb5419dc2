from __future__ import annotations

from quizkit.rules.alike import first_alike


def test_the_first_of_several_equal_questions_represents_them() -> None:
    asked = {"a": "capital of France", "b": "capital of Spain", "c": "capital of France", "d": "capital of France"}

    assert first_alike(asked) == {"c": "a", "d": "a"}


def test_stored_questions_take_precedence_over_new_ones() -> None:
    known = [("old", "capital of France"), ("newer", "capital of France"), ("other", "capital of Italy")]

    assert first_alike({"a": "capital of France", "b": "capital of Spain"}, known) == {"a": "old"}


def test_a_stored_question_does_not_precede_itself() -> None:
    asked = {"a": "capital of France", "b": "capital of France"}
    known = [("b", "capital of France"), ("a", "capital of France")]

    assert first_alike(asked, known) == {"b": "a"}
