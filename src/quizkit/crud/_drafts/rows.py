"""Convert revisions, sections and slots of quizzes between rows and outlines."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from quizkit.crud._terms.policy import POLICY
from quizkit.schemas import DrawSlot, QuestionSlot, QuizOutline, SectionOutline

__all__ = ["SLOT", "outline_of", "revision_row", "same_outline", "section_row", "slot_of", "slot_row"]

SLOT: Final = (
    "id", "section_id", "position", "question_id", "question_revision_id", "pinned", "points", "counting",
    "requires_previous", "pass_share", "draw_count", "draw_bank_id", "draw_category_id", "draw_tags", "draw_fresh",
    "draw_min", "draw_unseen_first", "time_limit_seconds", "created_at",
)  # fmt: skip
"""The columns of a slot."""


def revision_row(quiz: Mapping[str, Any], number: int, *, revision_id: uuid.UUID, at: datetime) -> dict[str, Any]:
    """Return the row of a draft with the current policy of its quiz."""
    policy = {name: quiz[name] for name in POLICY}
    unpublished = {"max_score": None, "content_hash": None, "published_at": None}
    return {"id": revision_id, "quiz_id": quiz["id"], "number": number, "created_at": at, **policy, **unpublished}


def section_row(
    section: SectionOutline, revision_id: uuid.UUID, position: int, *, section_id: uuid.UUID, at: datetime
) -> dict[str, Any]:
    """Return the row of a section."""
    return {
        "id": section_id,
        "quiz_revision_id": revision_id,
        "position": position,
        "title": section.title,
        "shuffle": section.shuffle,
        "navigation": section.navigation.value,
        "per_page": section.per_page,
        "time_limit_seconds": section.time_limit_seconds,
        "pass_share": section.pass_share,
        "show_tags": section.show_tags,
        "created_at": at,
    }


def slot_row(
    slot: QuestionSlot | DrawSlot, section_id: uuid.UUID, position: int, *, slot_id: uuid.UUID, at: datetime
) -> dict[str, Any]:
    """Return the row of a slot: a question or a draw."""
    row: dict[str, Any] = dict.fromkeys(SLOT)
    row |= {
        "id": slot_id,
        "section_id": section_id,
        "position": position,
        "points": slot.points,
        "counting": slot.counting.value,
        "pass_share": slot.pass_share,
        "pinned": False,
        "requires_previous": False,
        "time_limit_seconds": slot.time_limit_seconds,
        "created_at": at,
    }
    if isinstance(slot, DrawSlot):
        return row | {
            "draw_count": slot.count,
            "draw_bank_id": slot.bank_id,
            "draw_category_id": slot.category_id,
            "draw_tags": list(dict.fromkeys(slot.tags)),
            "draw_fresh": slot.fresh,
            "draw_min": slot.min_count,
            "draw_unseen_first": slot.unseen_first,
        }
    return row | {
        "question_id": slot.question_id,
        "question_revision_id": slot.revision_id,
        "pinned": slot.revision_id is not None,
        "requires_previous": slot.requires_previous,
    }


def slot_of(row: Any) -> QuestionSlot | DrawSlot:
    """Return a slot from its row. A slot that follows the latest revision stays unpinned even after publishing."""
    common = {
        "points": row.points,
        "counting": row.counting,
        "pass_share": row.pass_share,
        "time_limit_seconds": row.time_limit_seconds,
    }
    if row.question_id is None:
        return DrawSlot(
            bank_id=row.draw_bank_id, category_id=row.draw_category_id, tags=row.draw_tags or (), count=row.draw_count,
            min_count=row.draw_min, fresh=bool(row.draw_fresh), unseen_first=bool(row.draw_unseen_first), **common,
        )  # fmt: skip
    pinned = row.question_revision_id if row.pinned else None
    return QuestionSlot(
        question_id=row.question_id, revision_id=pinned, requires_previous=row.requires_previous, **common
    )


def outline_of(rows: Iterable[Any]) -> QuizOutline:
    """Return the outline from the ordered sections and slots of a revision."""
    sections: dict[int, tuple[Any, list[Any]]] = {}
    for row in rows:
        _, slots = sections.setdefault(row.section_position, (row, []))
        if row.id is not None:
            slots.append(slot_of(row))
    return QuizOutline(
        sections=[
            SectionOutline(
                title=row.section_title, shuffle=row.shuffle, navigation=row.navigation, per_page=row.per_page,
                pass_share=row.section_pass_share, show_tags=row.show_tags, time_limit_seconds=row.section_time_limit,
                slots=slots,
            )
            for row, slots in sections.values()
        ]
    )  # fmt: skip


def same_outline(one: QuizOutline, other: QuizOutline) -> bool:
    """Return whether two outlines are stored identically."""
    return _comparable(one) == _comparable(other)


def _comparable(outline: QuizOutline) -> list[Any]:
    sections = outline.model_dump(exclude={"version"})["sections"]
    for slot in (slot for section in sections for slot in section["slots"]):
        if slot["kind"] == "draw":
            slot["tags"] = list(dict.fromkeys(slot["tags"]))
    return list(sections)
