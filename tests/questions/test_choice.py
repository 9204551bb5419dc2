from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import (
    Choice,
    ChoiceResponse,
    ChoiceScheme,
    GradeState,
    Hint,
    Option,
    OptionCounts,
    lint,
    score_table,
)
from quizkit.questions._select import SINGLE
from quizkit.rules.drawing import SeededRandom
from quizkit.testing import check_question
from sent_responses import id_of, sent

PICKS = ("A", "AB", "AC", "ABC", "ABCD", "C", "CD")


def four(scheme: ChoiceScheme, weights: dict[str, str] | None = None, **more: Any) -> Choice:
    """A and B are right, C and D are wrong."""
    options = [
        Option(id=name.lower(), content=name, weight=weights[name])
        if weights and name in weights
        else Option(id=name.lower(), content=name, correct=name in "AB")
        for name in "ABCD"
    ]
    return Choice(content="Which?", options=options, multiple=True, scheme=scheme, **more)


def mark(question: Choice, picked: str) -> Fraction | None:
    return question.mark(sent(question, ChoiceResponse(selected=tuple(picked.lower())))).fraction


GOLDEN: dict[str, tuple[Choice, str]] = {
    # What each pick of PICKS earns by the formulas of the systems that define the schemes.
    "sum_of_weights": (four(ChoiceScheme.SUM_OF_WEIGHTS), "1/2 1 1/2 1 1 0 0"),
    "sum_of_weights, wrong ones cost": (
        four(ChoiceScheme.SUM_OF_WEIGHTS, {"C": "-0.5", "D": "-0.5"}),
        "1/2 1 0 1/2 0 0 0",
    ),
    "all_or_nothing": (four(ChoiceScheme.ALL_OR_NOTHING), "0 1 0 0 0 0 0"),
    "each_option_rounded": (four(ChoiceScheme.EACH_OPTION_ROUNDED), "3/4 1 1/2 3/4 1/2 1/4 0"),
    "halving": (four(ChoiceScheme.HALVING), "1/2 1 0 1/2 0 0 0"),
    "credit_minus_dock": (four(ChoiceScheme.CREDIT_MINUS_DOCK), "1/2 1 0 1/2 0 0 0"),
    "credit_minus_dock, a quarter": (
        four(ChoiceScheme.CREDIT_MINUS_DOCK, dock="0.25"),
        "1/2 1 1/4 3/4 1/2 0 0",
    ),
    "credit_minus_dock, no partial credit": (
        four(ChoiceScheme.CREDIT_MINUS_DOCK, partial_credit=False),
        "0 1 0 0 0 0 0",
    ),
    "net_correct": (four(ChoiceScheme.NET_CORRECT), "1/2 1 0 1/2 0 0 0"),
    "each_option": (four(ChoiceScheme.EACH_OPTION), "3/4 1 1/2 3/4 1/2 1/4 0"),
    "coverage": (four(ChoiceScheme.COVERAGE), "1/2 1 1/4 2/3 1/2 0 0"),
    "agreement": (four(ChoiceScheme.AGREEMENT), "3/4 1 1/2 3/4 1/2 1/4 0"),
    "correct_subset": (four(ChoiceScheme.CORRECT_SUBSET), "1/2 1 0 0 0 0 0"),
    "weight_balance": (four(ChoiceScheme.WEIGHT_BALANCE), "1/2 1 0 1/2 0 0 0"),
    "weight_balance, A counts double": (
        four(ChoiceScheme.WEIGHT_BALANCE, {"A": "1", "B": "0.5", "C": "-0.5", "D": "-0.5"}),
        "2/3 1 1/3 2/3 1/3 0 0",
    ),
    "weight_balance, pass at a half": (
        four(ChoiceScheme.WEIGHT_BALANCE, pass_share="0.5"),
        "1 1 0 1 0 0 0",
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_every_scheme_matches_its_golden_table(name: str) -> None:
    question, expected = GOLDEN[name]

    assert [str(mark(question, picked)) for picked in PICKS] == expected.split()


def test_every_scheme_has_a_golden_table() -> None:
    single = {ChoiceScheme.SINGLE_WEIGHT, ChoiceScheme.OPTION_VALUE}

    assert {name.partition(",")[0] for name in GOLDEN} == {
        str(scheme) for scheme in ChoiceScheme if scheme not in single
    }


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [(ChoiceScheme.SINGLE_WEIGHT, "1 1/2 -1/4 0"), (ChoiceScheme.OPTION_VALUE, "1 1/2 0 0")],
)
def test_a_single_pick_earns_its_weight_and_at_least_zero_under_option_value(
    scheme: ChoiceScheme, expected: str
) -> None:
    options = [
        Option(id="a", content="A", correct=True),
        Option(id="b", content="B", weight="0.5"),
        Option(id="c", content="C", weight="-0.25"),
        Option(id="d", content="D"),
    ]
    question = Choice(content="Which?", options=options, scheme=scheme)

    assert [str(mark(question, picked)) for picked in "ABCD"] == expected.split()


def test_the_key_of_a_single_choice_is_the_first_option_with_full_points() -> None:
    options = [
        Option(id="a", content="A"),
        Option(id="b", content="B", correct=True),
        Option(id="c", content="C", weight=1),
    ]

    assert Choice(content="Which?", options=options).key() == ChoiceResponse(selected=(id_of("B"),))


@pytest.mark.parametrize(("wrong", "expected"), [(1, "67/100"), (0, "1"), (2, "33/100")])
def test_each_option_rounded_rounds_thirds_to_two_places(wrong: int, expected: str) -> None:
    options = [Option(id=f"o{n}", content=str(n), correct=n == 0) for n in range(3)]
    question = Choice(content="?", options=options, multiple=True, scheme=ChoiceScheme.EACH_OPTION_ROUNDED)
    picked = ("o0", *(f"o{n}" for n in range(1, 1 + wrong)))

    assert str(question.mark(sent(question, ChoiceResponse(selected=picked))).fraction) == expected


def test_each_option_rounded_rounds_a_tie_away_from_zero() -> None:
    options = [Option(id=f"o{n}", content=str(n), correct=n == 0) for n in range(8)]
    question = Choice(content="?", options=options, multiple=True, scheme=ChoiceScheme.EACH_OPTION_ROUNDED)
    seven_errors = tuple(f"o{n}" for n in range(2, 8))  # six wrong picks and the right one missed: 1/8 = 0.125

    assert str(question.mark(sent(question, ChoiceResponse(selected=seven_errors))).fraction) == "13/100"


@pytest.mark.parametrize(("errors", "expected"), [(0, "1"), (1, "1/2"), (2, "1/4"), (3, "0")])
def test_halving_gives_a_quarter_for_two_errors_with_more_than_four_options(errors: int, expected: str) -> None:
    options = [Option(id=f"o{n}", content=str(n), correct=n == 0) for n in range(5)]
    question = Choice(content="?", options=options, multiple=True, scheme=ChoiceScheme.HALVING)
    picked = tuple(f"o{n}" for n in range(errors + 1))

    assert str(question.mark(sent(question, ChoiceResponse(selected=picked))).fraction) == expected


def _with_kinds(scheme: ChoiceScheme) -> Choice:
    return Choice(
        content="?",
        multiple=True,
        scheme=scheme,
        options=[
            Option(id="a", content="A", correct=True),
            Option(id="b", content="B", correct=True),
            Option(id="c", content="C"),
            Option(id="d", content="D", counts=OptionCounts.DISREGARDED),
            Option(id="e", content="E", counts=OptionCounts.ALWAYS),
        ],
    )


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        # picks:              a    ab   abde c    ac   de
        (ChoiceScheme.AGREEMENT, "3/4 1 1 1/4 1/2 1/2"),
        (ChoiceScheme.CORRECT_SUBSET, "2/3 1 1 0 0 1/3"),
    ],
)
def test_disregarded_options_do_not_count_and_always_right_ones_always_do(scheme: ChoiceScheme, expected: str) -> None:
    question = _with_kinds(scheme)

    found = [str(mark(question, picked)) for picked in ("A", "AB", "ABDE", "C", "AC", "DE")]

    assert found == expected.split()


