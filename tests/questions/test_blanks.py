from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import (
    AnyNumber,
    Blanks,
    BlanksResponse,
    ChoiceGap,
    GradeState,
    NumberAnswer,
    NumberGap,
    Option,
    TextAnswer,
    TextGap,
    Unit,
    UnitPolicy,
    Units,
    lint,
    score_table,
)
from quizkit.questions._base import given_in
from quizkit.rules.drawing import SeededRandom
from quizkit.testing import check_question
from sent_responses import id_of, sent

RHINE = Blanks(
    content="The [[name]] is [[long]] km long and flows into the [[sea]].",
    gaps=[
        ChoiceGap(
            id="sea", options=[Option(id="n", content="North Sea", correct=True), Option(id="b", content="Baltic Sea")]
        ),
        TextGap(id="name", answers=[TextAnswer(text="Rhine"), TextAnswer(text="Rhein", weight="0.5")]),
        NumberGap(id="long", weight=2, answers=[NumberAnswer(value=1230, tolerance=20), AnyNumber(weight="-0.5")]),
    ],
)


def test_it_satisfies_the_contract_of_question_types() -> None:
    twin = Blanks(
        content=RHINE.content,
        gaps=[
            TextGap(id="name", answers=[TextAnswer(text="Elbe")]),
            NumberGap(id="long", answers=[NumberAnswer(value=1)]),
            ChoiceGap(
                id="sea",
                options=[Option(id="n", content="North Sea"), Option(id="b", content="Baltic Sea", correct=True)],
            ),
        ],
    )

    check_question(RHINE, wrong={"gaps": {"name": "Po"}}, twin=twin)


@pytest.mark.parametrize(
    ("filled", "fraction"),
    [
        ({"name": "rhine", "long": "1240", "sea": "n"}, "1"),
        ({"name": "rhine", "sea": "n"}, "1/2"),
        ({"name": "rhein", "long": "1230", "sea": "b"}, "5/8"),
        ({"long": "7"}, "-1/4"),
        ({"name": "Rhine", "long": " "}, "1/4"),
    ],
)
def test_each_gap_counts_with_its_weight(filled: dict[str, str], fraction: str) -> None:
    assert str(RHINE.mark(BlanksResponse(gaps=sent(RHINE, filled))).fraction) == fraction


def test_gaps_are_in_the_order_of_the_text() -> None:
    assert [gap.id for gap in RHINE.view().gaps] == ["name", "long", "sea"]


def test_the_trace_has_a_part_for_each_gap() -> None:
    trace = RHINE.mark(BlanksResponse(gaps={"name": "Rhein"})).trace

    assert [part.rule for part in trace.parts] == ["first_match", "not_answered", "not_answered"]
    assert trace.inputs == {"weights": {"name": "1", "long": "2", "sea": "1"}}


def test_the_options_of_a_gap_are_shuffled_by_default() -> None:
    orders = {
        tuple(o.id for o in RHINE.view().permuted(SeededRandom(bytes([n]) * 16, "x")).gaps[2].options)
        for n in range(20)
    }
    fixed = RHINE.gaps[2].model_copy(update={"shuffle": False})
    kept = RHINE.model_copy(update={"gaps": (*RHINE.gaps[:2], fixed)})

    north, baltic = id_of("North Sea"), id_of("Baltic Sea")
    assert orders == {(north, baltic), (baltic, north)}
    assert {
        tuple(o.id for o in kept.view().permuted(SeededRandom(bytes([n]) * 16, "x")).gaps[2].options) for n in range(5)
    } == {(north, baltic)}


