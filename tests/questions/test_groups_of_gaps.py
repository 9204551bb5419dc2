"""Gaps that may be filled in any order."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizkit.questions import (
    Blanks,
    BlanksResponse,
    ChoiceGap,
    NumberAnswer,
    NumberGap,
    Option,
    TextAnswer,
    TextGap,
    parse,
    score_table,
)
from quizkit.questions._assigning import best_assignment
from quizkit.testing import check_question


def roots(*values: int, **settings: Any) -> Blanks:
    gaps = [
        NumberGap(id=f"x{at}", answers=[NumberAnswer(value=value)], group="roots", **settings)
        for at, value in enumerate(values, 1)
    ]
    return Blanks(content=" ".join(f"[[{gap.id}]]" for gap in gaps), gaps=gaps)


def earned(question: Blanks, *texts: str) -> str:
    filled = {gap.id: text for gap, text in zip(question.gaps, texts, strict=True)}
    return str(question.mark(BlanksResponse(gaps=filled)).fraction)


@pytest.mark.parametrize(
    ("texts", "fraction"),
    [
        (("2", "-3"), "1"),
        (("-3", "2"), "1"),
        (("2", "2"), "1/2"),
        (("-3", "-3"), "1/2"),
        (("", "2"), "1/2"),
        (("-3", ""), "1/2"),
        (("7", "8"), "0"),
    ],
)
def test_both_roots_count_in_any_order_and_each_once(texts: tuple[str, str], fraction: str) -> None:
    assert earned(roots(2, -3), *texts) == fraction


def test_a_group_of_gaps_satisfies_the_contract_of_question_types() -> None:
    check_question(roots(2, -3), wrong={"gaps": {"x1": "7", "x2": "9"}}, twin=roots(5, -8))


def test_the_trace_names_the_gap_whose_answers_a_text_was_compared_with() -> None:
    inputs = roots(2, -3).mark(BlanksResponse(gaps={"x1": "-3", "x2": "2"})).trace.inputs

    assert inputs["compared_with"] == {"x1": "x2", "x2": "x1"}


def test_classes_for_statistics_belong_to_the_answers_and_not_to_the_place() -> None:
    question = roots(2, -3)
    right = set(question.classes(BlanksResponse(gaps={"x1": "2", "x2": "-3"})))

    assert set(question.classes(BlanksResponse(gaps={"x1": "-3", "x2": "2"}))) == right


def test_the_order_makes_no_other_response() -> None:
    question = roots(2, -3)
    one, other = BlanksResponse(gaps={"x1": "2", "x2": "-3.0"}), BlanksResponse(gaps={"x1": "-3", "x2": "2"})

    assert question.is_same(one, other)
    assert not question.is_same(one, BlanksResponse(gaps={"x1": "2", "x2": "2"}))
    assert not question.is_same(one, BlanksResponse(gaps={"x1": "2"}))


def test_a_hint_keeps_the_right_texts_where_they_are() -> None:
    found = roots(2, -3).right_part(BlanksResponse(gaps={"x1": "-3", "x2": "7"}))

    assert found is not None
    assert found.response == BlanksResponse(gaps={"x1": "-3"})
    assert found.parts == 1


def test_texts_have_groups_too_and_gaps_of_no_group_keep_their_place() -> None:
    made = Blanks(
        content="[[a]] [[c]] [[b]]",
        gaps=[
            TextGap(id="a", group="rivers", answers=[TextAnswer(text="Rhine"), TextAnswer(text="R*", weight="1/2")]),
            TextGap(id="b", group="rivers", answers=[TextAnswer(text="Rhône")]),
            TextGap(id="c", answers=[TextAnswer(text="and")]),
        ],
    )

    assert earned(made, "rhône", "and", "Rhine") == "1"
    assert earned(made, "Rhône", "and", "Rhône") == "5/6"
    assert earned(made, "and", "Rhine", "Rhône") == "1/3"
    assert parse(made.model_dump(mode="json")) == made
    assert Fraction(1) in {row.fraction for row in score_table(made).rows}


@pytest.mark.parametrize(
    "gaps",
    [
        [NumberGap(id="a", group="g", answers=[NumberAnswer(value=1)]), TextGap(id="b", group="g", answers=[TextAnswer(text="1")])],
        [NumberGap(id="a", group="g", answers=[NumberAnswer(value=1)]), NumberGap(id="b", group="g", answers=[NumberAnswer(value=2)], weight=2)],
        [TextGap(id="a", group="g", answers=[TextAnswer(text="a")]), TextGap(id="b", group="g", answers=[TextAnswer(text="b")], case_sensitive=True)],
        [NumberGap(id=f"a{n}", group="g", answers=[NumberAnswer(value=n)]) for n in range(9)],
    ],
    ids=["kinds", "weights", "settings", "many"],
)  # fmt: skip
def test_the_gaps_of_a_group_differ_in_their_answers_only(gaps: list[Any]) -> None:
    with pytest.raises(ValidationError, match="gap_group"):
        Blanks(content=" ".join(f"[[{gap.id}]]" for gap in gaps), gaps=gaps)


def test_a_choice_has_no_group() -> None:
    options = [Option(content="a", correct=True), Option(content="b")]

    with pytest.raises(ValidationError, match="extra_forbidden"):
        ChoiceGap.model_validate({"id": "a", "options": options, "group": "g"})


def test_takers_do_not_see_the_name_of_a_group() -> None:
    assert "roots" not in roots(2, -3).view().model_dump_json()


FRACTIONS = st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1), Fraction(-1, 3)])


@given(
    st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(FRACTIONS, min_size=n, max_size=n), min_size=n, max_size=n))
)
def test_no_other_assignment_earns_more(rows: list[list[Fraction]]) -> None:
    found = best_assignment(rows)

    def worth(keys: Any) -> tuple[Fraction, int]:
        own = sum(at == key for at, key in enumerate(keys))
        return sum((row[key] for row, key in zip(rows, keys, strict=True)), Fraction(0)), own

    assert sorted(found) == list(range(len(rows)))
    assert worth(found) == max(map(worth, itertools.permutations(range(len(rows)))))