@pytest.mark.parametrize(
    ("scheme", "fraction"),
    [(ChoiceScheme.WEIGHT_BALANCE, 1), (ChoiceScheme.EACH_OPTION, 1), (ChoiceScheme.AGREEMENT, 1)],
)
def test_none_of_these_can_be_the_right_answer(scheme: ChoiceScheme, fraction: int) -> None:
    question = Choice(
        content="Which of these flow uphill?",
        options=[Option(content="Rhine"), Option(content="Rhone")],
        multiple=True,
        scheme=scheme,
        none_option=True,
    )

    assert question.key() == ChoiceResponse(none=True)
    assert question.mark(ChoiceResponse(none=True)).fraction == fraction
    assert question.mark(ChoiceResponse()).state is GradeState.NOT_ANSWERED


def test_all_or_nothing_never_accepts_an_empty_pick() -> None:
    question = four(ChoiceScheme.ALL_OR_NOTHING, none_option=True)

    assert question.mark(ChoiceResponse(none=True)).fraction == 0


@given(st.permutations("ABCD"), st.sampled_from(sorted(GOLDEN)))
def test_the_order_of_picks_has_no_effect(order: list[str], name: str) -> None:
    question, _ = GOLDEN[name]

    assert mark(question, "".join(order[:3])) == mark(question, "".join(sorted(order[:3])))