@pytest.mark.parametrize(
    ("malformed", "path"),
    [
        ({"gaps": {"name": "x" * 1001}}, "gaps"),
        ({"gaps": {"name": 1}}, "gaps"),
        ({"gaps": ["x"]}, "gaps"),
    ],
)
def test_a_malformed_response_is_refused_and_the_error_names_the_gap(malformed: object, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        RHINE.read(malformed)

    assert [problem.path for problem in refused.value.problems] == [path]


@pytest.mark.parametrize(
    ("filled", "problem"),
    [
        ({"nowhere": "x"}, ("gaps", "gap_unknown")),
        ({"long": "frog"}, ("gaps.long", "number_unreadable")),
        ({"long": "-"}, ("gaps.long", "number_unreadable")),
        ({"long": "1,5"}, ("gaps.long", "number_ambiguous")),
        ({"long": "5 km"}, ("gaps.long", "unit_not_asked")),
        ({"sea": "x"}, ("gaps.sea", "option_unknown")),
    ],
)
def test_an_unparsable_gap_does_not_affect_the_others(filled: dict[str, str], problem: tuple[str, str]) -> None:
    right = {gap: text for gap, text in RHINE.key().gaps.items() if gap not in filled}  # type: ignore[union-attr] # it has one
    typed = {"gaps": {**right, **filled}}
    response = RHINE.read(typed)
    grade, without = RHINE.mark(response), RHINE.mark(RHINE.read({"gaps": right}))

    assert given_in(response) == typed
    assert [(one.path, one.code) for one in RHINE.problems(response)] == [problem]
    assert grade.fraction == without.fraction
    assert grade.trace.inputs["problems"] == [{"path": problem[0], "code": problem[1]}]
    assert RHINE.parts(response) == RHINE.parts(RHINE.read({"gaps": right}))


def test_gaps_that_are_all_unparsable_earn_nothing_and_are_a_response() -> None:
    grade = RHINE.mark(RHINE.read({"gaps": {"long": "?"}}))

    assert (str(grade.fraction), grade.state, grade.trace.rule) == ("0", GradeState.WRONG, "unmarkable")


@pytest.mark.parametrize("blank", [{}, {"gaps": {}}, {"gaps": {"name": "  "}}])
def test_empty_gaps_are_a_blank_response(blank: dict[str, Any]) -> None:
    assert RHINE.mark(RHINE.read(blank)).state is GradeState.NOT_ANSWERED


GAP = TextGap(id="a", answers=[TextAnswer(text="x")])


@pytest.mark.parametrize(
    ("content", "gaps", "code"),
    [
        ("No place", [GAP], "gap_places"),
        ("[[a]] [[a]]", [GAP], "gap_places"),
        ("[[a]] [[b]]", [GAP], "gap_places"),
        ("[[a]]", [GAP, GAP], "gap_places"),
        ("[[a]]", [GAP.model_copy(update={"weight": 0})], "gap_weights"),
        ("[[a]]", [], "too_short"),
        ("[[a]]", [{"kind": "nothing", "id": "a"}], "union_tag_invalid"),
        (
            "[[a]]",
            [{"kind": "choice", "id": "a", "options": [{"content": "x"}, {"content": "y"}]}],
            "no_correct_option",
        ),
    ],
)
def test_gaps_and_placeholders_match_one_to_one(content: str, gaps: list[Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Blanks(content=content, gaps=gaps)

    assert code in {error["type"] for error in refused.value.errors()}


def test_the_score_table_combines_the_gaps() -> None:
    two = Blanks(
        content="[[a]] [[b]]",
        gaps=[GAP, TextGap(id="b", weight=3, answers=[TextAnswer(text="y")])],
    )

    assert [str(row.fraction) for row in score_table(two).rows] == ["1", "3/4", "1/4", "0"]


def test_the_expected_guess_is_weighted_by_the_gaps() -> None:
    # (0 for the text, -1/2 for any number, twice, 1/2 for one of two options) / 4
    assert str(RHINE.guess_score()) == "-1/8"
    assert tuple(map(str, RHINE.bounds())) == ("-1/4", "1")


def test_a_number_gap_may_ask_for_a_unit() -> None:
    units = Units(policy=UnitPolicy.REQUIRED, accepted=[Unit(name="km"), Unit(name="m", multiplier=1000)])
    gap = NumberGap(id="a", answers=[NumberAnswer(value=5)], units=units)
    question = Blanks(content="[[a]]", gaps=[gap])

    assert question.key() == BlanksResponse(gaps={"a": "5 km"})
    any_number = gap.model_copy(update={"answers": (AnyNumber(weight="0.5"),)})
    assert str(any_number.guess_score()) == "9/20", "a guess in a gap pays the unit penalty as in a numeric question"
    assert str(question.mark(BlanksResponse(gaps={"a": "5000 m"})).fraction) == "1"
    assert str(question.mark(BlanksResponse(gaps={"a": "5"})).fraction) == "9/10"


def test_lint_names_the_gap() -> None:
    question = Blanks(
        content="[[a]] [[b]] [[c]]",
        gaps=[
            TextGap(id="a", answers=[TextAnswer(text="x", weight="0.5")]),
            NumberGap(id="b", answers=[NumberAnswer(value=1, weight="0.5")]),
            ChoiceGap(id="c", options=[Option(content="x", correct=True), Option(content="X")]),
        ],
    )

    assert [(found.code, found.path) for found in lint(question)] == [
        ("no_full_answer", "gaps.0.answers"),
        ("no_full_answer", "gaps.1.answers"),
        ("equal_options", "gaps.2.options.1"),
    ]
    assert question.key() is None


def test_right_gaps_are_preserved_and_counted() -> None:
    response = BlanksResponse(gaps={"name": "Rhein", "long": "1231", "sea": id_of("Baltic Sea")})

    assert RHINE.right_part(response) == (BlanksResponse(gaps={"long": "1231"}), 1, False)


def test_each_gap_is_reported_as_a_separate_part() -> None:
    response = BlanksResponse(gaps={"name": "Rhein", "long": "1230", "sea": id_of("Baltic Sea")})

    assert [(c.part, c.label) for c in RHINE.classes(response)] == [("name", "Rhein"), ("long", "0"), ("sea", "b")]
    assert RHINE.summarise(response) == "name: Rhein; long: 1230; sea: Baltic Sea"


HALF_TEXT = TextGap(
    id="b", weight=0, answers=[TextAnswer(text="Rhein", weight="0.5"), TextAnswer(text="*", weight="0.1")]
)
HALF_NUMBER = NumberGap(id="b", weight=0, answers=[NumberAnswer(value=7, weight="0.5"), AnyNumber(weight="-0.5")])
HALF_CHOICE = ChoiceGap(id="b", weight=0, options=[Option(content="x", weight="0.5"), Option(content="y")])


@pytest.mark.parametrize(
    ("gap", "filled"),
    [
        (HALF_TEXT, "Rhein"),
        (HALF_NUMBER, "7"),
        (HALF_CHOICE, id_of("x")),
        (TextGap(id="b", weight=0, answers=[TextAnswer(text="Po", weight="-0.5")]), None),
        (NumberGap(id="b", weight=0, answers=[AnyNumber()]), None),
    ],
)
def test_a_gap_of_weight_zero_does_not_reduce_the_key(gap: TextGap | NumberGap | ChoiceGap, filled: str | None) -> None:
    question = Blanks(content="[[a]] [[b]]", gaps=[TextGap(id="a", answers=[TextAnswer(text="Rhine")]), gap])

    key = question.key()

    assert key is not None
    assert key.gaps.get("b") == filled
    assert question.mark(key).fraction == 1
    assert "no_full_answer" not in {found.code for found in lint(question)}


@pytest.mark.parametrize("gap", [HALF_TEXT, HALF_NUMBER, HALF_CHOICE])
def test_a_gap_with_weight_needs_an_answer_with_full_points(gap: TextGap | NumberGap | ChoiceGap) -> None:
    question = Blanks(content="[[b]]", gaps=[gap.model_copy(update={"weight": Decimal(1)})])

    assert question.key() is None
    assert "no_full_answer" in {found.code for found in lint(question)}
