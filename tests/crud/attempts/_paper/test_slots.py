"""The pages from which a question of a paper can be seen and answered."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from attempt_facts import FACTS
from quizkit.crud.attempts._facts.facts import PaperItem
from quizkit.crud.attempts._paper.content import PublishedContent, PublishedQuestion, PublishedSlot
from quizkit.crud.attempts._paper.slots import PaperSlot, sequential_pages
from quizkit.questions import TrueFalse
from quizkit.rules import papers
from quizkit.rules.navigation import Reach
from quizkit.vocabulary import Counting

QUESTION = PublishedQuestion(uuid.UUID(int=1), uuid.UUID(int=2), TrueFalse(content="?", answer=True).view())
SLOT = PublishedSlot(papers.SlotPlan(1, "1"), Decimal(1), Counting.COUNTS, requires_previous=False, question=QUESTION, draw=None)  # fmt: skip


@pytest.mark.parametrize(("page", "open_", "finished"), [(1, False, False), (2, True, True), (3, True, True), (4, False, True)])  # fmt: skip
def test_a_question_is_visible_on_its_pages_and_after_finishing_on_later_ones(
    page: int, open_: bool, finished: bool
) -> None:
    slot = PaperSlot(1, PaperItem(1, "", 2), SLOT, QUESTION, Reach(2, 3))

    assert slot.is_seen_by(SimpleNamespace(current_page=page, submitted_at=None)) is open_
    assert slot.is_seen_by(SimpleNamespace(current_page=page, submitted_at="then")) is finished


def test_a_page_is_left_for_good_if_one_of_its_questions_is_in_a_sequential_section() -> None:
    paper: Any = tuple(PaperItem(place, "", page) for place, page in [(1, 1), (2, 1), (3, 2), (4, 3)])
    content = PublishedContent({}, (), frozenset({2, 4}))

    assert sequential_pages(replace(FACTS, paper=paper), content) == [True, False, True]


def test_no_page_is_left_for_good_without_a_sequential_section() -> None:
    content = PublishedContent({}, (), frozenset())

    assert sequential_pages(FACTS, content) == [False]
