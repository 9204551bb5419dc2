"""What is published, as takers see it, and the facts of an attempt."""

from __future__ import annotations

import hashlib
import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Executable, Select, and_, bindparam, func, select

from quizkit.crud._core.dialects import fresh
from quizkit.crud._core.tables import ID, owned
from quizkit.crud.questions.contained import view_of
from quizkit.models import ExactPoints, Models
from quizkit.questions import View
from quizkit.rules import papers
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.vocabulary import AttemptPurpose, Counting, Navigation

__all__ = ["Asked", "Drawing", "Entry", "Opened", "Seat", "Sheet", "SheetSlot", "digest_of", "sheet_of"]

DIGEST: Final = 16
"""How many digits tell one revision of a question from another."""

_FACTS: Final = 2_000
_ENTRY: Final = 220


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in one revision, as takers see it. `identity` is known of those that were not drawn."""

    question_id: uuid.UUID
    revision_id: uuid.UUID
    view: View
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where a slot draws from."""

    bank_id: uuid.UUID
    category_id: uuid.UUID | None
    tags: tuple[str, ...]
    fresh: bool


@dataclass(frozen=True, slots=True)
class SheetSlot:
    """A place in a published revision: for which question, or for how many that are drawn, and how it counts."""

    plan: papers.SlotPlan
    worth: Decimal
    counting: Counting
    requires_previous: bool
    asked: Asked | None
    drawing: Drawing | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A published revision, as takers see it: its places, from 1, and its sections."""

    slots: dict[int, SheetSlot]
    sections: tuple[papers.SectionPlan, ...]
    sequential: frozenset[int]
    """The places of the sections that are left for good, page by page."""

    @property
    def draws(self) -> list[SheetSlot]:
        """The places that draw."""
        return [slot for slot in self.slots.values() if slot.drawing is not None]


class Entry(NamedTuple):
    """One question of an attempt's paper.

    `revision` is the id of its revision as text, because reading fifty UUIDs takes longer than all else of a paper;
    `digest` is of one that was drawn: see `digest_of`.
    """

    place: int
    revision: str
    page: int
    digest: str | None = None

    def as_json(self) -> list[Any]:
        """Return it as it is stored."""
        return [self.place, self.revision, self.page, *([self.digest] if self.digest else [])]

    @classmethod
    def read(cls, stored: list[Any]) -> Entry:
        """Return it from what is stored."""
        return cls(*stored)


@dataclass(frozen=True, slots=True)
class Opened:
    """The facts of an attempt that change never, or only by an extension, and its paper."""

    attempt_id: uuid.UUID
    taker: Any
    quiz_id: uuid.UUID
    assignment_id: uuid.UUID
    quiz_revision_id: uuid.UUID
    content_hash: str
    title: str
    description: str | None
    number: int
    purpose: AttemptPurpose
    seed: bytes
    checksum: str
    algorithm: int
    paper: tuple[Entry, ...]
    policy: AttemptPolicy
    started_at: datetime
    due_at: datetime | None
    accepts_until: datetime | None
    on_time_until: datetime | None
    max_score: Decimal

    def is_of(self, row: Any) -> bool:
        """Return whether these are the facts of an attempt's row.

        They are not where they were read in a transaction that was rolled back: a start that was made again, with the
        same id and perhaps the same seed, or more time that was given.
        """
        same: bool = row.checksum == self.checksum
        if not same or row.on_time_until is None:
            return same
        return self.on_time_until is not None and self.on_time_until <= row.on_time_until

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        return _FACTS + _ENTRY * len(self.paper) + sys.getsizeof(self.title) + sys.getsizeof(self.description)


@dataclass(frozen=True, slots=True)
class Seat:
    """One question of a paper with all that its place says."""

    number: int
    entry: Entry
    slot: SheetSlot
    asked: Asked
    reach: tuple[int, int]
    """The pages from which it may be seen and answered, both included."""

    def within(self, page: int) -> bool:
        """Return whether it may be seen and answered from a page."""
        return self.reach[0] <= page <= self.reach[1]

    def reached(self, page: int) -> bool:
        """Return whether it could be seen from a page, or from one before it."""
        return self.reach[0] <= page


def digest_of(question_id: uuid.UUID | str, content_hash: str) -> str:
    """Return what tells a question that was drawn, in one revision, from whatever else may have its ids."""
    return hashlib.sha256(f"{question_id} {content_hash}".encode()).hexdigest()[:DIGEST]


def sheet_of(rows: Iterable[Any]) -> Sheet:
    """Return a sheet from the rows of `sheet_slots`."""
    slots: dict[int, SheetSlot] = {}
    sections: dict[Any, list[Any]] = {}
    for place, row in enumerate(rows, 1):
        slots[place] = _slot_of(place, row)
        sections.setdefault(row.section_position, []).append((row, slots[place].plan))
    plans = tuple(
        papers.SectionPlan(tuple(plan for _, plan in found), bool(found[0][0].shuffle), found[0][0].per_page)
        for found in sections.values()
    )
    sequential = frozenset(
        plan.place for found in sections.values() for row, plan in found if row.navigation == Navigation.SEQUENTIAL
    )
    return Sheet(slots, plans, sequential)


def _slot_of(place: int, row: Any) -> SheetSlot:
    asked = drawing = None
    if row.question_id is None:
        drawing = Drawing(row.draw_bank_id, row.draw_category_id, tuple(row.draw_tags or ()), bool(row.draw_fresh))
        plan = papers.SlotPlan(place, None, row.draw_count)
    else:
        asked = Asked(row.question_id, row.revision_id, view_of(row.view, row.revision_id), row.identity)
        plan = papers.SlotPlan(place, str(row.question_id))
    return SheetSlot(plan, row.worth, Counting(row.counting), bool(row.requires_previous), asked, drawing)


def sheet_slots(m: Models[Any], _dialect: str) -> Executable:
    """Select the slots of a published revision with what takers see of them; names no column with a key."""
    found: Executable = _sheet_slots(m)
    return found


def sheet_slots_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same where the transaction looked at the database before the revision was published."""
    return fresh(_sheet_slots(m), dialect)


