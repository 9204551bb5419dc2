"""The content of a published revision, built from the rows of its slots."""

from __future__ import annotations

import uuid
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from quizkit.crud.attempts._paper.content import DrawRule, content_of, digest_of
from quizkit.questions import TrueFalse
from quizkit.vocabulary import Counting, Navigation

VIEW = TrueFalse(content="?", answer=True).view().model_dump(mode="json")


def pinned(section: int, **columns: Any) -> Any:
    row = {
        "section_position": section,
        "section_title": None,
        "shuffle": False,
        "navigation": Navigation.FREE,
        "per_page": None,
        "section_time_limit": None,
        "section_pass_share": None,
        "show_tags": False,
        "tags": None,
        "pass_share": None,
        "question_id": uuid.uuid4(),
        "revision_id": uuid.uuid4(),
        "identity": "i",
        "view": VIEW,
        "max_points": Decimal(2),
        "counting": Counting.COUNTS,
        "requires_previous": False,
        "time_limit_seconds": None,
        "draw_count": None,
        "draw_bank_id": None,
        "draw_category_id": None,
        "draw_tags": None,
        "draw_fresh": None,
        "draw_min": None,
        "draw_unseen_first": None,
    }
    return SimpleNamespace(**{**row, **columns})


def drawing(section: int, bank: uuid.UUID, **columns: Any) -> Any:
    return pinned(section, question_id=None, revision_id=None, view=None, draw_bank_id=bank, draw_count=2, **columns)


def test_slots_are_numbered_from_one_across_sections() -> None:
    content = content_of([pinned(1), pinned(1, shuffle=True), pinned(2, per_page=1)])

    assert list(content.slots) == [1, 2, 3]
    assert [[plan.place for plan in section.plan.slots] for section in content.sections.values()] == [[1, 2], [3]]
    assert [section.plan.per_page for section in content.sections.values()] == [None, 1]


def test_a_draw_slot_has_a_source_and_no_question() -> None:
    bank = uuid.uuid4()

    content = content_of([pinned(1), drawing(1, bank, draw_tags=["long"], draw_fresh=True)])

    assert content.slots[2].question is None
    assert content.slots[2].draw == DrawRule(bank, None, ("long",), fresh=True)
    assert content.draws == [content.slots[2]]


def test_the_slots_of_sequential_sections_are_listed() -> None:
    content = content_of([pinned(1), pinned(2, navigation=Navigation.SEQUENTIAL), pinned(2, navigation=Navigation.SEQUENTIAL)])  # fmt: skip

    assert content.sequential == {2, 3}


def test_a_digest_identifies_a_question_and_its_content() -> None:
    one, other = uuid.UUID(int=1), uuid.UUID(int=2)

    assert digest_of(one, "a") == digest_of(str(one), "a")
    assert len({digest_of(one, "a"), digest_of(one, "b"), digest_of(other, "a")}) == 3
