"""The facts of an attempt, with its paper. They never change, except that the deadline may move."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Row

from quizkit.crud._core.cache import MEGABYTE, CacheKind
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud.attempts import statements
from quizkit.errors import NotFound, QuizkitError
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.vocabulary import AttemptPurpose

__all__ = ["FACTS", "AttemptFacts", "PaperItem", "attempt_row", "facts_of", "no_attempt", "with_known_facts"]

T = TypeVar("T")

_FIXED: Final = 2_000
_ITEM: Final = 220


class PaperItem(NamedTuple):
    """One question of an attempt's paper, as it is stored.

    `revision` is the id of its revision as text, because parsing fifty UUIDs takes longer than everything else on a
    paper. `digest` identifies a drawn question: see `published.digest_of`.
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
    max_score: Decimal

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


FACTS: Final = CacheKind[tuple[Any, uuid.UUID], AttemptFacts]("facts", 64 * MEGABYTE)


def attempt_row(work: Work[S], attempt_id: uuid.UUID, taker: S, build: Build = statements.mine) -> Row[Any]:
    """Return this taker's attempt.

    Raises:
        NotFound: `attempt_not_found`; also for another taker's attempt.
    """
    row = work.first(build, {"_attempt": attempt_id, "_taker": taker})
    if row is None:
        raise no_attempt()
    return row


def no_attempt() -> NotFound:
    """Return the error for an attempt that does not exist or belongs to another taker."""
    return NotFound("attempt_not_found", "There is no such attempt")


def facts_of(row: Row[Any]) -> AttemptFacts:
    """Return the facts of an attempt from its row."""
    return AttemptFacts(
        attempt_id=row.id,
        taker=row.taker_id,
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
        paper=tuple(PaperItem.read(one) for one in row.paper),
        policy=AttemptPolicy.read(row.policy),
        started_at=row.started_at,
        due_at=row.due_at,
        accepts_until=row.accepts_until,
        on_time_until=row.on_time_until,
        max_score=row.max_score,
    )


def with_known_facts(work: Work[S], attempt_id: uuid.UUID, taker: S, use: Callable[[AttemptFacts], T]) -> T:
    """Call `use` with the cached facts of an attempt; if it fails, read the facts again and retry if they differ."""
    cache, key = work.context.caches.of(FACTS), (work.tenant, attempt_id)
    known = cache.get(key)
    if known is not None and known.taker == taker:
        try:
            return use(known)
        except QuizkitError:
            # The error may come from outdated facts: the transaction that they were read in may have been rolled back.
            cache.drop(key)
            current = facts_of(attempt_row(work, attempt_id, taker))
            if current == known:
                raise
    else:
        current = facts_of(attempt_row(work, attempt_id, taker))
    return use(cache.put(key, current, current.weight))
