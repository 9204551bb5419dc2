from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Refused
from quizkit.rules.drawing import ALGORITHM, Draw, SeededRandom, allocate_draws, seeded_order

SEED = bytes(range(16))


def test_the_order_for_a_seed_never_changes() -> None:
    # Recorded values. If this ever fails, earlier papers can no longer be shown in their order.
    assert SeededRandom(SEED, "questions").shuffled("abcdefgh") == ["b", "h", "g", "f", "e", "c", "a", "d"]
    assert SeededRandom(SEED, "slot 1").below(1000) == 265


def test_streams_with_different_labels_or_seeds_differ() -> None:
    orders = {tuple(SeededRandom(SEED, f"slot {n}").shuffled(range(20))) for n in range(50)}
    seeds = {tuple(SeededRandom(bytes([n]) * 16, "x").shuffled(range(20))) for n in range(50)}

    assert len(orders) == len(seeds) == 50


@given(st.binary(min_size=16, max_size=16), st.lists(st.integers()))
def test_shuffling_keeps_every_item(seed: bytes, items: list[int]) -> None:
    assert sorted(SeededRandom(seed, "x").shuffled(items)) == sorted(items)


@given(st.binary(min_size=16, max_size=16), st.integers(1, 2**63))
def test_a_number_is_below_its_limit(seed: bytes, limit: int) -> None:
    assert 0 <= SeededRandom(seed, "x").below(limit) < limit


def test_every_shuffled_order_is_equally_likely() -> None:
    counts = Counter(tuple(SeededRandom(n.to_bytes(16, "big"), "x").shuffled("abc")) for n in range(6000))

    # Six orders, 1000 each: five standard deviations are about 145.
    assert len(counts) == 6
    assert all(855 < count < 1145 for count in counts.values())


# ---------------------------------------------------------------------------------------------- draws

NAMES = st.lists(st.text(min_size=1, max_size=4), max_size=12, unique=True)


def test_the_draw_for_a_seed_never_changes() -> None:
    # Recorded values. If this ever fails, an old seed no longer gives its paper.
    assert seeded_order(SEED, "section 1", "abcdefgh") == ["h", "f", "c", "a", "b", "e", "g", "d"]
    assert allocate_draws(SEED, [Draw(1, "abcdefgh", 3), Draw(2, "abcd", 2)], taken="a") == [
        ["e", "b", "f"],
        ["c", "d"],
    ]
    assert ALGORITHM == 1


@given(st.binary(min_size=16, max_size=16), NAMES, st.text(min_size=1, max_size=4))
def test_adding_an_item_does_not_reorder_the_others(seed: bytes, items: list[str], new: str) -> None:
    before, after = seeded_order(seed, "x", items), seeded_order(seed, "x", {*items, new})

    assert sorted(before) == sorted(items)
    assert [item for item in after if item != new or new in items] == before


def test_every_drawn_order_is_equally_likely() -> None:
    counts = Counter(tuple(seeded_order(n.to_bytes(16, "big"), "x", "abc")) for n in range(6000))

    assert len(counts) == 6
    assert all(855 < count < 1145 for count in counts.values())


def test_every_question_of_a_pool_is_equally_likely_to_be_drawn() -> None:
    counts = Counter(
        one for n in range(4000) for one in allocate_draws(n.to_bytes(16, "big"), [Draw(1, "abcdefgh", 2)])[0]
    )

    # 1000 each: five standard deviations are about 137.
    assert all(863 < counts[one] < 1137 for one in "abcdefgh")


DRAWS = st.lists(st.tuples(st.sets(st.sampled_from("abcdef"), max_size=5), st.integers(1, 2)), max_size=4)


@given(st.binary(min_size=16, max_size=16), DRAWS, st.sets(st.sampled_from("abcdef"), max_size=2))
def test_draws_fail_only_if_no_choice_satisfies_all_of_them(
    seed: bytes, wanted: list[tuple[set[str], int]], taken: set[str]
) -> None:
    draws = [Draw(n, pool, count) for n, (pool, count) in enumerate(wanted)]
    try:
        found = allocate_draws(seed, draws, taken=taken)
    except Refused as refused:
        assert refused.code == "draw_too_small"  # noqa: PT017 - only some of the examples are refused
        assert not possible(draws, frozenset(taken))
        params = refused.params
        assert params["needed"] == draws[params["slot"]].count > params["found"]
        upto = draws[: params["slot"]]
        assert possible([*upto, Draw(99, draws[params["slot"]].pool, params["found"])], frozenset(taken))
        return
    every = [one for some in found for one in some]
    assert len(set(every)) == len(every)
    assert not taken & set(every)
    assert all(len(some) == draw.count and set(some) <= set(draw.pool) for some, draw in zip(found, draws, strict=True))


