from __future__ import annotations

from quizkit.crud._core.canonical import content_hash


def test_a_hash_does_not_depend_on_the_order_of_keys() -> None:
    # A recorded value: the hashes of stored revisions are compared with new ones.
    assert content_hash({"b": [1, "ä"], "a": None}) == content_hash({"a": None, "b": [1, "ä"]})
    assert content_hash({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
