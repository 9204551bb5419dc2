from __future__ import annotations

from quizkit.rules.sequences import MAX_SEQUENCE, Sequencing, next_sequence, sequencing


def test_a_response_with_a_sequence_replaces_every_earlier_one() -> None:
    assert sequencing(5, None) == Sequencing(5, replaces=4)


def test_a_response_with_a_base_replaces_nothing_later_than_it() -> None:
    assert sequencing(9, 2) == Sequencing(9, replaces=2)
    assert sequencing(None, 2) == Sequencing(3, replaces=2)
    assert sequencing(None, 0) == Sequencing(1, replaces=0)


def test_a_response_that_names_nothing_is_the_next_one_or_the_stored_one_again() -> None:
    assert sequencing(None, None) is None
    assert next_sequence(0, repeated=False) == Sequencing(1, replaces=0)
    assert next_sequence(4, repeated=False) == Sequencing(5, replaces=4)
    assert next_sequence(4, repeated=True) == Sequencing(4, replaces=3)
    assert next_sequence(MAX_SEQUENCE, repeated=False) == Sequencing(MAX_SEQUENCE, replaces=MAX_SEQUENCE)