def possible(draws: list[Draw], taken: frozenset[str]) -> bool:
    """Try every choice: the reference for the efficient algorithm."""
    if not draws:
        return True
    left = [one for one in draws[0].pool if one not in taken]
    return any(possible(draws[1:], taken | set(some)) for some in itertools.combinations(left, draws[0].count))


ALIKE = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("xyz"))


@given(st.binary(min_size=16, max_size=16), DRAWS, st.sets(st.sampled_from("abcdef"), max_size=2), ALIKE)
def test_draws_never_contain_two_equal_questions(
    seed: bytes, wanted: list[tuple[set[str], int]], taken: set[str], identities: dict[str, str]
) -> None:
    """They fail only if no choice of different questions satisfies all of them."""

    def asks(one: str) -> str:
        return identities.get(one, one)

    draws = [Draw(n, pool, count) for n, (pool, count) in enumerate(wanted)]
    different = [Draw(draw.slot, {asks(one) for one in draw.pool}, draw.count) for draw in draws]
    gone = frozenset(asks(one) for one in taken)
    try:
        found = allocate_draws(seed, draws, taken=taken, identities=identities)
    except Refused:
        assert not possible(different, gone)
        return
    every = [asks(one) for some in found for one in some]
    assert len(set(every)) == len(every)
    assert not gone & set(every)
    assert all(len(some) == draw.count and set(some) <= set(draw.pool) for some, draw in zip(found, draws, strict=True))


@given(st.binary(min_size=16, max_size=16), DRAWS, ALIKE)
def test_draws_without_equal_questions_are_unchanged(
    seed: bytes, wanted: list[tuple[set[str], int]], identities: dict[str, str]
) -> None:
    draws = [Draw(n, pool, count) for n, (pool, count) in enumerate(wanted)]
    apart = {one: f"asks {one}" for one in identities}
    try:
        expected = allocate_draws(seed, draws)
    except Refused:
        return
    assert allocate_draws(seed, draws, identities=apart) == expected


def test_a_draw_leaves_a_question_to_a_later_draw_that_has_no_other() -> None:
    for seed in range(50):
        first, second = allocate_draws(seed.to_bytes(16, "big"), [Draw(1, "ab", 1), Draw(2, "a", 1)])
        assert (first, second) == (["b"], ["a"])


def test_an_unsatisfiable_draw_is_named() -> None:
    with pytest.raises(Refused) as refused:
        allocate_draws(SEED, [Draw(1, "ab", 1), Draw(2, "ab", 2)])
    assert refused.value.params == {"slot": 2, "needed": 2, "found": 1}


@given(st.binary(min_size=16, max_size=16), DRAWS, st.sets(st.sampled_from("abcdef")), st.data())
def test_optional_questions_never_prevent_a_draw_and_unseen_ones_are_used_up_first(
    seed: bytes, wanted: list[tuple[set[str], int]], seen: set[str], data: st.DataObject
) -> None:
    loose = [
        Draw(n, pool, count, least=data.draw(st.integers(1, count)), repeats=seen & pool)
        for n, (pool, count) in enumerate(wanted)
    ]
    try:
        found = allocate_draws(seed, loose)
    except Refused:
        found = []
    fits = possible([replace(draw, count=draw.needed) for draw in loose], frozenset())
    assert bool(found) == (fits and bool(loose))
    if not found:
        return

    every = [question for drawn in found for question in drawn]
    assert len(every) == len(set(every))
    for draw, drawn in zip(loose, found, strict=True):
        assert draw.needed <= len(drawn) <= draw.count
        assert [question in draw.repeats for question in drawn] == sorted(
            question in draw.repeats for question in drawn
        )
        left = set(draw.pool) - set(every)
        assert len(drawn) == draw.count or not left
        if any(question in draw.repeats for question in drawn):
            assert not left - set(draw.repeats)


def test_what_a_draw_takes_beyond_its_minimum_is_left_to_a_later_draw_that_needs_it() -> None:
    draws = [Draw(1, "abc", 3, least=1), Draw(2, "ab", 2)]

    first, second = allocate_draws(bytes(16), draws)

    assert (first, sorted(second)) == (["c"], ["a", "b"])


def test_an_earlier_draw_switches_so_that_a_later_one_repeats_nothing() -> None:
    draws = [Draw(1, "ab", 1), Draw(2, "as", 1, repeats="s")]

    assert [allocate_draws(n.to_bytes(16, "big"), draws) for n in range(9)] == [[["b"], ["a"]]] * 9
