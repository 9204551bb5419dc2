from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import Matching, MatchingPair, MatchingResponse, lint, matching, score_table
from quizkit.rules.drawing import SeededRandom
from quizkit.testing import check_question
from sent_responses import id_of, sent

SEAS = Matching(
    content="Match river and sea.",
    pairs=[
        MatchingPair(id="rhine", premise="Rhine", choice="North Sea"),
        MatchingPair(id="elbe", premise="Elbe", choice="North Sea"),
        MatchingPair(id="oder", premise="Oder", choice="Baltic Sea"),
    ],
    distractors=["Black Sea"],
)
CHOICE = {choice.content.text: choice.id for choice in SEAS.view().choices}


def answered(**seas: str) -> MatchingResponse:
    return MatchingResponse(matches={id_of(premise.title()): CHOICE[sea] for premise, sea in seas.items()})


def test_it_satisfies_the_contract_of_question_types() -> None:
    pairs = [
        MatchingPair(id="rhine", premise="Rhine", choice="Baltic Sea"),
        MatchingPair(id="elbe", premise="Elbe", choice="Black Sea"),
        MatchingPair(id="oder", premise="Oder", choice="North Sea"),
    ]

    twin = Matching(content=SEAS.content, pairs=pairs)

    check_question(SEAS, wrong=answered(rhine="Black Sea"), twin=twin)


@pytest.mark.parametrize(
    ("seas", "fraction"),
    [
        ({"rhine": "North Sea", "elbe": "North Sea", "oder": "Baltic Sea"}, "1"),
        ({"rhine": "North Sea", "elbe": "North Sea"}, "2/3"),
        ({"rhine": "North Sea", "elbe": "Baltic Sea", "oder": "Black Sea"}, "1/3"),
        ({"oder": "North Sea"}, "0"),
    ],
)
def test_each_right_match_earns_its_fraction(seas: dict[str, str], fraction: str) -> None:
    assert str(SEAS.mark(answered(**seas)).fraction) == fraction


def test_equal_choices_are_shown_once_in_an_order_that_reveals_nothing() -> None:
    shown = [choice.content.text for choice in SEAS.view().choices]

    assert sorted(shown) == ["Baltic Sea", "Black Sea", "North Sea"]
    assert [c.id for c in SEAS.view().choices] == sorted(CHOICE.values())


def test_premises_keep_their_order_only_if_the_author_asks_for_it() -> None:
    fixed = SEAS.model_copy(update={"shuffle": False})

    shown = fixed.view().permuted(SeededRandom(b"1" * 16, "x"))

    assert [premise.content.text for premise in shown.premises] == ["Rhine", "Elbe", "Oder"]


@pytest.mark.parametrize(
    "malformed",
    [
        {"matches": [["rhine", "x"]]},
        {"matches": {"rhine": 1}},
        {"matches": {f"p{n}": "x" for n in range(101)}},
    ],
)
def test_a_malformed_response_is_refused(malformed: object) -> None:
    with pytest.raises(Invalid):
        SEAS.read(malformed)


@pytest.mark.parametrize("unknown", [{"nile": "x"}, {"oder": "nowhere"}])
def test_unknown_ids_do_not_reduce_right_matches(unknown: dict[str, str]) -> None:
    right = {id_of("Rhine"): CHOICE["North Sea"]}
    response = SEAS.read({"matches": {**right, **sent(SEAS, unknown)}})

    assert {problem.code for problem in SEAS.problems(response)} == {"option_unknown"}
    assert SEAS.mark(response).fraction == Fraction(1, 3)
    assert SEAS.right_part(response) == SEAS.right_part(SEAS.read({"matches": right}))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"pairs": [MatchingPair(premise="a", choice="x"), MatchingPair(premise="b", choice="x")]}, "one_choice"),
        ({"pairs": [MatchingPair(premise="a", choice="x")]}, "too_short"),
        ({"pairs": [MatchingPair(id="a", premise="a", choice="x"), MatchingPair(id="a", premise="b", choice="y")]}, "option_ids"),
        ({"pairs": SEAS.pairs, "distractors": [" "]}, "text_empty"),
    ],
)  # fmt: skip
def test_invalid_pairs_are_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Matching(content="?", **fields)

    assert code in {error["type"] for error in refused.value.errors()}


def test_the_score_table_has_a_row_for_each_number_of_right_matches() -> None:
    assert [str(row.fraction) for row in score_table(SEAS).rows] == ["1", "2/3", "1/3", "0"]


def test_the_expected_guess_is_one_choice_out_of_all() -> None:
    assert str(SEAS.guess_score()) == "1/3"


def test_lint_reports_clues_to_a_match() -> None:
    pairs = [MatchingPair(premise="a", choice="x"), MatchingPair(premise="A ", choice="y")]

    assert [f.code for f in lint(Matching(content="?", pairs=pairs, distractors=["x"]))] == [
        "equal_options",
        "useless_distractor",
        "last_match_given",
    ]


def test_right_matches_are_preserved_and_counted() -> None:
    assert SEAS.right_part(answered(rhine="North Sea", oder="Black Sea")) == (answered(rhine="North Sea"), 1, False)
    assert SEAS.right_part(answered(oder="Black Sea")) == (MatchingResponse(), 0, False)
    assert SEAS.right_part(MatchingResponse()) is None


def test_each_match_is_reported_as_a_separate_part() -> None:
    response = answered(rhine="North Sea", oder="Black Sea")

    assert [(c.part, str(c.fraction)) for c in SEAS.classes(response)] == [("rhine", "1/3"), ("oder", "0")]
    assert SEAS.summarise(response) == "Rhine -> North Sea; Oder -> Black Sea"


def test_the_cache_of_choices_is_bounded_by_its_content() -> None:
    kept = matching._choice_id.cache_info().maxsize

    assert kept is not None
    assert kept * 300_000 < 100_000_000