@pytest.mark.parametrize("name", [name for name in GOLDEN if not name.startswith(("coverage", "halving"))])
def test_an_additional_right_pick_never_reduces_the_points(name: str) -> None:
    question, _ = GOLDEN[name]

    for picked in ("A", "C", "AC", "CD"):
        more = "B" + picked
        assert (mark(question, more) or 0) >= (mark(question, picked) or 0)


def test_the_trace_shows_when_a_limit_applied() -> None:
    question = four(ChoiceScheme.SUM_OF_WEIGHTS, {"C": "-1", "D": "-1"})

    trace = question.mark(sent(question, ChoiceResponse(selected=("a", "c")))).trace

    assert trace.as_dict() == {
        "rule": "sum_of_weights",
        "inputs": {"picked": sorted([id_of("A"), id_of("C")]), "weights": ["1/2", "-1"]},
        "raw": "-1/2",
        "clamp": ["0", "1"],
    }


CAPITAL = Choice(
    content="The capital of France?",
    options=[Option(content="Paris", correct=True), Option(content="Rome", feedback="Italy."), Option(content="Bonn")],
)


def test_it_satisfies_the_contract_of_question_types() -> None:
    twin = CAPITAL.model_copy(
        update={
            "options": tuple(
                Option(id=o.id, content=o.content, correct=o.content.text == "Rome") for o in CAPITAL.options
            )
        }
    )

    check_question(CAPITAL, wrong={"selected": [CAPITAL.options[1].id]}, twin=twin)


def test_the_authors_order_of_options_is_not_revealed() -> None:
    other_way = Choice(content=CAPITAL.content, options=CAPITAL.options[::-1])

    assert CAPITAL.view().model_dump_json() == other_way.view().model_dump_json()


def test_options_keep_their_order_without_shuffling() -> None:
    options = [Option(content=year, correct=year == "1989") for year in ("1985", "1989", "1993")]
    question = Choice(content="When?", options=options, shuffle=False)

    shown = question.view().permuted(SeededRandom(b"0" * 16, "any"))

    assert [option.content.text for option in shown.options] == ["1985", "1989", "1993"]


def test_ids_depend_only_on_the_text_and_survive_revisions() -> None:
    again = Choice(content="Other", options=[Option(content="Bonn"), Option(content="Paris", correct=True)])

    assert again.options[1].id == CAPITAL.options[0].id
    body = CAPITAL.model_dump(mode="json")
    body["options"][0]["content"]["text"] = "Paris, on the Seine"
    assert Choice.model_validate(body).options[0].id == CAPITAL.options[0].id


def test_options_with_equal_text_have_distinct_ids() -> None:
    twice = Choice(content="?", options=[Option(content="A"), Option(content="A"), Option(content="B", correct=True)])

    assert len({option.id for option in twice.options}) == 3
    assert [found.code for found in lint(twice)] == ["equal_options"]
    assert twice.key() == ChoiceResponse(selected=(id_of("B"),))


@pytest.mark.parametrize("more", [{"correct": True}, {"weight": "0.5"}])
def test_options_with_equal_text_and_different_weights_are_refused(more: dict[str, Any]) -> None:
    """Takers could distinguish them only by the number at the end of an id."""
    with pytest.raises(ValidationError, match="read the same"):
        Choice(
            content="?", options=[Option(content="A"), Option(content="A", **more), Option(content="B", correct=True)]
        )


@pytest.mark.parametrize(
    ("malformed", "code"),
    [
        ({"selected": "a"}, "tuple_type"),
        ({"selected": [1]}, "string_type"),
        ({"selected": ["x" * 33]}, "string_pattern_mismatch"),
        ({"selected": [f"o{n}" for n in range(101)]}, "too_long"),
    ],
)
def test_a_malformed_response_is_refused_with_the_reason(malformed: object, code: str) -> None:
    question = Choice(content="?", options=[Option(id="a", content="A", correct=True), Option(id="b", content="B")])

    with pytest.raises(Invalid) as refused:
        question.read(malformed)

    assert code in {problem.code for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("body", "codes", "fraction"),
    [
        ({"selected": ["nowhere"]}, {"option_unknown"}, 0),
        ({"selected": ["a", "a"]}, {"option_repeated"}, 1),
        ({"selected": ["a", "b"]}, {"too_many"}, 0),
        ({"selected": ["a", "nowhere"]}, {"too_many", "option_unknown"}, 0),
        ({"selected": ["a"], "none": True}, {"none_not_offered"}, 0),
        ({"none": True}, {"none_not_offered"}, 0),
    ],
)
def test_a_contradictory_or_empty_pick_earns_nothing(body: Any, codes: set[str], fraction: int) -> None:
    question = Choice(content="?", options=[Option(id="a", content="A", correct=True), Option(id="b", content="B")])
    response = question.read(sent(question, body))

    assert {problem.code for problem in question.problems(response)} == codes
    assert question.mark(response).fraction == fraction