def _sheet_slots(m: Models[Any]) -> Any:
    revision, slot, section = m.question_revision, m.slot, m.section
    return (
        select(
            section.position.label("section_position"),
            section.shuffle,
            section.navigation,
            section.per_page,
            slot.question_id,
            slot.counting,
            slot.requires_previous,
            slot.draw_count,
            slot.draw_bank_id,
            slot.draw_category_id,
            slot.draw_tags,
            slot.draw_fresh,
            revision.id.label("revision_id"),
            revision.identity,
            func.coalesce(slot.points, revision.points, type_=ExactPoints(12)).label("worth"),
            revision.view,
        )
        .select_from(section)
        .join(slot, slot.section_id == section.id)
        .join(m.quiz_revision, m.quiz_revision.id == section.quiz_revision_id)
        .outerjoin(revision, and_(revision.id == slot.question_revision_id, *owned(m, revision)))
        .where(*_as_published(m), *owned(m, section, slot))
        .order_by(section.position, slot.position)
    )


def _as_published(m: Models[Any]) -> tuple[Any, ...]:
    """Return the conditions that a revision is seen as it was published: an older snapshot has its draft, or nothing."""
    table = m.table(m.quiz_revision)
    same = table.c.content_hash == bindparam("content_hash", type_=table.c.content_hash.type)
    return table.c.id == bindparam("revision_id", type_=ID), same, *owned(m, m.quiz_revision)


def sheet_keys(m: Models[Any], _dialect: str) -> Executable:
    """Select the bodies of the questions of a published revision: the keys, for marking."""
    return _sheet_keys(m)


def sheet_keys_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same where the transaction looked at the database before the revision was published."""
    return fresh(_sheet_keys(m), dialect)


def _sheet_keys(m: Models[Any]) -> Select[Any]:
    revision = m.question_revision
    return (
        select(revision.id, m.table(revision).c.body)
        .select_from(m.section)
        .join(m.quiz_revision, m.quiz_revision.id == m.section.quiz_revision_id)
        .join(m.slot, m.slot.section_id == m.section.id)
        .join(revision, revision.id == m.slot.question_revision_id)
        .where(*_as_published(m), *owned(m, m.section, m.slot, revision))
    )


def _these(m: Models[Any]) -> tuple[Any, ...]:
    given = bindparam("_revisions", type_=ID, expanding=True)
    return m.question_revision.id.in_(given), *owned(m, m.question_revision)


def drawn_views(m: Models[Any], _dialect: str) -> Executable:
    """Select what takers see of questions that were drawn; names no column with a key."""
    return _drawn_views(m)


def drawn_views_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same where the transaction looked at the database before they were drawn."""
    return fresh(_drawn_views(m), dialect)


def _drawn_views(m: Models[Any]) -> Select[Any]:
    revision = m.question_revision
    return select(revision.id, revision.question_id, revision.content_hash, revision.view).where(*_these(m))


def drawn_keys(m: Models[Any], _dialect: str) -> Executable:
    """Select the bodies of questions that were drawn: the keys, for marking."""
    return _drawn_keys(m)


def drawn_keys_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same where the transaction looked at the database before they were drawn."""
    return fresh(_drawn_keys(m), dialect)


def _drawn_keys(m: Models[Any]) -> Select[Any]:
    revision = m.question_revision
    body = m.table(revision).c.body
    return select(revision.id, revision.question_id, revision.content_hash, body).where(*_these(m))
