"""The pages of a paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from attempt_facts import FACTS
from quizkit.crud.attempts._facts.facts import PaperItem
from quizkit.crud.attempts._paper.content import PublishedContent
from quizkit.crud.attempts._paper.slots import sequential_pages


def test_a_page_is_left_for_good_if_one_of_its_questions_is_in_a_sequential_section() -> None:
    paper: Any = tuple(PaperItem(place, "", page) for place, page in [(1, 1), (2, 1), (3, 2), (4, 3)])
    content = PublishedContent({}, {}, frozenset({2, 4}))

    assert sequential_pages(replace(FACTS, paper=paper), content) == [True, False, True]


def test_no_page_is_left_for_good_without_a_sequential_section() -> None:
    content = PublishedContent({}, {}, frozenset())

    assert sequential_pages(FACTS, content) == [False]
