from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules.drawing import Dice

SEED = bytes(range(16))


def test_the_order_of_a_seed_is_the_same_on_every_version_of_everything() -> None:
    # Written down once. If this ever fails, papers that were shuffled before cannot be shown again.
    assert Dice(SEED, "questions").shuffled("abcdefgh") == ["b", "h", "g", "f", "e", "c", "a", "d"]
    assert Dice(SEED, "slot 1").below(1000) == 265


def test_streams_with_other_labels_or_seeds_are_others() -> None:
    orders = {tuple(Dice(SEED, f"slot {n}").shuffled(range(20))) for n in range(50)}
    seeds = {tuple(Dice(bytes([n]) * 16, "x").shuffled(range(20))) for n in range(50)}

    assert len(orders) == len(seeds) == 50


@given(st.binary(min_size=16, max_size=16), st.lists(st.integers()))
def test_shuffling_keeps_every_item(seed: bytes, items: list[int]) -> None:
    assert sorted(Dice(seed, "x").shuffled(items)) == sorted(items)


@given(st.binary(min_size=16, max_size=16), st.integers(1, 2**63))
def test_a_number_is_below_its_limit(seed: bytes, limit: int) -> None:
    assert 0 <= Dice(seed, "x").below(limit) < limit


def test_every_order_is_as_likely_as_any_other() -> None:
    counts = Counter(tuple(Dice(n.to_bytes(16, "big"), "x").shuffled("abc")) for n in range(6000))

    # Six orders, 1000 each: five standard deviations are about 145.
    assert len(counts) == 6
    assert all(855 < count < 1145 for count in counts.values())
