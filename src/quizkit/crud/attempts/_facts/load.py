"""Read an attempt, or what is known of it without reading."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Row

from quizkit.crud._core.cache import MEGABYTE, CacheKind
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud.attempts._facts import statements
from quizkit.crud.attempts._facts.facts import AttemptFacts, facts_of
from quizkit.errors import NotFound, QuizkitError

__all__ = ["FACTS", "attempt_row", "no_attempt", "stale_facts", "with_known_facts"]


T = TypeVar("T")


FACTS: Final = CacheKind[tuple[Any, uuid.UUID], AttemptFacts]("facts", 64 * MEGABYTE)


def attempt_row(
    work: Work[S],
    attempt_id: uuid.UUID,
    taker: S,
    build: Build = statements.mine,
    columns: Sequence[ColumnElement[Any]] = (),
) -> Row[Any]:
    """Return this taker's attempt.

    Raises:
        NotFound: `attempt_not_found`; also for another taker's attempt.
    """
    row = work.first(build, {"__attempt": attempt_id, "__taker": taker}, columns)
    if row is None:
        raise no_attempt()
    return row


def no_attempt() -> NotFound:
    """Return the error for an attempt that does not exist or belongs to another taker."""
    return NotFound("attempt_not_found", "There is no such attempt")


def stale_facts() -> NotFound:
    """Return the error for facts that do not match what is stored: they were read in a transaction that was rolled back.

    `with_known_facts` reads facts from the cache again. Other callers have just read them, so the attempt is gone.
    """
    return no_attempt()


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
