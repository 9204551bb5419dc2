from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import Ordering, OrderingItem, OrderingResponse, OrderingScheme, lint, score_table
from quizkit.questions._base import given_in
from quizkit.questions.ordering import RULES
from quizkit.testing import check_question
from sent_responses import id_of, sent

# The right order is M, Ob, Or, D, L, E: the acronym of Moodle (Modular Object-Oriented Dynamic Learning Environment).
RIGHT = ("M", "Ob", "Or", "D", "L", "E")
SCHEMES = list(OrderingScheme)


def order_of(scheme: OrderingScheme, items: tuple[str, ...] = RIGHT) -> Ordering:
    made = [OrderingItem(id=name.lower(), content=name) for name in items]
    return Ordering(content="Bring into order.", items=made, scheme=scheme)


# From the tests of Moodle's ordering question, one column for each of the nine schemes.
GOLDEN: dict[tuple[str, ...], str] = {
    ("M", "Ob", "Or", "D", "L", "E"): "1 1 1 1 1 1 1 1 1",
    ("E", "Ob", "Or", "D", "L", "M"): "0 .6667 .6 .5 .5 .4 .6667 .6667 .6667",
    ("Or", "Ob", "D", "L", "E", "M"): "0 .1667 .4 .3333 .3333 .6 .6667 .6667 .6667",
    ("Ob", "Or", "D", "L", "E", "M"): "0 0 .8 .6667 .6667 .6667 .8333 .8333 .6667",
    ("E", "L", "D", "Or", "Ob", "M"): "0 0 0 0 0 0 0 0 .4",
}


@pytest.mark.parametrize("given_order", GOLDEN, ids="-".join)
def test_every_scheme_marks_moodles_examples_as_moodle_does(given_order: tuple[str, ...]) -> None:
    response = OrderingResponse(order=tuple(id_of(name) for name in given_order))

    found = [order_of(scheme).mark(response).fraction for scheme in SCHEMES]

    expected = [float(number) for number in GOLDEN[given_order].split()]
    assert [round(float(fraction or 0), 4) for fraction in found] == expected


def test_each_of_the_nine_schemes_has_a_rule() -> None:
    assert len(SCHEMES) == 9
    assert set(RULES) == set(SCHEMES)


@given(st.permutations(range(5)), st.sampled_from(SCHEMES))
def test_only_the_right_order_earns_full_points(order: list[int], scheme: OrderingScheme) -> None:
    assert (RULES[scheme](order, 5) == 1) is (order == sorted(order))


@given(st.permutations(range(6)))
def test_the_longest_ordered_subset_is_the_longest_one_of_all_subsets(order: list[int]) -> None:
    lengths = (
        size
        for size in range(6, 0, -1)
        if any(list(subset) == sorted(subset) for subset in itertools.combinations(order, size))
    )
    longest = next(lengths)

    assert RULES[OrderingScheme.LONGEST_ORDERED_SUBSET](order, 6) * 6 == (longest if longest > 1 else 0)


def test_it_satisfies_the_contract_of_question_types() -> None:
    question = order_of(OrderingScheme.ABSOLUTE_POSITION)
    twin = question.model_copy(update={"items": question.items[::-1]})

    check_question(question, wrong={"order": [id_of(name) for name in ("Ob", "M", "Or", "D", "L", "E")]}, twin=twin)


def test_takers_see_items_in_an_order_that_reveals_nothing() -> None:
    shown = order_of(OrderingScheme.ABSOLUTE_POSITION).view()

    assert [item.id for item in shown.items] == sorted(id_of(name) for name in RIGHT)


@pytest.mark.parametrize(
    "malformed",
    [
        {"order": "mo"},
        {"order": [1]},
        {"order": [f"i{n}" for n in range(101)]},
    ],
)
def test_a_malformed_order_is_refused(malformed: object) -> None:
    with pytest.raises(Invalid):
        order_of(OrderingScheme.ABSOLUTE_POSITION).read(malformed)


