"""What every verb for takers needs: the attempt, its paper and its keys. What never changes is read once."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit.crud import _attempt_rows as rows
from quizkit.crud._marking import permuted
from quizkit.crud._sheets import OPENED, SHEETS, Cache, Opened, Sheet, SheetSlot, sheet_keys, sheet_slots
from quizkit.crud._verbs import Build, Noun, S
from quizkit.errors import Misuse, NotFound
from quizkit.models import Models
from quizkit.questions import Question, parse_stored, parse_view
from quizkit.schemas import Paper, PaperQuestion
from quizkit.vocabulary import AttemptState

__all__ = ["Sittings", "no_attempt"]


class Sittings(Noun[S]):
    """What the verbs for takers share."""

    def __init__(self, models: Models[S], *, tenant: Any = None) -> None:
        super().__init__(models, tenant=tenant)
        self._sheets: Cache[tuple[Any, uuid.UUID, str], Sheet] = Cache(SHEETS)
        # Apart from the sheets, because what shows a paper never needs them.
        self._keyed: Cache[tuple[Any, uuid.UUID, str], dict[uuid.UUID, Question]] = Cache(SHEETS)
        self._opened: Cache[tuple[Any, uuid.UUID], Opened] = Cache(OPENED)

    def _refuse_taker(self, taker: S) -> None:
        """Refuse what cannot be a taker's id, before a database says so and repeats it."""
        if taker is None:
            raise Misuse("taker_missing", "A taker's verb needs to know who is taking")
        self._refuse_subject(taker)

    def _mine(self, session: Session, attempt_id: uuid.UUID, taker: S, look: Build = rows.mine) -> Row[Any]:
        self._refuse_taker(taker)
        row = self._first(session, look, {"_attempt": attempt_id, "_taker": taker})
        if row is None:
            raise no_attempt()
        return row

    @staticmethod
    def _facts(row: Row[Any]) -> Opened:
        return Opened(
            row.id, row.taker_id, row.quiz_id, row.quiz_revision_id, row.content_hash, row.title, row.description,
            row.number, bytes.fromhex(row.seed), tuple(place for place, _ in row.paper),
            row.started_at, row.due_at, row.accepts_until, row.max_score,
        )  # fmt: skip

    def _sheet(self, session: Session, opened: Opened) -> Sheet:
        return self._sheet_of(session, opened.quiz_revision_id, opened.content_hash)

    def _sheet_of(self, session: Session, revision_id: uuid.UUID, content_hash: str) -> Sheet:
        key = (self._tenant, revision_id, content_hash)
        found = self._sheets.get(key)
        if found is not None:
            return found
        slots = {
            place: SheetSlot(place, row.revision_id, row.worth, parse_view(row.view))
            for place, row in enumerate(self._run(session, sheet_slots, {"revision_id": revision_id}), 1)
        }
        return self._sheets.put(key, Sheet(slots))

    def _keys(self, session: Session, opened: Opened) -> dict[uuid.UUID, Question]:
        revision = (self._tenant, opened.quiz_revision_id, opened.content_hash)
        known = self._keyed.get(revision)
        if known is not None:
            return known
        found = self._run(session, sheet_keys, {"revision_id": opened.quiz_revision_id})
        return self._keyed.put(revision, {row.id: parse_stored(row.body) for row in found})

    def _paper(self, session: Session, opened: Opened, state: AttemptState) -> Paper:
        stored = {r.slot: r for r in self._run(session, rows.responses, {"_attempt": opened.attempt_id})}
        return self._shown(self._sheet(session, opened), opened, state, stored)

    @staticmethod
    def _shown(sheet: Sheet, opened: Opened, state: AttemptState, stored: dict[int, Any]) -> Paper:
        questions = []
        for number, place in enumerate(opened.paper, 1):
            slot, answer = sheet.slots[place], stored.get(number)
            questions.append(
                PaperQuestion(
                    slot=number,
                    points=slot.worth,
                    view=permuted(slot, opened.seed),
                    sequence=answer.sequence if answer is not None else 0,
                    response=answer.response if answer is not None else None,
                )
            )
        return Paper(
            attempt_id=opened.attempt_id,
            quiz_id=opened.quiz_id,
            title=opened.title,
            description=opened.description,
            number=opened.number,
            state=state,
            started_at=opened.started_at,
            due_at=opened.due_at,
            max_score=opened.max_score,
            questions=tuple(questions),
        )


def no_attempt() -> NotFound:
    """Return the error for an attempt that is not there, or somebody else's."""
    return NotFound("attempt_not_found", "There is no such attempt")