@pytest.mark.parametrize("scheme", [scheme for scheme in ChoiceScheme if scheme not in SINGLE])
def test_an_unknown_option_is_ignored_and_earns_nothing_alone(scheme: ChoiceScheme) -> None:
    options = [Option(id=n, content=n, correct=n == "a") for n in ("a", "b", "c")]
    question = Choice(content="?", options=options, multiple=True, scheme=scheme)

    for known in (["a"], ["b"], ["a", "c"]):
        with_it, without = (question.read(sent(question, {"selected": some})) for some in ([*known, "x"], known))
        assert question.mark(with_it).fraction == question.mark(without).fraction
    # Schemes that reward options rightly left blank reward nothing if no known option was picked.
    assert question.mark(question.read({"selected": ["x"]})).fraction == 0


def test_more_picks_than_the_limit_earn_nothing() -> None:
    options = [Option(id=n, content=n, correct=n != "c") for n in ("a", "b", "c")]
    question = Choice(content="?", options=options, multiple=True, most=2)
    response = question.read(sent(question, {"selected": ["a", "b", "c"]}))

    assert [problem.code for problem in question.problems(response)] == ["too_many"]
    assert question.mark(response).fraction == 0


OK = [Option(content="A", correct=True), Option(content="B")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"options": [Option(content="A"), Option(content="B")]}, "no_correct_option"),
        ({"options": OK, "scheme": ChoiceScheme.NET_CORRECT}, "scheme_arity"),
        ({"options": OK, "multiple": True, "scheme": ChoiceScheme.SINGLE_WEIGHT}, "scheme_arity"),
        ({"options": OK, "most": 1}, "most_single"),
        ({"options": OK, "dock": "0.1"}, "scheme_dock"),
        ({"options": OK, "pass_share": "0.1"}, "scheme_pass_share"),
        ({"options": [Option(content="X", weight=1), *OK], "multiple": True}, "scheme_weights"),
        ({"options": [Option(id="a", content="A", correct=True), Option(id="a", content="B")]}, "option_ids"),
        ({"options": [*OK, Option(content="C", counts=OptionCounts.ALWAYS)]}, "scheme_counts"),
        ({"options": OK[1:] * 2, "multiple": True, "none_option": True}, "none_cannot_be_right"),
        (
            {"options": OK, "multiple": True, "scheme": ChoiceScheme.CREDIT_MINUS_DOCK, "dock": "-0.1"},
            "share_negative",
        ),
        (
            {
                "options": [*OK, Option(content="C", correct=True, counts=OptionCounts.ALWAYS)],
                "multiple": True,
                "scheme": ChoiceScheme.AGREEMENT,
            },
            "counts_correct",
        ),
        (
            {
                "options": [Option(content="A", correct=True), Option(content="B", correct=True)],
                "multiple": True,
                "most": 1,
            },
            "most_too_low",
        ),
        ({"options": OK[:1]}, "too_short"),
        ({"options": [Option(content=str(n), correct=True) for n in range(101)]}, "too_long"),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Choice(content="?", **fields)

    assert code in {error["type"] for error in refused.value.errors()}


def test_a_weight_and_correct_must_not_contradict_each_other() -> None:
    assert Option(content="A", weight="0.5").correct
    with pytest.raises(ValidationError, match="option_contradiction"):
        Option(content="A", weight="-0.5", correct=True)


