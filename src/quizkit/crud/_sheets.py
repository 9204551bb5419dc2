"""What never changes, read once: published revisions, their views, their keys, and the facts of an attempt.

An entry is found by ids *and* by what the row in the database says of itself (content hash, seed). A row that
was made in a transaction which was rolled back, and made again otherwise under the same id, is another entry.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Executable, bindparam, func, select

from quizkit.crud._tables import ID, owned
from quizkit.models import ExactPoints, Models
from quizkit.questions import View

__all__ = ["Cache", "Opened", "Sheet", "SheetSlot"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SHEETS: Final = 512
OPENED: Final = 8192


class Cache(Generic[K, V]):
    """The entries that were used last; safe between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return an entry, None where there is none."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def put(self, key: K, value: V) -> V:
        """Keep an entry, and forget the one that was not used for longest."""
        with self._lock:
            self._entries[key] = value
            self._entries.move_to_end(key)
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return value

    def drop(self, key: K) -> None:
        """Forget an entry."""
        with self._lock:
            self._entries.pop(key, None)


@dataclass(frozen=True, slots=True)
class SheetSlot:
    """A place in a published revision: which question, what it is worth, what takers see."""

    position: int
    revision_id: uuid.UUID
    worth: Decimal
    view: View


@dataclass(frozen=True, slots=True)
class Sheet:
    """A published revision, as takers see it."""

    slots: dict[int, SheetSlot]


@dataclass(frozen=True, slots=True)
class Opened:
    """The facts of an attempt that never change, and its paper: slot number to place in the revision."""

    attempt_id: uuid.UUID
    taker: Any
    quiz_id: uuid.UUID
    quiz_revision_id: uuid.UUID
    content_hash: str
    title: str
    description: str | None
    number: int
    seed: bytes
    paper: tuple[int, ...]
    started_at: datetime
    due_at: datetime | None
    accepts_until: datetime | None
    max_score: Decimal


def sheet_slots(m: Models[Any], _dialect: str) -> Executable:
    """Select the slots of a published revision with what takers see of them; names no column with a key."""
    revision = m.question_revision
    return (
        select(
            revision.id.label("revision_id"),
            func.coalesce(m.slot.points, revision.points, type_=ExactPoints(12)).label("worth"),
            revision.view,
        )
        .select_from(m.section)
        .join(m.slot, m.slot.section_id == m.section.id)
        .join(revision, revision.id == m.slot.question_revision_id)
        .where(m.section.quiz_revision_id == bindparam("revision_id", type_=ID), *owned(m, m.section, m.slot, revision))
        .order_by(m.section.position, m.slot.position)
    )


def sheet_keys(m: Models[Any], _dialect: str) -> Executable:
    """Select the bodies of the questions of a published revision: the keys, for marking."""
    revision = m.question_revision
    return (
        select(revision.id, m.table(revision).c.body)
        .select_from(m.section)
        .join(m.slot, m.slot.section_id == m.section.id)
        .join(revision, revision.id == m.slot.question_revision_id)
        .where(m.section.quiz_revision_id == bindparam("revision_id", type_=ID), *owned(m, m.section, m.slot, revision))
    )