@pytest.mark.parametrize(
    ("order", "codes", "fraction"),
    [
        (["m", "ob", "or"], ["order_incomplete"], Fraction(1, 2)),
        (["m"], ["order_incomplete"], Fraction(1, 6)),
        (["m"] * 6, ["option_repeated", "order_incomplete"], Fraction(1, 6)),
        (["m", "ob", "or", "d", "l", "x"], ["option_unknown", "order_incomplete"], Fraction(5, 6)),
        (["m", "m", "ob", "or", "d", "l", "e"], ["option_repeated"], Fraction(1, 6)),
        (["m", "x", "or", "d"], ["option_unknown", "order_incomplete"], Fraction(1, 2)),
        (["x", "m", "ob", "or", "d", "l", "e"], ["option_unknown"], Fraction(0)),
        (["m", "ob", "or", "d", "l", "e", "m"], ["option_repeated"], Fraction(1)),
        (["x"], ["option_unknown", "order_incomplete"], Fraction(0)),
    ],
)
def test_an_incomplete_order_is_stored_and_items_in_place_count(
    order: list[str], codes: list[str], fraction: Fraction
) -> None:
    question = order_of(OrderingScheme.ABSOLUTE_POSITION)
    typed = sent(question, {"order": order})
    response = question.read(typed)

    assert given_in(response) == typed
    assert [problem.code for problem in question.problems(response)] == codes
    assert question.mark(response).fraction == fraction
    assert len(question.classes(response)) == len({item for item in order[:6] if item != "x"})


@given(st.permutations(range(5)), st.integers(1, 5), st.sampled_from(SCHEMES))
def test_omitting_items_never_earns_more_than_placing_them(order: list[int], size: int, scheme: OrderingScheme) -> None:
    begun, rest = order[:size], order[size:]
    best = max(RULES[scheme]([*begun, *after], 5) for after in itertools.permutations(rest))
    placed = max(best, *(RULES[scheme]([*after, *begun], 5) for after in itertools.permutations(rest)))

    assert 0 <= RULES[scheme](begun, 5) <= placed


@pytest.mark.parametrize(
    ("scheme", "fraction"),
    [
        ("all_or_nothing", "0"),
        ("absolute_position", "3/4"),
        ("next_exclude_last", "1/3"),
        ("next_include_last", "1/2"),
        ("one_previous_and_next", "1/2"),
        ("all_previous_and_next", "1/2"),
        ("longest_ordered_subset", "3/4"),
        ("longest_contiguous_subset", "1/2"),
        ("relative_to_correct", "3/4"),
    ],
)
@pytest.mark.parametrize("order", [["a", "x", "c", "d"], ["a", "a", "c", "d"]], ids=["unknown", "repeated"])
def test_an_unknown_item_occupies_its_place_and_earns_nothing(scheme: str, fraction: str, order: list[str]) -> None:
    question = order_of(OrderingScheme(scheme), ("a", "b", "c", "d"))

    grade = question.mark(question.read(sent(question, {"order": order})))

    assert str(grade.fraction) == fraction
    assert grade.trace.inputs["places"] == [0, None, 2, 3]


@given(st.permutations([*range(4), None, None]), st.sampled_from(SCHEMES))
def test_an_unknown_item_never_raises_the_points_of_a_place(order: list[int | None], scheme: OrderingScheme) -> None:
    assert 0 <= RULES[scheme](order, 4) <= 1
    assert RULES[scheme](order[:4], 4) < 1 or None not in order[:4]


def test_items_that_all_read_the_same_are_refused() -> None:
    with pytest.raises(ValidationError, match="equal_items"):
        lines_of(OrderingScheme.ABSOLUTE_POSITION, ["a", " a"])


def test_two_items_with_the_same_id_are_refused() -> None:
    with pytest.raises(ValidationError, match="option_ids"):
        Ordering(content="?", items=[OrderingItem(id="a", content="a"), OrderingItem(id="a", content="b")])


LINES = st.lists(st.sampled_from("ab}"), min_size=2, max_size=6).filter(lambda texts: len(set(texts)) > 1)


def lines_of(scheme: OrderingScheme, texts: Sequence[str]) -> Ordering:
    return Ordering(content="?", items=[OrderingItem(content=text) for text in texts], scheme=scheme)


def _earned(question: Ordering, order: Sequence[str]) -> Fraction:
    return question.mark(OrderingResponse(order=tuple(order))).fraction or Fraction(0)


