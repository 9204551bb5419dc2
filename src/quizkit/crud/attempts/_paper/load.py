"""Load what takers see of a quiz, and the keys. Neither ever changes, so each is read once and cached."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Row

from quizkit.crud._core.cache import MEGABYTE, Cache, CacheKind, weight_of
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts, PaperItem
from quizkit.crud.attempts._facts.load import stale_facts
from quizkit.crud.attempts._paper import statements
from quizkit.crud.attempts._paper.content import PublishedContent, PublishedQuestion, content_of, digest_of
from quizkit.questions import Question, registered
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.questions._guards.stored import question_of, view_of

__all__ = ["content_of_attempt", "drawn_keys", "pinned_keys", "published_content", "questions_of"]


# A cache key contains ids and a hash of the content (content hash, digest): if a transaction is rolled back and its id
# is used again for other content, that is another entry. The key also contains the registered types: registering a
# type invalidates what was parsed before.
_Types: TypeAlias = tuple[type[Question], ...]
_Revision: TypeAlias = tuple[Any, uuid.UUID, str, _Types]
_Drawn: TypeAlias = tuple[Any, str, str | None, _Types]

CONTENT: Final = CacheKind[_Revision, PublishedContent]("content", 64 * MEGABYTE)
# Separate from the content, because showing a paper never needs keys.
KEYS: Final = CacheKind[_Revision, dict[uuid.UUID, GuardedQuestion]]("keys", 64 * MEGABYTE)
DRAWN: Final = CacheKind[_Drawn, PublishedQuestion]("drawn", 32 * MEGABYTE)
DRAWN_KEYS: Final = CacheKind[_Drawn, GuardedQuestion]("drawn keys", 32 * MEGABYTE)


def content_of_attempt(work: Work[S], facts: AttemptFacts) -> PublishedContent:
    """Return the published content of an attempt's quiz revision."""
    return published_content(work, facts.quiz_revision_id, facts.content_hash)


def published_content(work: Work[S], revision_id: uuid.UUID, content_hash: str) -> PublishedContent:
    """Return the content of a published revision."""
    cache = work.context.caches.of(CONTENT)
    key = (work.tenant, revision_id, content_hash, _known_types())
    found = cache.get(key)
    if found is not None:
        return found
    params = {"revision_id": revision_id, "content_hash": content_hash}
    rows = _unchanging(work, (statements.slots, statements.slots_now), params)
    return cache.put(key, content_of(rows), sum(weight_of(row.view) for row in rows))


def questions_of(
    work: Work[S], content: PublishedContent, items: Iterable[PaperItem]
) -> dict[PaperItem, PublishedQuestion]:
    """Return what takers see of some paper items; drawn questions that are not cached are read in one query."""
    every = list(items)
    pinned = ((item, content.slots[item.place].question) for item in every if item.digest is None)
    known = {item: question for item, question in pinned if question is not None}
    cache = work.context.caches.of(DRAWN)
    drawn = [item for item in every if item.digest is not None]
    known.update(_cached(work, cache, drawn))
    missing = {uuid.UUID(item.revision): item for item in drawn if item not in known}
    for row in _drawn_rows(work, (statements.drawn_views, statements.drawn_views_now), missing):
        item = missing[row.id]
        question = PublishedQuestion(row.question_id, row.id, view_of(row.view, row.id), tags=tuple(row.tags or ()))
        known[item] = cache.put(_drawn_key(work, item, _known_types()), question, weight_of(row.view))
    return known


def pinned_keys(work: Work[S], facts: AttemptFacts) -> dict[uuid.UUID, GuardedQuestion]:
    """Return the questions of a quiz revision that are not drawn, with their keys, by revision id."""
    cache = work.context.caches.of(KEYS)
    key = (work.tenant, facts.quiz_revision_id, facts.content_hash, _known_types())
    found = cache.get(key)
    if found is not None:
        return found
    params = {"revision_id": facts.quiz_revision_id, "content_hash": facts.content_hash}
    rows = _unchanging(work, (statements.keys, statements.keys_now), params)
    weight = sum(weight_of(row.body) for row in rows)
    return cache.put(key, {row.id: _guarded(row) for row in rows}, weight)


def drawn_keys(work: Work[S], drawn: Mapping[PaperItem, uuid.UUID]) -> dict[uuid.UUID, GuardedQuestion]:
    """Return drawn questions with their keys, by revision id; `drawn` has the revision id of each."""
    cache = work.context.caches.of(DRAWN_KEYS)
    known = {drawn[item]: question for item, question in _cached(work, cache, drawn).items()}
    missing = {revision_id: item for item, revision_id in drawn.items() if revision_id not in known}
    for row in _drawn_rows(work, (statements.drawn_keys, statements.drawn_keys_now), missing):
        key = _drawn_key(work, missing[row.id], _known_types())
        known[row.id] = cache.put(key, _guarded(row), weight_of(row.body))
    return known


def _guarded(row: Any) -> GuardedQuestion:
    return GuardedQuestion(question_of(row.body, row.id), row.id)


def _drawn_rows(
    work: Work[S], builds: tuple[Build, Build], missing: Mapping[uuid.UUID, PaperItem]
) -> Sequence[Row[Any]]:
    """Return the rows of drawn questions, if they match the paper."""
    if not missing:
        return ()
    rows = _unchanging(work, builds, {"__revisions": list(missing)}, len(missing))
    if any(digest_of(row.question_id, row.content_hash) != missing[row.id].digest for row in rows):
        raise stale_facts()  # the ids on the paper belong to other questions now
    return rows


def _unchanging(
    work: Work[S], builds: tuple[Build, Build], params: dict[str, Any], least: int = 1
) -> Sequence[Row[Any]]:
    """Return at least `least` rows that never change once they exist, so that they can be cached for everybody.

    The transaction's snapshot may be older than the rows. On MariaDB the second query then finds them. On other
    databases such a snapshot does not show the attempt that they belong to either.
    """
    for build in builds:
        found = work.run(build, params).all()
        if len(found) >= least:
            return found
    raise stale_facts()


def _cached(work: Work[S], cache: Cache[_Drawn, Any], items: Iterable[PaperItem]) -> dict[PaperItem, Any]:
    types = _known_types()
    found = ((item, cache.get(_drawn_key(work, item, types))) for item in items)
    return {item: value for item, value in found if value is not None}


def _drawn_key(work: Work[S], item: PaperItem, types: _Types) -> _Drawn:
    return work.tenant, item.revision, item.digest, types


def _known_types() -> _Types:
    return tuple(registered().values())
