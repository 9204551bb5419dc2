from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from quizkit.crud._drafts.rows import SLOT, outline_of, same_outline, slot_of, slot_row
from quizkit.schemas import DrawSlot, QuestionSlot, QuizOutline, SectionOutline
from quizkit.vocabulary import Counting

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECTION, SLOT_ID, QUESTION, REVISION, BANK = (uuid.UUID(int=n) for n in range(1, 6))


def stored(slot: QuestionSlot | DrawSlot, **more: Any) -> Any:
    return SimpleNamespace(**slot_row(slot, SECTION, 1, slot_id=SLOT_ID, at=NOON) | more)


def test_a_slot_is_read_back_unchanged_from_its_row() -> None:
    slots: list[QuestionSlot | DrawSlot] = [
        QuestionSlot(question_id=QUESTION, points=Decimal(2), counting=Counting.EXTRA, requires_previous=True),
        QuestionSlot(question_id=QUESTION, revision_id=REVISION, pass_share=Fraction(1, 3)),
        DrawSlot(bank_id=BANK, tags=("7b", "rivers"), count=3, fresh=True, pass_share=1),
    ]

    assert [slot_of(stored(slot)) for slot in slots] == slots
    assert set(slot_row(slots[0], SECTION, 1, slot_id=SLOT_ID, at=NOON)) == set(SLOT)


def test_publishing_does_not_pin_a_slot_that_follows_the_latest_revision() -> None:
    row = stored(QuestionSlot(question_id=QUESTION), question_revision_id=REVISION)

    assert slot_of(row) == QuestionSlot(question_id=QUESTION)


def test_a_section_without_slots_is_in_the_outline() -> None:
    section = {
        "section_title": None,
        "shuffle": False,
        "navigation": "free",
        "per_page": None,
        "section_pass_share": None,
        "show_tags": False,
        "section_time_limit": None,
    }
    empty = SimpleNamespace(id=None, section_position=1, **section)
    slot = stored(QuestionSlot(question_id=QUESTION), section_position=2, **section)

    assert outline_of([empty, slot]) == QuizOutline(
        sections=[SectionOutline(), SectionOutline(slots=[QuestionSlot(question_id=QUESTION)])]
    )


def test_outlines_are_compared_without_versions_and_repeated_tags() -> None:
    once = QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=BANK, tags=("7b",))])])
    twice = QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=BANK, tags=("7b", "7b"))])], version=4)

    assert same_outline(once, twice)
    assert not same_outline(once, QuizOutline(sections=[SectionOutline()]))
