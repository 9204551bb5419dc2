from __future__ import annotations

from quizkit.rules.duplicates import first_duplicates


def test_the_first_of_several_equal_questions_represents_them() -> None:
    identities = {"a": "capital of France", "b": "capital of Spain", "c": "capital of France", "d": "capital of France"}

    assert first_duplicates(identities) == {"c": "a", "d": "a"}


def test_stored_questions_take_precedence_over_new_ones() -> None:
    known = [("old", "capital of France"), ("newer", "capital of France"), ("other", "capital of Italy")]

    assert first_duplicates({"a": "capital of France", "b": "capital of Spain"}, known) == {"a": "old"}


def test_a_stored_question_does_not_precede_itself() -> None:
    identities = {"a": "capital of France", "b": "capital of France"}
    known = [("b", "capital of France"), ("a", "capital of France")]

    assert first_duplicates(identities, known) == {"b": "a"}
