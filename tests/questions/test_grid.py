from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import (
    ChoiceScheme,
    GradeState,
    Grid,
    GridCell,
    GridColumn,
    GridResponse,
    GridRow,
    MatchingResponse,
    lint,
    parse,
    score_table,
)
from quizkit.testing import check_question
from sent_responses import id_of

RIVERS = ("Austria", "Germany", "Italy")
COLUMNS = [GridColumn(id=name.lower(), content=name) for name in RIVERS]


def row(text: str, *right: str, weight: int = 1, **weights: str) -> GridRow:
    cells = [GridCell(column=name) for name in right]
    cells += [GridCell(column=name, weight=share) for name, share in weights.items()]
    return GridRow(content=text, cells=cells, weight=weight)


SINGLE = Grid(
    content="Where is its mouth or source?",
    columns=COLUMNS,
    rows=[row("Po", "italy"), row("Rhine", "germany"), row("Inn", "austria", germany="1/2", italy="-1/2", weight=2)],
)
SEVERAL = Grid(
    content="Through which countries does it flow?",
    columns=COLUMNS,
    rows=[row("Danube", "austria", "germany"), row("Po", "italy")],
    multiple=True,
)


def picks(**rows: str | list[str]) -> GridResponse:
    """Return a response by texts: one column, or several."""
    named = {name: [columns] if isinstance(columns, str) else columns for name, columns in rows.items()}
    return GridResponse(picks={id_of(name): tuple(map(id_of, columns)) for name, columns in named.items()})


def earned(question: Grid, response: GridResponse) -> str:
    return str(question.mark(response).fraction)


def test_it_satisfies_the_contract_of_question_types() -> None:
    other = [row("Po", "austria"), row("Rhine", "italy"), row("Inn", "germany", weight=2)]
    check_question(
        SINGLE,
        wrong={"picks": {id_of("Po"): [id_of("Austria")]}},
        twin=SINGLE.model_copy(update={"rows": tuple(other)}),
    )
    check_question(SEVERAL, wrong={"picks": {id_of("Po"): [id_of("Austria")]}})


@pytest.mark.parametrize(
    ("response", "fraction"),
    [
        (picks(Po="Italy", Rhine="Germany", Inn="Austria"), "1"),
        (picks(Po="Italy", Rhine="Germany"), "1/2"),
        (picks(Po="Italy", Rhine="Germany", Inn="Germany"), "3/4"),
        (picks(Inn="Italy"), "-1/4"),
        (picks(Po="Austria", Rhine="Austria"), "0"),
    ],
)
def test_each_row_earns_the_weight_of_its_pick_times_its_own(response: GridResponse, fraction: str) -> None:
    assert earned(SINGLE, response) == fraction


@pytest.mark.parametrize(
    ("response", "fraction"),
    [
        (picks(Danube=["Austria", "Germany"], Po="Italy"), "1"),
        (picks(Danube="Germany", Po="Italy"), "3/4"),
        (picks(Danube=list(RIVERS), Po="Italy"), "3/4"),
        (picks(Danube=list(RIVERS)), "1/4"),
    ],
)
def test_several_picks_of_a_row_are_marked_as_a_choice(response: GridResponse, fraction: str) -> None:
    assert earned(SEVERAL, response) == fraction


@pytest.mark.parametrize("scheme", [s for s in ChoiceScheme if s not in {"single_weight", "option_value"}])
def test_every_scheme_for_several_picks_fits_a_row(scheme: ChoiceScheme) -> None:
    question = SEVERAL.model_copy(update={"scheme": scheme})

    assert Grid.model_validate(question.model_dump()).marked_by is scheme
    assert earned(question, picks(Danube=["Germany", "Austria"], Po="Italy")) == "1"


def test_weights_of_cells_add_up_in_a_row() -> None:
    question = Grid(
        content="?",
        columns=COLUMNS,
        rows=[row("Inn", austria="3/4", germany="1/4", italy="-1/2")],
        multiple=True,
        scheme=ChoiceScheme.SUM_OF_WEIGHTS,
    )

    assert earned(question, picks(Inn=["Austria", "Italy"])) == "1/4"
    assert earned(question, picks(Inn=["Austria", "Germany"])) == "1"


def test_all_rows_must_be_right_if_the_author_asks_for_it() -> None:
    strict = SINGLE.model_copy(update={"all_rows": True})

    assert earned(strict, picks(Po="Italy", Rhine="Germany", Inn="Austria")) == "1"
    assert earned(strict, picks(Po="Italy", Rhine="Germany", Inn="Germany")) == "0"
    assert strict.bounds() == (Fraction(0), Fraction(1))
    assert strict.parts(picks(Po="Italy")) is None


LIKERT = Grid(
    content="How much do you agree?",
    columns=[GridColumn(id=f"c{n}", content=text) for n, text in enumerate(["Not at all", "Partly", "Fully"])],
    rows=[GridRow(content="It was fun."), GridRow(content="It was hard.")],
    shuffle=False,
)


def test_without_a_key_an_answered_row_earns_its_share() -> None:
    one = GridResponse(picks={id_of("It was fun."): (id_of("Partly"),)})

    assert (earned(LIKERT, one), LIKERT.key(), LIKERT.guess_score()) == ("1/2", None, None)
    assert LIKERT.mark(GridResponse()).state is GradeState.NOT_ANSWERED
    assert [found.code for found in lint(LIKERT)] == []
    assert [(c.part, c.label, c.fraction) for c in LIKERT.classes(one)] == [(LIKERT.rows[0].id, "c1", None)]
    check_question(LIKERT)