def test_the_score_table_of_many_options_is_marked_as_truncated() -> None:
    options = [Option(content=str(n), correct=n < 2) for n in range(20)]
    question = Choice(content="?", options=options, multiple=True, scheme=ChoiceScheme.EACH_OPTION)

    assert not score_table(question, most=100).complete
    assert [str(row.fraction) for row in score_table(four(ChoiceScheme.COVERAGE)).rows] == [
        "1", "2/3", "1/2", "1/4", "1/6", "0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["None of the above", "Alle der genannten", "Toutes les réponses ci-dessus", "Todas las anteriores",
     "Nenhuma das alternativas", "Nessuna delle precedenti", "Alle bovenstaande", "Ни один из перечисленных",
     "Wszystkie powyższe", "Yukar\u0131dakilerin hepsi", "以上都是", "以上のいずれも", "위의 모두", "كل ما سبق", "उपरोक्त सभी"],
)  # fmt: skip
def test_lint_reports_in_many_languages_that_an_option_speaks_of_the_others(text: str) -> None:
    question = Choice(content="?", options=[*OK, Option(content=text)])

    assert [found.code for found in lint(question)] == ["order_matters"]
    assert lint(Choice(content="?", options=[*OK, Option(content=text)], shuffle=False)) == ()


@pytest.mark.parametrize(
    ("question", "codes"),
    [
        (four(ChoiceScheme.SUM_OF_WEIGHTS), ["ticking_all_pays"]),
        (four(ChoiceScheme.NET_CORRECT), []),
        (Choice(content="?", options=[*OK, Option(content="None of the above")]), ["order_matters"]),
        (Choice(content="?", options=[Option(content="A", weight="0.5"), Option(content="B")]), ["no_full_answer"]),
        (Choice(content="?", options=OK, points=0), ["no_points"]),
        (Choice(content="?", options=OK, tags=["a", "a"]), ["equal_tags"]),
        (Choice(content="?", options=OK, tags=["Lakes", " lakes "]), ["equal_tags"]),
    ],
)
def test_lint_reports_probable_mistakes_of_the_author(question: Choice, codes: list[str]) -> None:
    assert [found.code for found in lint(question)] == codes


def test_the_expected_guess_is_the_mean_of_the_options() -> None:
    assert str(CAPITAL.guess_score()) == "1/3"
    assert four(ChoiceScheme.NET_CORRECT).guess_score() is None


def test_right_picks_are_preserved_and_counted_unless_there_are_too_many() -> None:
    options = [Option(id=name, content=name, correct=name in "ab") for name in "abcd"]
    question = Choice(content="?", options=options, multiple=True)

    def left(*picked: str) -> tuple[tuple[str, ...], int | None, bool]:
        found = question.right_part(sent(question, ChoiceResponse(selected=picked)))
        assert found is not None
        texts = {id_of(name): name for name in "abcd"}
        return tuple(texts[one] for one in found.response.model_dump()["selected"]), found.parts, found.too_many

    assert left("c", "a") == (("a",), 1, False)
    assert left("c", "d") == ((), 0, False)
    assert left("b", "a") == (("b", "a"), 2, False)
    assert left("b", "a", "c") == (("b", "a"), None, True)


def test_a_wrong_single_pick_is_cleared_and_not_counted() -> None:
    question = Choice(content="?", options=[Option(id="a", content="a", correct=True), Option(id="b", content="b")])

    right, wrong = (ChoiceResponse(selected=(id_of(name),)) for name in "ab")
    assert question.right_part(wrong) == (ChoiceResponse(), None, False)
    assert question.right_part(right) == (right, None, False)


def test_a_disregarded_pick_is_neither_cleared_nor_counted() -> None:
    options = [Option(id="a", content="a", correct=True), Option(id="b", content="b", counts=OptionCounts.DISREGARDED)]
    options.append(Option(id="c", content="c"))
    question = Choice(content="?", options=options, multiple=True, scheme=ChoiceScheme.AGREEMENT)

    both = sent(question, ChoiceResponse(selected=("a", "b")))
    assert question.right_part(both) == (both, 1, False)


def test_lint_reports_hints_that_count_parts_of_a_single_choice() -> None:
    options = [Option(content="a", correct=True), Option(content="b")]
    hints = [Hint(content="!", clear_wrong=True), Hint(content="?", show_right_parts=True)]

    assert [(one.code, one.path) for one in lint(Choice(content="?", options=options, hints=hints))] == [
        ("hint_without_parts", "hints.1")
    ]


def test_a_multiple_choice_response_has_one_class_for_each_option() -> None:
    question = four(ChoiceScheme.SUM_OF_WEIGHTS)

    picked = sent(question, ChoiceResponse(selected=("a", "c")))
    assert question.classes(picked) == (
        ("a", "a", Fraction(1, 2)),
        ("c", "c", Fraction(0)),
    )
    assert question.summarise(picked) == "A; C"
    nothing = ChoiceResponse(none=True)
    assert four(ChoiceScheme.EACH_OPTION, none_option=True).classes(nothing) == (("", "none", None),)
    assert question.summarise(nothing) == "none of these"
