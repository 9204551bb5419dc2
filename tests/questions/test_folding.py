"""What counts as a difference between two texts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.questions import (
    Blanks,
    BlanksResponse,
    EssayResponse,
    Fold,
    ShortAnswer,
    ShortAnswerResponse,
    TextAnswer,
    TextGap,
    TextMatch,
    parse,
)
from quizkit.questions._folding import COMMON_FOLDS, Comparison


def is_right(accepted: str, typed: str, **settings: Any) -> bool:
    question = ShortAnswer(content="?", answers=[TextAnswer(text=accepted)], **settings)
    return question.mark(ShortAnswerResponse(text=typed)).fraction == 1


@pytest.mark.parametrize(
    ("accepted", "typed"),
    [
        ("don't", "don\u2019t"),
        ("don\u2019t", "don't"),
        ("don't", "don\uff07t"),
        ('"yes"', "\u201eyes\u201c"),
        ("well-known", "well\u2013known"),
        ("well-known", "well\u2011known"),
        ("well-known", "well\uff0dknown"),
        ("New York", "New\u00a0York"),
        ("New York", "New\u2009York"),
        ("New York", "New \u3000 York"),
        ("abc 123", "\uff41\uff42\uff43\u3000\uff11\uff12\uff13"),
        ("\u30ac", "\uff76\uff9e"),
        ("a\u2013*", "A-z"),
    ],
)
def test_what_phones_and_word_processors_change_makes_no_difference_by_default(accepted: str, typed: str) -> None:
    assert is_right(accepted, typed)
    assert not is_right(accepted, typed, fold=[])


@pytest.mark.parametrize(("accepted", "typed"), [("depart", "d\u00e9part"), ("x\u00b2", "x2"), ("\u2460", "1")])
def test_accents_and_raised_digits_make_a_difference_by_default(accepted: str, typed: str) -> None:
    assert not is_right(accepted, typed)


INVISIBLE = "\u200b\ufeff\u00ad\u200e\u200f\u061c\u2060\u2066\u2069\u202a\u202c\ufe0f"


@pytest.mark.parametrize("fold", [[], list(Fold)])
@pytest.mark.parametrize("character", INVISIBLE)
def test_invisible_characters_never_count(character: str, fold: list[Fold]) -> None:
    hidden = f"{character}Par{character}is {character}"

    assert is_right("Paris", hidden, fold=fold, case_sensitive=True)
    assert is_right(hidden, "Paris", fold=fold, case_sensitive=True)
    assert is_right(f"{character}Pa{character}*", "Paris", fold=fold)
    assert ShortAnswerResponse(text=character).is_blank()
    assert EssayResponse(text=f" {character}").is_blank()
    assert BlanksResponse(gaps={"a": character}).is_blank()


@pytest.mark.parametrize(
    ("accepted", "typed"),
    [("\u0645\u06cc\u200c\u0631\u0648\u0645", "\u0645\u06cc\u0631\u0648\u0645"), ("stop", "\u202epots")],
)
def test_joiners_inside_words_and_reversed_text_count(accepted: str, typed: str) -> None:
    assert not is_right(accepted, typed)
    assert is_right(typed, typed)


@pytest.mark.parametrize("language", ["tr", "tr-TR", "az", "AZ-Latn"])
def test_in_turkish_and_azeri_the_dotless_i_is_another_letter(language: str) -> None:
    assert is_right("\u0131l\u0131k", "ILIK", language=language)
    assert is_right("\u0130zmir", "izmir", language=language)
    assert is_right("I\u0307zmir", "izmir", language=language, fold=list(Fold))
    assert not is_right("\u0131l\u0131k", "ilik", language=language)
    assert not is_right("iz", "IZ", language=language)


@pytest.mark.parametrize("language", [None, "en", "de", "trv"])
def test_in_other_languages_i_is_the_small_letter_of_the_capital(language: str | None) -> None:
    assert is_right("izmir", "IZMIR", language=language)
    assert not is_right("\u0131l\u0131k", "ILIK", language=language)


def test_a_gap_is_compared_in_the_language_of_its_question() -> None:
    made = Blanks(content="[[a]]", language="tr", gaps=[TextGap(id="a", answers=[TextAnswer(text="\u0131l\u0131k")])])

    assert made.mark(BlanksResponse(gaps={"a": "ILIK"})).fraction == 1
    assert made.mark(BlanksResponse(gaps={"a": "ilik"})).fraction == 0
    assert made.is_same(BlanksResponse(gaps={"a": "ILIK"}), BlanksResponse(gaps={"a": "\u0131l\u0131k"}))


@pytest.mark.parametrize("typed", ["don't", "don\u2019t", "DON\u2019T", "do\u200bn't"])
def test_a_pattern_is_tried_on_the_text_as_typed_and_on_its_folded_form(typed: str) -> None:
    for written in ("don't", "don\u2019t"):
        answer = TextAnswer(text=written, match=TextMatch.PATTERN, example=written)
        found = ShortAnswer(content="?", answers=[answer]).mark(ShortAnswerResponse(text=typed)).fraction
        assert found == (1 if written == "don't" or "\u2019" in typed else 0)


BEFORE = {"type": "short_answer", "version": 1, "content": "?", "answers": [{"text": "don't"}]}


def _fold(body: dict[str, Any]) -> frozenset[Fold]:
    question = parse(body)
    assert isinstance(question, ShortAnswer)
    return question.fold


def test_an_older_question_keeps_the_differences_that_it_had() -> None:
    gaps = [{"id": "a", "kind": "text", "answers": [{"text": "don't"}]}, {"id": "b", "kind": "number", "answers": [{"kind": "value", "value": 1}]}]  # fmt: skip

    assert _fold(BEFORE) == frozenset()
    assert _fold({**BEFORE, "fold": ["dashes"]}) == {Fold.DASHES}
    assert _fold({**BEFORE, "version": 2}) == COMMON_FOLDS
    old = parse({"type": "blanks", "version": 1, "content": "[[a]] [[b]]", "gaps": gaps})
    assert isinstance(old, Blanks)
    assert [gap.fold for gap in old.gaps if gap.kind == "text"] == [frozenset()]
    assert parse(old.model_dump(mode="json")) == old


TEXTS = st.text("I\u0130\u0131i'\u2019-\u2013 \u00a0\uff41\u200b\u00e9e\u0301\ufb01\u00df\u1e9e", max_size=8)
COMPARISONS = st.builds(
    Comparison, st.frozensets(st.sampled_from(Fold)), st.booleans(), st.sampled_from([None, "tr", "en"])
)


@given(TEXTS, COMPARISONS)
def test_the_form_of_a_form_is_itself(text: str, how: Comparison) -> None:
    assert how.form(how.form(text)) == how.form(text)


@given(TEXTS, TEXTS, COMPARISONS)
def test_a_fold_more_makes_no_two_equal_texts_different(one: str, other: str, how: Comparison) -> None:
    if how.form(one) == how.form(other):
        loose = how._replace(fold=frozenset(Fold), case_sensitive=False)
        assert loose.form(one) == loose.form(other)
