"""The facts of an attempt, with its paper. They never change, except that the deadline may move."""

from __future__ import annotations

import sys
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Row

from quizkit.crud._core.anonymous import taker_of
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.vocabulary import AttemptPurpose

__all__ = ["AttemptFacts", "PaperItem", "facts_of"]


_FIXED: Final = 2_000
"""The approximate size of facts without their paper and texts, in bytes."""

_ITEM: Final = 220
"""The approximate size of one paper item, in bytes."""


class PaperItem(NamedTuple):
    """One question of an attempt's paper, as it is stored.

    `revision` is the id of its revision as text, because parsing fifty UUIDs takes longer than everything else on a
    paper. `digest` identifies a drawn question: see `_paper.content.digest_of`.
    """

    place: int
    revision: str
    page: int
    digest: str | None = None

    def as_json(self) -> list[Any]:
        """Return the stored form."""
        return [self.place, self.revision, self.page, *([self.digest] if self.digest else [])]

    @classmethod
    def read(cls, stored: list[Any]) -> PaperItem:
        """Return an item from its stored form."""
        return cls(*stored)


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """The facts of an attempt, with its paper. They never change, except that the deadline may move."""

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
    paper: tuple[PaperItem, ...]
    policy: AttemptPolicy
    started_at: datetime
    due_at: datetime | None
    accepts_until: datetime | None
    on_time_until: datetime | None
    submittable_at: datetime | None
    max_score: Decimal
    late_seconds: int | None = None
    """How late staff let it count as; None by the clock, and while it is open."""

    def is_of(self, row: Any) -> bool:
        """Return whether these facts match an attempt's row.

        They differ if they were read in a transaction that was rolled back: the start was repeated with the same id and
        perhaps the same seed, or an extension was undone.
        """
        same: bool = row.checksum == self.checksum
        if not same or row.on_time_until is None:
            return same
        return self.on_time_until is not None and self.on_time_until <= row.on_time_until

    @property
    def weight(self) -> int:
        """The approximate size in memory, in bytes."""
        return _FIXED + _ITEM * len(self.paper) + sys.getsizeof(self.title) + sys.getsizeof(self.description)


def facts_of(row: Row[Any]) -> AttemptFacts:
    """Return the facts of an attempt from its row."""
    return AttemptFacts(
        attempt_id=row.id,
        taker=taker_of(row),
        quiz_id=row.quiz_id,
        assignment_id=row.assignment_id,
        quiz_revision_id=row.quiz_revision_id,
        content_hash=row.content_hash,
        title=row.title,
        description=row.description,
        number=row.number,
        purpose=AttemptPurpose(row.purpose),
        seed=bytes.fromhex(row.seed),
        checksum=row.checksum,
        algorithm=row.algorithm,
        paper=tuple(PaperItem.read(item) for item in row.paper),
        policy=AttemptPolicy.read(row.policy),
        started_at=row.started_at,
        due_at=row.due_at,
        accepts_until=row.accepts_until,
        on_time_until=row.on_time_until,
        submittable_at=row.submittable_at,
        max_score=row.max_score,
        late_seconds=row.late_seconds,
    )
