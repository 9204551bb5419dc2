"""Tags are compared, and titles and prompts are searched, in a form without the differences that nobody means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.questions._searching import search_form, tag_form
from quizkit.questions._unicode import clean


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rivers", "rivers"),
        (" Rivers\u00a0", "rivers"),
        ("Straße", "STRASSE"),
        ("\ufeffRivers", "Rivers"),
        ("Cafe\u0301", "café"),
    ],
)
def test_tags_are_one_tag_whatever_their_case_and_outer_spaces(one: str, other: str) -> None:
    assert tag_form(clean(one)) == tag_form(clean(other))


@pytest.mark.parametrize(("one", "other"), [("café", "cafe"), ("a b", "ab"), ("1a", "1b")])
def test_other_differences_make_two_tags(one: str, other: str) -> None:
    assert tag_form(one) != tag_form(other)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("oresund", "Öresund"),
        ("Malmo", "malmø"),
        ("lodz", "Łódź"),
        ("istanbul", "İSTANBUL"),
        ("isparta", "Isparta"),
        ("diyarbakir", "Diyarbak\u0131r"),
        ("aegir", "Ægir"),
        ("don't", "don\u2019t"),
        ("\uff32\uff28\uff29\uff2e\uff25", "Rhine"),
        ("two  words", "two\nwords"),
    ],
)
def test_a_search_ignores_case_accents_and_punctuation_marks_of_word_processors(typed: str, stored: str) -> None:
    assert search_form(typed) == search_form(stored)


@pytest.mark.parametrize(
    ("one", "other"),
    [("\u304b", "\u304c"), ("\u0915", "\u0915\u093c"), ("\u0915\u0937", "\u0915\u094d\u0937")],
    ids=["kana voicing", "nukta", "virama"],
)
def test_a_mark_that_makes_another_letter_counts(one: str, other: str) -> None:
    assert search_form(one) != search_form(other)


@given(st.text(max_size=64))
def test_a_form_is_its_own_form(text: str) -> None:
    for form in (tag_form, search_form):
        assert form(form(text)) == form(text)


@given(st.text(max_size=64))
def test_the_form_of_a_tag_fits_into_its_column(tag: str) -> None:
    assert len(tag_form(tag)) <= 192
