"""The content of a published revision, as takers see it: slots, sections and draws."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from quizkit.questions import Response, View
from quizkit.questions._guards.stored import view_of
from quizkit.questions._registry import type_named
from quizkit.rules import papers
from quizkit.vocabulary import Counting, Navigation

__all__ = [
    "DrawRule",
    "PublishedContent",
    "PublishedQuestion",
    "PublishedSection",
    "PublishedSlot",
    "content_of",
    "digest_of",
]

_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class PublishedQuestion:
    """A question revision, as takers see it. `identity` is known for questions that were not drawn."""

    question_id: uuid.UUID
    revision_id: uuid.UUID
    view: View
    identity: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether its type is registered, and takes responses."""
        question_type = type_named(self.view.type)
        return question_type is not None and question_type.answerable

    @property
    def response_type(self) -> type[Response] | None:
        """The class of its responses; None if its type is not registered."""
        question_type = type_named(self.view.type)
        return None if question_type is None else question_type.response_type


@dataclass(frozen=True, slots=True)
class DrawRule:
    """The pool that a slot draws from."""

    bank_id: uuid.UUID
    category_id: uuid.UUID | None
    tags: tuple[str, ...]
    fresh: bool
    unseen_first: bool = False


@dataclass(frozen=True, slots=True)
class PublishedSlot:
    """A slot of a published revision: its section, its question or its draw, and how it counts."""

    plan: papers.SlotPlan
    section: int
    max_points: Decimal
    counting: Counting
    requires_previous: bool
    pass_share: Fraction | None
    question: PublishedQuestion | None
    draw: DrawRule | None
    time_limit_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class PublishedSection:
    """A section of a published revision."""

    plan: papers.SectionPlan
    title: str | None
    navigation: Navigation
    pass_share: Fraction | None
    show_tags: bool
    time_limit_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class PublishedContent:
    """A published revision: its slots by their place, from 1, and its sections by number, from 1.

    Only sections with slots have a number.
    """

    slots: dict[int, PublishedSlot]
    sections: dict[int, PublishedSection]
    sequential: frozenset[int]
    """The places of the slots in sequential sections, whose pages cannot be revisited."""

    @property
    def is_limited(self) -> bool:
        """Whether sections or questions have time limits of their own."""
        limits = {slot.time_limit_seconds for slot in self.slots.values()}
        return bool((limits | {section.time_limit_seconds for section in self.sections.values()}) - {None})

    @property
    def draws(self) -> list[PublishedSlot]:
        """The slots that draw questions."""
        return [slot for slot in self.slots.values() if slot.draw is not None]


def digest_of(question_id: uuid.UUID | str, content_hash: str) -> str:
    """Return a hash that tells a drawn question revision from any other content that may get the same ids."""
    return hashlib.sha256(f"{question_id} {content_hash}".encode()).hexdigest()[:_DIGITS]


def content_of(rows: Iterable[Any]) -> PublishedContent:
    """Return the content of a revision from the ordered rows of its slots."""
    slots: dict[int, PublishedSlot] = {}
    of_sections: dict[Any, list[Any]] = {}
    for place, row in enumerate(rows, 1):
        found = of_sections.setdefault(row.section_position, [])
        slots[place] = _slot_of(place, len(of_sections), row)
        found.append((row, slots[place].plan))
    sections = {number: _section_of(found) for number, found in enumerate(of_sections.values(), 1)}
    sequential = frozenset(
        place for place, slot in slots.items() if sections[slot.section].navigation is Navigation.SEQUENTIAL
    )
    return PublishedContent(slots, sections, sequential)


def _section_of(found: list[Any]) -> PublishedSection:
    row = found[0][0]
    plan = papers.SectionPlan(tuple(plan for _, plan in found), bool(row.shuffle), row.per_page)
    return PublishedSection(
        plan=plan,
        title=row.section_title,
        navigation=Navigation(row.navigation),
        pass_share=row.section_pass_share,
        show_tags=bool(row.show_tags),
        time_limit_seconds=row.section_time_limit,
    )


def _slot_of(place: int, section: int, row: Any) -> PublishedSlot:
    question = draw = None
    if row.question_id is None:
        draw = DrawRule(
            bank_id=row.draw_bank_id,
            category_id=row.draw_category_id,
            tags=tuple(row.draw_tags or ()),
            fresh=bool(row.draw_fresh),
            unseen_first=bool(row.draw_unseen_first),
        )
        plan = papers.SlotPlan(place, None, row.draw_count, row.draw_min)
    else:
        view = view_of(row.view, row.revision_id)
        question = PublishedQuestion(row.question_id, row.revision_id, view, row.identity, tuple(row.tags or ()))
        plan = papers.SlotPlan(place, str(row.question_id))
    return PublishedSlot(
        plan=plan,
        section=section,
        max_points=row.max_points,
        counting=Counting(row.counting),
        requires_previous=bool(row.requires_previous),
        pass_share=row.pass_share,
        question=question,
        draw=draw,
        time_limit_seconds=row.time_limit_seconds,
    )