@given(LINES, st.sampled_from(SCHEMES), st.data())
def test_equal_items_are_interchangeable(texts: list[str], scheme: OrderingScheme, data: st.DataObject) -> None:
    question = lines_of(scheme, texts)
    ids = question._ids()
    order = data.draw(st.permutations(ids))
    text = dict(zip(ids, texts, strict=True))
    named = {name: [one for one in ids if text[one] == name] for name in set(texts)}
    swapped = {
        one: other for own in named.values() for one, other in zip(own, data.draw(st.permutations(own)), strict=True)
    }
    other = [swapped[one] for one in order]

    assert _earned(question, other) == _earned(question, order)
    assert question.is_same(OrderingResponse(order=tuple(order)), OrderingResponse(order=tuple(other)))
    assert (_earned(question, order) == 1) == ([text[one] for one in order] == texts)


@given(LINES, st.sampled_from(SCHEMES), st.data())
def test_equal_items_earn_no_more_than_the_best_of_them_would(
    texts: list[str], scheme: OrderingScheme, data: st.DataObject
) -> None:
    question = lines_of(scheme, texts)
    order = data.draw(st.permutations(question._ids()))
    text = dict(zip(question._ids(), texts, strict=True))
    best = max(
        RULES[scheme](places, len(texts))
        for places in itertools.permutations(range(len(texts)))
        if all(texts[place] == text[one] for one, place in zip(order, places, strict=True))
    )

    earned = _earned(question, order)

    assert earned <= best
    if scheme in {
        OrderingScheme.ABSOLUTE_POSITION,
        OrderingScheme.ALL_PREVIOUS_AND_NEXT,
        OrderingScheme.LONGEST_ORDERED_SUBSET,
    }:
        assert earned == best


def test_the_guess_score_counts_equal_items() -> None:
    texts = ("a", "}", "b", "}")
    for scheme in (OrderingScheme.ABSOLUTE_POSITION, OrderingScheme.ALL_OR_NOTHING):
        question = lines_of(scheme, texts)
        orders = list(itertools.permutations(question._ids()))
        mean = sum((_earned(question, order) for order in orders), Fraction(0)) / len(orders)
        assert question.guess_score() == mean
    assert lines_of(OrderingScheme.ALL_PREVIOUS_AND_NEXT, texts).guess_score() is None


def test_lint_accepts_equal_items_and_reports_items_that_are_nearly_equal() -> None:
    assert [found.code for found in lint(lines_of(OrderingScheme.ABSOLUTE_POSITION, ("a", "}", "b", "}")))] == []
    found = lint(lines_of(OrderingScheme.ABSOLUTE_POSITION, ("a", "}", "A", "}")))
    assert [(one.code, one.path) for one in found] == [("equal_options", "items.2")]


def test_lint_warns_of_schemes_that_reward_a_reversed_order_and_of_near_equal_items() -> None:
    items = [OrderingItem(content="a"), OrderingItem(content="A")]
    question = Ordering(content="?", items=items, scheme=OrderingScheme.RELATIVE_TO_CORRECT)

    assert [found.code for found in lint(question)] == ["equal_options", "generous_scheme"]


def test_the_score_table_of_many_items_is_marked_as_truncated() -> None:
    assert score_table(order_of(OrderingScheme.ABSOLUTE_POSITION)).complete
    assert not score_table(order_of(OrderingScheme.ABSOLUTE_POSITION), most=10).complete
    rows = score_table(order_of(OrderingScheme.ALL_OR_NOTHING)).rows
    assert [str(row.fraction) for row in rows] == ["1", "0"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_expected_guess_is_the_mean_over_all_orders(scheme: OrderingScheme) -> None:
    items = ("a", "b", "c", "d")
    orders = list(itertools.permutations(range(4)))
    mean = sum(RULES[scheme](order, 4) for order in orders) / len(orders)

    assert order_of(scheme, items).guess_score() in {None, mean}


def test_a_response_is_reported_place_by_place() -> None:
    question = order_of(OrderingScheme.ABSOLUTE_POSITION, ("a", "b", "c"))
    response = OrderingResponse(order=tuple(id_of(name) for name in "acb"))

    assert [(c.part, c.label, str(c.fraction)) for c in question.classes(response)] == [
        ("a", "a", "1/3"),
        ("b", "c", "0"),
        ("c", "b", "0"),
    ]
    assert question.summarise(response) == "a > c > b"