def test_takers_see_columns_in_the_authors_order_and_no_key() -> None:
    view = SINGLE.view()

    assert [column.content.text for column in view.columns] == list(RIVERS)
    assert [shown.id for shown in view.rows] == sorted(shown.id for shown in view.rows)
    assert {"cells", "weight"}.isdisjoint(view.rows[0].model_dump())
    assert LIKERT.view().rows[0].content.text == "It was fun."


def test_feedback_of_the_picked_cells_is_shown() -> None:
    cells = [GridCell(column="italy", feedback="Yes."), GridCell(column="austria", weight=0, feedback="No.")]
    question = Grid(content="?", columns=COLUMNS, rows=[GridRow(content="Po", cells=cells), row("Inn", "austria")])

    grade = question.mark(picks(Po="Austria", Inn="Austria"))

    assert [text.text for text in grade.feedback] == ["No."]


def test_hints_keep_right_rows_and_count_them() -> None:
    found = SINGLE.right_part(picks(Po="Italy", Rhine="Italy", Inn="Germany"))

    assert found is not None
    assert (found.response, found.parts) == (picks(Po="Italy"), 1)


def test_the_parts_and_classes_have_the_authors_ids() -> None:
    question = Grid(
        content="?",
        columns=COLUMNS,
        rows=[GridRow(id="p", content="Po", cells=[GridCell(column="italy")]), row("Inn", "austria")],
    )
    response = picks(Po="Italy", Inn="Germany")

    assert question.parts(response) == {"p": Fraction(1, 2), question.rows[1].id: 0}
    assert [(c.part, c.label, c.fraction) for c in question.classes(response)] == [
        ("p", "italy", Fraction(1, 2)),
        (question.rows[1].id, "germany", 0),
    ]


@pytest.mark.parametrize(
    ("response", "code"),
    [
        ({id_of("Po"): ["nowhere"]}, "option_unknown"),
        ({"nowhere": [id_of("Italy")]}, "option_unknown"),
        ({id_of("Po"): [id_of("Italy"), id_of("Italy")]}, "option_repeated"),
        ({id_of("Po"): [id_of("Italy"), id_of("Austria")]}, "too_many"),
    ],
)
def test_a_wrong_pick_is_a_problem_and_the_other_rows_count(response: dict[str, list[str]], code: str) -> None:
    sent = SINGLE.read({"picks": {**response, id_of("Rhine"): [id_of("Germany")]}})

    assert code in {problem.code for problem in SINGLE.problems(sent)}
    expected = Fraction(1, 2) if code == "option_repeated" else Fraction(1, 4)
    assert SINGLE.mark(sent).fraction == expected


@pytest.mark.parametrize(
    "body",
    [
        {"picks": {"a": ["b"] * 21}},
        {"picks": {str(n): ["b"] for n in range(101)}},
        {"picks": {"a": "b"}},
        {"picks": ["a"]},
    ],
)
def test_a_response_of_another_shape_or_size_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        SINGLE.read(body)
    assert refused.value.code == "response_invalid"


def test_the_order_of_rows_and_picks_makes_no_other_response() -> None:
    one = picks(Danube=["Austria", "Germany"], Po="Italy")
    other = GridResponse(picks=dict(reversed([(k, tuple(reversed(v))) for k, v in one.picks.items()])))

    assert SEVERAL.is_same(one, other)
    assert SEVERAL.is_complete(one)
    assert not SEVERAL.is_complete(picks(Po="Italy"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rows": [row("Po", "france")]}, "grid_cells"),
        ({"rows": [row("Po", "italy", italy="1/2")]}, "grid_cells"),
        ({"rows": [row("Po", "italy", weight=0)]}, "grid_weights"),
        ({"rows": [row("Po", "italy"), row("Po", "austria")]}, "equal_options"),
        ({"rows": [row("Po", "italy"), row("Inn")]}, "no_correct_option"),
        ({"rows": [row("Po", "italy", austria="1/2")], "multiple": True}, "scheme_weights"),
        ({"columns": [GridColumn(id="a", content="x"), GridColumn(id="b", content="x")]}, "equal_options"),
        ({"columns": [GridColumn(id="a", content="x"), GridColumn(id="a", content="y")]}, "option_ids"),
        ({"scheme": "net_correct"}, "scheme_arity"),
        ({"scheme": "single_weight", "multiple": True}, "scheme_arity"),
    ],
)
def test_a_grid_that_contradicts_itself_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError, match=code):
        Grid(**{"content": "?", "columns": COLUMNS, "rows": [row("Po", "italy")], **change})


def test_guessing_earns_the_mean_of_all_responses() -> None:
    columns = [id_of(name) for name in RIVERS]
    names = [id_of(name) for name in ("Po", "Rhine", "Inn")]
    found = [
        SINGLE.mark(GridResponse(picks={n: (c,) for n, c in zip(names, chosen, strict=True)})).fraction or Fraction(0)
        for chosen in itertools.product(columns, repeat=3)
    ]

    assert SINGLE.guess_score() == sum(found, Fraction(0)) / len(found)
    assert {row.fraction for row in score_table(SINGLE).rows} >= set(found)


def test_it_is_read_by_its_name() -> None:
    assert parse(SINGLE.model_dump(mode="json")) == SINGLE
    with pytest.raises(Invalid):
        SINGLE.read(MatchingResponse(matches={"a": "b"}).model_dump())


def test_its_response_is_one_line_of_text() -> None:
    assert SEVERAL.summarise(picks(Danube=["Austria", "Germany"])) == "Danube: Austria, Germany"
