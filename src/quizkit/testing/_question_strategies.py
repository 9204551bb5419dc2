"""Hypothesis strategies for each built-in question type. Used by `strategies`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from hypothesis import strategies as st

from quizkit.questions import (
    AnyNumber,
    Blanks,
    Choice,
    ChoiceGap,
    ChoiceScheme,
    DecimalMark,
    Description,
    Essay,
    Fold,
    Grid,
    GridCell,
    GridColumn,
    GridRow,
    Hint,
    Matching,
    MatchingPair,
    NumberAnswer,
    NumberGap,
    Numeric,
    Option,
    Ordering,
    OrderingItem,
    OrderingScheme,
    PenaltyOf,
    Precision,
    Question,
    QuestionType,
    RangeAnswer,
    RoundedAnswer,
    ShortAnswer,
    Text,
    TextAnswer,
    TextFormat,
    TextGap,
    TextMatch,
    Tolerance,
    TrueFalse,
    Unit,
    UnitPolicy,
    Units,
)

CHARACTERS: Final = st.characters(exclude_categories=["Cs"], exclude_characters="\0")

# Strategies are cached: Hypothesis takes longer to build and validate one than to draw from it.


@functools.cache
def lines(max_size: int = 30) -> st.SearchStrategy[str]:
    return st.text(CHARACTERS, min_size=1, max_size=max_size).filter(lambda text: bool(text.strip()))


def texts() -> st.SearchStrategy[Text]:
    """Return a strategy for texts in every format."""
    return _texts()


@functools.cache
def _texts() -> st.SearchStrategy[Text]:
    return st.builds(Text, text=lines(), format=st.sampled_from(TextFormat))


@functools.cache
def _shares(low: int = -1) -> st.SearchStrategy[Fraction]:
    common = [Fraction(n, d) for d in (1, 2, 3, 4, 5, 7) for n in range(low * d, d + 1)]
    return st.sampled_from(sorted(set(common)))


@functools.cache
def _less_than_all() -> st.SearchStrategy[Fraction]:
    return _shares().filter(lambda share: share < 1)


@functools.cache
def _numbers() -> st.SearchStrategy[Decimal]:
    return st.decimals(-(10**6), 10**6, places=3) | st.integers(-1000, 1000).map(Decimal)


@functools.cache
def _common() -> Mapping[str, st.SearchStrategy[Any]]:
    maybe = st.none() | texts()
    return {
        "content": texts(),
        "points": st.decimals(0, 9999, places=2),
        "title": st.none() | lines(),
        "general_feedback": maybe,
        "hints": st.lists(
            st.builds(Hint, content=texts(), clear_wrong=st.booleans(), show_right_parts=st.booleans()), max_size=2
        ),
        "tags": st.lists(lines(10), max_size=3, unique=True),
        "language": st.sampled_from([None, "en", "de-AT", "zh-Hant"]),
        "source_id": st.none() | lines(),
    }


@functools.cache
def _common_values() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(dict(_common()))


@functools.cache
def _several_texts(max_size: int) -> st.SearchStrategy[list[Text]]:
    return st.lists(texts(), min_size=2, max_size=max_size, unique_by=str)


@functools.cache
def _maybe_text() -> st.SearchStrategy[Text | None]:
    return st.none() | texts()


@functools.cache
def _true_false() -> st.SearchStrategy[Question]:
    return st.builds(TrueFalse, answer=st.booleans(), feedback_true=st.none() | texts(), **_common())


@functools.cache
@st.composite
def _choice(draw: st.DrawFn) -> Question:
    multiple = draw(st.booleans())
    single = {ChoiceScheme.SINGLE_WEIGHT, ChoiceScheme.OPTION_VALUE}
    scheme = draw(st.sampled_from([s for s in ChoiceScheme if (s not in single) == multiple]))
    weighted = scheme in single | {ChoiceScheme.SUM_OF_WEIGHTS, ChoiceScheme.WEIGHT_BALANCE}
    contents = draw(_several_texts(5))
    right = draw(st.sets(st.integers(0, len(contents) - 1), min_size=1, max_size=len(contents) if multiple else 1))
    options = [
        Option(content=content, correct=position in right, feedback=draw(_maybe_text()))
        for position, content in enumerate(contents)
    ]
    if weighted and not multiple:
        wrong = draw(st.lists(_less_than_all(), min_size=len(options), max_size=len(options)))
        options = [o if o.correct else Option(content=o.content, weight=w) for o, w in zip(options, wrong, strict=True)]
    more: dict[str, Any] = {}
    if scheme is ChoiceScheme.CREDIT_MINUS_DOCK:
        more = {"dock": draw(st.none() | _shares(0)), "partial_credit": draw(st.booleans())}
    if scheme is ChoiceScheme.WEIGHT_BALANCE:
        more = {"pass_share": draw(st.none() | _shares(0)), "none_option": draw(st.booleans())}
    more |= draw(_common_values())
    return Choice(options=options, multiple=multiple, scheme=scheme, shuffle=draw(st.booleans()), **more)


@functools.cache
def text_answers() -> st.SearchStrategy[list[TextAnswer]]:
    plain = lines(12)
    pattern = st.just(TextAnswer(text=r"gr[ae]y\d*", match=TextMatch.PATTERN, example="grey"))
    first = st.builds(TextAnswer, text=plain, match=st.sampled_from([TextMatch.WILDCARD, TextMatch.EXACT])) | pattern
    others = st.builds(TextAnswer, text=plain, weight=_shares(), feedback=st.none() | texts())
    return st.tuples(first, st.lists(others, max_size=3)).map(lambda pair: [pair[0], *pair[1]])


@functools.cache
def _folds() -> st.SearchStrategy[frozenset[Fold]]:
    return st.frozensets(st.sampled_from(Fold))


@functools.cache
def _short_answer() -> st.SearchStrategy[Question]:
    made = st.builds(ShortAnswer, answers=text_answers(), case_sensitive=st.booleans(), fold=_folds(), **_common())
    return made.filter(_has_key)


def _has_key(question: Question) -> bool:
    return question.key() is not None


def _ranges(weight: st.SearchStrategy[Fraction]) -> st.SearchStrategy[RangeAnswer]:
    ends = st.tuples(_numbers(), st.decimals("0.001", 100, places=3))
    return st.builds(
        lambda pair, w, low, high: RangeAnswer(
            low=pair[0], high=pair[0] + pair[1], weight=w, low_included=low, high_included=high
        ),
        ends, weight, st.booleans(), st.booleans(),
    )  # fmt: skip


@functools.cache
def number_answers() -> st.SearchStrategy[list[Any]]:
    full, any_weight = st.just(Fraction(1)), _shares()

    def kinds(weight: st.SearchStrategy[Fraction]) -> st.SearchStrategy[Any]:
        tolerance = st.decimals(0, 10, places=2)
        value = st.builds(
            NumberAnswer, value=_numbers(), tolerance=tolerance, mode=st.sampled_from(Tolerance), weight=weight
        )
        rounded = st.builds(RoundedAnswer, value=_numbers(), figures=st.integers(1, 5), weight=weight)
        return value | rounded | _ranges(weight)

    rest = st.lists(kinds(any_weight), max_size=2)
    last: st.SearchStrategy[list[Any]] = st.sampled_from([[], [AnyNumber(weight=Fraction(1, 10))]])
    return st.tuples(kinds(full), rest, last).map(lambda three: [three[0], *three[1], *three[2]])


@functools.cache
def _units() -> st.SearchStrategy[Units]:
    metres = (Unit(name="m"), Unit(name="cm", multiplier=100), Unit(name="km", multiplier=Decimal("0.001")))
    with_units = st.builds(
        Units,
        policy=st.sampled_from([UnitPolicy.OPTIONAL, UnitPolicy.REQUIRED]),
        accepted=st.just(metres),
        penalty=_shares(0),
        penalty_of=st.sampled_from(PenaltyOf),
    )
    return st.just(Units(policy=UnitPolicy.NONE)) | with_units


def _number_settings() -> dict[str, st.SearchStrategy[Any]]:
    asked = st.integers(0, 3).map(lambda places: {"places": places}) | st.integers(1, 4).map(lambda f: {"figures": f})
    precisions = st.builds(
        lambda how, penalty, more: Precision(**how, penalty=penalty, or_more=more), asked, _shares(0), st.booleans()
    )
    return {
        "decimal_mark": st.sampled_from(DecimalMark),
        "fractions": st.booleans(),
        "percent": st.booleans(),
        "precision": st.none() | precisions,
    }


@functools.cache
def _numeric() -> st.SearchStrategy[Question]:
    made = st.builds(Numeric, answers=number_answers(), units=_units(), **_number_settings(), **_common())
    return made.filter(_has_key)


@functools.cache
@st.composite
def _matching(draw: st.DrawFn) -> Question:
    premises, choices = draw(_several_texts(4)), draw(_several_texts(4))
    chosen = draw(st.lists(st.sampled_from(choices), min_size=len(premises), max_size=len(premises)))
    pairs = [MatchingPair(premise=p, choice=c) for p, c in zip(premises, chosen, strict=True)]
    unused = [choice for choice in choices if choice not in chosen]
    distractors = unused or ([] if len(set(chosen)) > 1 else [Text(text=f"{chosen[0].text}!")])
    return Matching(pairs=pairs, distractors=distractors, shuffle=draw(st.booleans()), **draw(_common_values()))


@functools.cache
def _ordering() -> st.SearchStrategy[Question]:
    def reads(text: Text) -> str:
        return " ".join(text.text.split())

    items = st.lists(texts(), min_size=2, max_size=5, unique_by=reads)
    made = items.map(lambda found: [OrderingItem(content=content) for content in found])
    return st.builds(Ordering, items=made, scheme=st.sampled_from(OrderingScheme), **_common())


@functools.cache
def _gaps() -> st.SearchStrategy[list[Any]]:
    weight = st.integers(1, 5).map(Decimal)
    text = st.builds(TextGap, id=st.just("a"), answers=text_answers(), weight=weight)
    number = st.builds(NumberGap, id=st.just("b"), answers=number_answers(), weight=weight, **_number_settings())
    options = _several_texts(4).map(lambda found: [Option(content=c, correct=n == 0) for n, c in enumerate(found)])
    choice = st.builds(ChoiceGap, id=st.just("c"), options=options, weight=weight, shuffle=st.booleans())
    return st.lists(st.one_of(text, number, choice), min_size=1, max_size=3, unique_by=lambda gap: gap.id)


def _filled_in(gaps: list[Any], common: dict[str, Any]) -> Question:
    prompt = " and ".join(f"[[{gap.id}]]" for gap in gaps)
    return Blanks(gaps=gaps, **{**common, "content": Text(text=f"Fill in {prompt}.")})


@functools.cache
def _blanks() -> st.SearchStrategy[Question]:
    return st.builds(_filled_in, _gaps(), _common_values()).filter(_has_key)


@functools.cache
def _essay() -> st.SearchStrategy[Question]:
    return st.builds(Essay, max_words=st.none() | st.integers(1, 500), grader_notes=st.none() | texts(), **_common())


@functools.cache
def _description() -> st.SearchStrategy[Question]:
    return st.builds(Description, **{**_common(), "points": st.just(Decimal(0))})


@functools.cache
@st.composite
def _grid(draw: st.DrawFn) -> Question:
    columns = [GridColumn(id=f"c{at}", content=text) for at, text in enumerate(draw(_several_texts(3)))]
    multiple = draw(st.booleans())
    weighted = multiple and draw(st.booleans())
    cells = _cells([column.id for column in columns], weighted=weighted or not multiple)
    rows = [
        GridRow(content=text, cells=draw(cells), weight=draw(st.integers(1, 5))) for text in draw(_several_texts(3))
    ]
    scheme = ChoiceScheme.SUM_OF_WEIGHTS if weighted else None
    return Grid(
        rows=rows,
        columns=columns,
        multiple=multiple,
        scheme=scheme,
        all_rows=draw(st.booleans()),
        shuffle=draw(st.booleans()),
        **draw(_common_values()),
    )


def _cells(columns: list[str], *, weighted: bool) -> st.SearchStrategy[list[GridCell]]:
    """Return a strategy for the cells of a row, the first of which is right."""
    first = st.builds(GridCell, column=st.just(columns[0]))
    other = st.builds(GridCell, column=st.just(columns[1]), weight=_shares() if weighted else st.none())
    return first.map(lambda cell: [cell]) | st.tuples(first, other).map(list)


_BUILT_IN: Final[Mapping[QuestionType, Callable[[], st.SearchStrategy[Question]]]] = {
    QuestionType.BLANKS: _blanks,
    QuestionType.CHOICE: _choice,
    QuestionType.DESCRIPTION: _description,
    QuestionType.ESSAY: _essay,
    QuestionType.GRID: _grid,
    QuestionType.MATCHING: _matching,
    QuestionType.NUMERIC: _numeric,
    QuestionType.ORDERING: _ordering,
    QuestionType.SHORT_ANSWER: _short_answer,
    QuestionType.TRUE_FALSE: _true_false,
}


@functools.cache
def built_in(*types: QuestionType) -> st.SearchStrategy[Question]:
    return st.one_of(*(_BUILT_IN[name]() for name in types))
