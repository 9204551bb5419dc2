"""What every verb for takers needs: the attempt, its paper and its keys. What never changes is read once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit.crud._core.cache import Cache, weight_of
from quizkit.crud._core.context import Build, S
from quizkit.crud._core.legacy import Legacy
from quizkit.crud.attempts import cached
from quizkit.crud.attempts import published as sheets
from quizkit.crud.attempts import statements as rows
from quizkit.crud.attempts.published import Asked, Entry, Opened, Seat, Sheet
from quizkit.crud.questions.contained import Contained, question_of, view_of
from quizkit.errors import NotFound
from quizkit.rules import navigation
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.vocabulary import AttemptPurpose

__all__ = ["Sittings", "no_attempt"]


class Sittings(Legacy, Generic[S]):
    """What the verbs for takers share."""

    def _mine(self, session: Session, attempt_id: uuid.UUID, taker: S, look: Build = rows.mine) -> Row[Any]:
        row = self._first(session, look, {"_attempt": attempt_id, "_taker": taker})
        if row is None:
            raise no_attempt()
        return row

    @staticmethod
    def _facts(row: Row[Any]) -> Opened:
        return Opened(
            row.id, row.taker_id, row.quiz_id, row.assignment_id, row.quiz_revision_id, row.content_hash, row.title,
            row.description, row.number, AttemptPurpose(row.purpose), bytes.fromhex(row.seed), row.checksum,
            row.algorithm,
            tuple(Entry.read(one) for one in row.paper), AttemptPolicy.read(row.policy), row.started_at, row.due_at,
            row.accepts_until, row.on_time_until, row.max_score,
        )  # fmt: skip

    # ------------------------------------------------------------------ what never changes

    def _sheet(self, session: Session, opened: Opened) -> Sheet:
        return self._sheet_of(session, opened.quiz_revision_id, opened.content_hash)

    def _sheet_of(self, session: Session, revision_id: uuid.UUID, content_hash: str) -> Sheet:
        key = (self._tenant, revision_id, content_hash, cached.known_types())
        found = self._context.caches.of(cached.SHEETS).get(key)
        if found is not None:
            return found
        of = {"revision_id": revision_id, "content_hash": content_hash}
        read = self._unchanging(session, (sheets.sheet_slots, sheets.sheet_slots_now), of)
        return self._context.caches.of(cached.SHEETS).put(
            key, sheets.sheet_of(read), sum(weight_of(row.view) for row in read)
        )

    def _keys(self, session: Session, opened: Opened, seats: Iterable[Seat]) -> dict[uuid.UUID, Contained]:
        """Return the questions of some seats, with their keys."""
        asked = list(seats)
        known: dict[uuid.UUID, Contained] = {}
        types = cached.known_types()
        if any(seat.entry.digest is None for seat in asked):
            revision = (self._tenant, opened.quiz_revision_id, opened.content_hash, types)
            pinned = self._context.caches.of(cached.KEYS).get(revision)
            if pinned is None:
                of = {"revision_id": opened.quiz_revision_id, "content_hash": opened.content_hash}
                found = self._unchanging(session, (sheets.sheet_keys, sheets.sheet_keys_now), of)
                weight = sum(weight_of(row.body) for row in found)
                pinned = self._context.caches.of(cached.KEYS).put(
                    revision, {row.id: _contained(row) for row in found}, weight
                )
            known.update(pinned)
        drawn = {seat.entry: seat.asked.revision_id for seat in asked if seat.entry.digest is not None}
        for entry, question in self._remembered(self._context.caches.of(cached.DRAWN_KEYS), drawn, types).items():
            known[drawn[entry]] = question
        missing = {revision_id: entry for entry, revision_id in drawn.items() if revision_id not in known}
        if missing:
            looks = (sheets.drawn_keys, sheets.drawn_keys_now)
            for row in self._drawn_rows(session, looks, missing):
                entry = missing[row.id]
                key = (self._tenant, entry.revision, entry.digest, types)
                known[row.id] = self._context.caches.of(cached.DRAWN_KEYS).put(
                    key, _contained(row), weight_of(row.body)
                )
        return known

    def _asked(self, session: Session, sheet: Sheet, entries: Iterable[Entry]) -> dict[Entry, Asked]:
        """Return what takers see of some entries of a paper; what was drawn and is not known is read at once."""
        every = list(entries)
        drawn = [entry for entry in every if entry.digest is not None]
        known: dict[Entry, Asked] = {}
        types = cached.known_types()
        for entry in every:
            if entry.digest is None:
                pinned = sheet.slots[entry.place].asked
                if pinned is not None:
                    known[entry] = pinned
        known.update(self._remembered(self._context.caches.of(cached.DRAWN), drawn, types))
        missing = {uuid.UUID(entry.revision): entry for entry in drawn if entry not in known}
        if missing:
            looks = (sheets.drawn_views, sheets.drawn_views_now)
            for row in self._drawn_rows(session, looks, missing):
                entry = missing[row.id]
                made = Asked(row.question_id, row.id, view_of(row.view, row.id))
                key = (self._tenant, entry.revision, entry.digest, types)
                known[entry] = self._context.caches.of(cached.DRAWN).put(key, made, weight_of(row.view))
        return known

    def _drawn_rows(
        self, session: Session, looks: tuple[Build, Build], missing: Mapping[uuid.UUID, Entry]
    ) -> Sequence[Row[Any]]:
        """Return the rows of questions that were drawn, if they are those that a paper names."""
        found = self._unchanging(session, looks, {"_revisions": list(missing)}, len(missing))
        if any(sheets.digest_of(row.question_id, row.content_hash) != missing[row.id].digest for row in found):
            raise no_attempt()  # the paper was rolled back, and its ids are others'
        return found

    def _unchanging(
        self, session: Session, looks: tuple[Build, Build], of: dict[str, Any], least: int = 1
    ) -> Sequence[Row[Any]]:
        """Return rows that never change once they are there, `least` of them, which are then kept for everybody.

        A transaction may be older than they are. MariaDB finds them where it is asked for what is there now; elsewhere
        what they belong to is not there yet, either, for who looks from then.
        """
        for look in looks:
            found = self._run(session, look, of).all()
            if len(found) >= least:
                return found
        raise no_attempt()

    def _remembered(self, cache: Cache[Any, Any], entries: Iterable[Entry], types: cached.Types) -> dict[Entry, Any]:
        found = ((entry, cache.get((self._tenant, entry.revision, entry.digest, types))) for entry in entries)
        return {entry: value for entry, value in found if value is not None}

    def _seats(self, session: Session, opened: Opened, numbers: Iterable[int] | None = None) -> dict[int, Seat]:
        """Return the questions of a paper by their numbers; some of them, or all."""
        sheet = self._sheet(session, opened)
        wanted = range(1, len(opened.paper) + 1) if numbers is None else sorted(set(numbers))
        entries = {number: opened.paper[number - 1] for number in wanted}
        asked = self._asked(session, sheet, entries.values())
        if sheet.sequential:
            pages = sequential_pages(opened, sheet)
            reach = {entry.page: navigation.reach(pages, entry.page) for entry in entries.values()}
        else:
            reach = dict.fromkeys((entry.page for entry in entries.values()), ANYWHERE)
        return {
            number: Seat(number, entry, sheet.slots[entry.place], asked[entry], reach[entry.page])
            for number, entry in entries.items()
        }


def _contained(row: Any) -> Contained:
    return Contained(question_of(row.body, row.id), row.id)


ANYWHERE = (1, 2**15 - 1)
"""The pages of a paper without a sequential one: every question may be answered from each."""


def sequential_pages(opened: Opened, sheet: Sheet) -> list[bool]:
    """Return for each page of a paper, the first one first, whether it is left for good."""
    pages = [False] * max(entry.page for entry in opened.paper)
    for entry in opened.paper if sheet.sequential else ():
        pages[entry.page - 1] = pages[entry.page - 1] or entry.place in sheet.sequential
    return pages


def no_attempt() -> NotFound:
    """Return the error for an attempt that is not there, or somebody else's."""
    return NotFound("attempt_not_found", "There is no such attempt")
