"""Which questions are on the paper of a new attempt: those of the quiz, and draws from the banks as they are now."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit.crud._core.context import S
from quizkit.crud._core.tables import in_steps
from quizkit.crud.attempts import statements as rows
from quizkit.crud.attempts.loading import Sittings
from quizkit.crud.attempts.published import Drawing, Entry, Sheet, digest_of
from quizkit.crud.questions.pools import POOLS, pool_values, unanswerable
from quizkit.rules import papers, scoring
from quizkit.vocabulary import Counting

__all__ = ["Composing", "NewPaper"]


class NewPaper(NamedTuple):
    """The paper that an attempt would have, and what its questions that count are worth together."""

    entries: tuple[Entry, ...]
    max_score: Decimal


class _Drawable(NamedTuple):
    """A question that can be drawn, in its latest revision."""

    revision_id: uuid.UUID
    content_hash: str
    identity: str


class Composing(Sittings[S]):
    """Making papers."""

    def _composed(self, session: Session, offer: Row[Any], seed: bytes, taker: S, *, again: bool) -> NewPaper:
        """Return the paper that a seed makes of a quiz, its draws taken from the banks as they are now.

        Where it is made `again`, somebody has started for the same taker meanwhile, which a snapshot may not know.

        Raises:
            Refused: `draw_too_small`.
        """
        sheet = self._sheet_of(session, offer.revision_id, offer.content_hash)
        entries = self._entries(session, sheet, seed, taker, shuffle=offer.shuffle_questions, again=again)
        return NewPaper(entries, _max_score(sheet, entries))

    def _entries(
        self, session: Session, sheet: Sheet, seed: bytes, taker: S, *, shuffle: bool, again: bool
    ) -> tuple[Entry, ...]:
        drawn: dict[str, _Drawable] = {}
        pools: dict[int, list[str]] = {}
        fresh = any(slot.drawing and slot.drawing.fresh for slot in sheet.draws)
        had = self._had(session, taker, again=again) if fresh else set()
        for slot in sheet.draws:
            if slot.drawing is not None:
                found = self._pool(session, slot.drawing)
                drawn |= found
                pools[slot.plan.place] = [
                    one for one, row in found.items() if not (slot.drawing.fresh and {one, row.identity} & had)
                ]
        sections = sheet.sections
        if shuffle:
            sections = tuple(papers.SectionPlan(one.slots, shuffle=True, per_page=one.per_page) for one in sections)
        alike = {one: row.identity for one, row in drawn.items()}
        if drawn:
            fixed = (slot.asked for slot in sheet.slots.values() if slot.asked is not None)
            alike |= {str(asked.question_id): asked.identity for asked in fixed if asked.identity is not None}
        return tuple(
            self._entry(sheet, place, question, page, drawn)
            for place, question, page in papers.compose(seed, sections, pools, alike)
        )

    @staticmethod
    def _entry(sheet: Sheet, place: int, question: str, page: int, drawn: Mapping[str, _Drawable]) -> Entry:
        pinned = sheet.slots[place].asked
        if pinned is not None:
            return Entry(place, str(pinned.revision_id), page)
        found = drawn[question]
        return Entry(place, str(found.revision_id), page, digest_of(question, found.content_hash))

    def _pool(self, session: Session, where: Drawing) -> dict[str, _Drawable]:
        """Return the questions that a slot may draw now: their latest revisions, by the id of the question."""
        build = POOLS[where.category_id is not None, bool(where.tags)]
        values = pool_values(where.bank_id, where.category_id, list(where.tags), unanswerable())
        found = self._run(session, build, values)
        return {str(row.id): _Drawable(row.revision_id, row.content_hash, row.identity) for row in found}

    def _had(self, session: Session, taker: S, *, again: bool) -> set[str]:
        """Return the questions that a taker has had in an attempt before, and what they asked."""
        papers_of, questions_of = rows.HAD_BEFORE_NOW if again else rows.HAD_BEFORE
        of = {"_taker": taker}
        revisions = {
            uuid.UUID(Entry.read(one).revision) for row in self._run(session, papers_of, of) for one in row.paper
        }
        return {
            had
            for step in in_steps(revisions)
            for row in self._run(session, questions_of, {"_revisions": step})
            for had in (str(row.question_id), row.identity)
        }


def _max_score(sheet: Sheet, paper: Iterable[Entry]) -> Decimal:
    """Return what the questions of a paper are worth together that count."""
    slots = (sheet.slots[entry.place] for entry in paper)
    total, _ = scoring.total(slot.worth for slot in slots if slot.counting is Counting.COUNTS)
    return total
