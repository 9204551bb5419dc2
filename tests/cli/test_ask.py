from __future__ import annotations

from typing import Any

import pytest

from quizkit.cli._ask import NotUnderstood, parse_answer
from quizkit.cli._show import lines_of, one_line, points
from quizkit.questions import (
    Blanks,
    Choice,
    ChoiceGap,
    Description,
    Essay,
    Grid,
    GridColumn,
    GridRow,
    Matching,
    MatchingPair,
    NumberAnswer,
    Numeric,
    Option,
    Ordering,
    OrderingItem,
    Question,
    ShortAnswer,
    Text,
    TextAnswer,
    TextFormat,
    TextGap,
    TrueFalse,
)
from sent_responses import id_of

CHOICE = Choice(
    content="?", multiple=True, options=[Option(id=n, content=n, correct=n == "x") for n in ("x", "y", "z")]
)
MATCHING = Matching(content="?", pairs=[MatchingPair(id=n, premise=n, choice=n.upper()) for n in ("p", "q")])
GRID = Grid(
    content="?",
    columns=[GridColumn(id=n, content=n) for n in ("x", "y")],
    rows=[GridRow(content=n) for n in ("p", "q")],
    multiple=True,
    shuffle=False,
)
ORDERING = Ordering(content="?", items=[OrderingItem(id=n, content=n) for n in ("x", "y")])
BLANKS = Blanks(
    content="[[g]] [[h]]",
    gaps=[
        TextGap(id="g", answers=[TextAnswer(text="a")]),
        ChoiceGap(id="h", options=[Option(id="x", content="x", correct=True), Option(id="y", content="y")]),
    ],
)
EVERY: list[Question] = [
    TrueFalse(content="?", answer=True), CHOICE, MATCHING, ORDERING, BLANKS, Essay(content="?"), Description(content="?"),
    GRID, ShortAnswer(content="?", answers=[TextAnswer(text="a")]), Numeric(content="?", answers=[NumberAnswer(value=1)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "typed", "response"),
    [
        (EVERY[0], "yes", {"answer": True}),
        (EVERY[0], "F", {"answer": False}),
        (CHOICE, "a, c", {"selected": [CHOICE.view().options[n].id for n in (0, 2)]}),
        (ORDERING, "b a", {"order": [ORDERING.view().items[n].id for n in (1, 0)]}),
        (MATCHING, "1a", {"matches": {id_of("p"): MATCHING.view().choices[0].id}}),
        (GRID, "1a 1b 2b", {"picks": {id_of("p"): [id_of("x"), id_of("y")], id_of("q"): [id_of("y")]}}),
        (BLANKS, "word; b", {"gaps": {"g": "word", "h": id_of("y")}}),
        (EVERY[5], "Because.", {"text": "Because."}),
    ],
)
def test_typed_input_becomes_a_response_of_the_question_type(question: Question, typed: str, response: Any) -> None:
    found = parse_answer(question.view(), typed)

    assert found == response
    assert question.read(found) is not None


@pytest.mark.parametrize(
    ("question", "typed"),
    [
        (EVERY[0], "maybe"),
        (CHOICE, "q"),
        (MATCHING, "a1"),
        (MATCHING, "9a"),
        (MATCHING, "1z"),
        (GRID, "3a"),
        (BLANKS, "word; q"),
    ],
)
def test_unparsable_input_is_reported(question: Question, typed: str) -> None:
    with pytest.raises(NotUnderstood):
        parse_answer(question.view(), typed)


@pytest.mark.parametrize("question", EVERY, ids=lambda q: q.type)
def test_every_type_can_be_shown(question: Question) -> None:
    assert lines_of(question.view())[0]


def test_texts_are_shown_without_tags_and_markup_is_not_interpreted() -> None:
    assert one_line(Text(text="<b>a</b> &amp; b", format=TextFormat.HTML)) == "a & b"
    assert one_line(Text(text="[red]x[/]")) == r"\[red]x\[/]"
    assert one_line(Text(text="word " * 40), 12) == "word word w…"


@pytest.mark.parametrize(
    ("number", "shown"), [("1.6666667", "1.67"), ("2", "2"), ("0", "0"), ("10", "10"), ("0.5", "0.5")]
)
def test_points_are_shown_with_two_places_at_most(number: str, shown: str) -> None:
    from decimal import Decimal

    assert points(Decimal(number)) == shown
