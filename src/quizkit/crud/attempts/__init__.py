"""Verbs for takers: start, save, check, submit, result. Every one asks who is taking, and answers only for them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit.crud._core.clock import moment
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import Where
from quizkit.crud._core.verbs import lone_verb
from quizkit.crud.attempts import statements as rows
from quizkit.crud.attempts.results import Results
from quizkit.crud.attempts.start import Starting
from quizkit.rules import timing
from quizkit.schemas import AttemptReturn, Page, Paper
from quizkit.vocabulary import AttemptState, ReviewItem

__all__ = ["Attempts"]

_MARKS = frozenset({ReviewItem.MARKS})


class Attempts(Starting[S], Results[S]):
    """Attempts, for takers. Nothing that these verbs return holds a key before it may be shown."""

    @lone_verb
    def get(
        self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None
    ) -> AttemptReturn[S]:
        """Return an attempt of this taker's, with its state as of now.

        Raises:
            NotFound: `attempt_not_found`; also for an attempt of somebody else's.
        """
        at = moment(now)
        row = self._mine(session, attempt_id, taker)
        (shown,) = self._looks_at(session, [row], at, _MARKS)
        return _returned(row, at, marks=bool(shown))

    @lone_verb
    def page(
        self,
        session: Session,
        *,
        taker: S,
        quiz_id: uuid.UUID | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        now: datetime | None = None,
    ) -> Page[AttemptReturn[S]]:
        """Return this taker's attempts in the order of their ids, at one quiz or at all.

        `where` are further conditions, such as `[Attempt.room == "A"]`.
        """
        at = moment(now)
        build, of = (rows.page, {}) if quiz_id is None else (rows.page_of_quiz, {"quiz_id": quiz_id})
        found = self._page(session, build, _as_read, where=where, after=after, limit=limit, _taker=taker, **of)
        shown = self._looks_at(session, found.items, at, _MARKS)
        items = (_returned(row, at, marks=bool(one)) for row, one in zip(found.items, shown, strict=True))
        return Page(items=tuple(items), next_after=found.next_after)

    @lone_verb
    def paper(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> Paper:
        """Return what the taker has in front of them, with the responses that are stored.

        Raises:
            NotFound: `attempt_not_found`.
        """
        row = self._mine(session, attempt_id, taker)
        return self._paper(session, row, moment(now))

    @lone_verb
    def paper_json(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> bytes:
        """Return the paper as JSON in UTF-8, ready to send: what `paper` returns, and cheaper.

        Raises:
            NotFound: `attempt_not_found`.
        """
        row = self._mine(session, attempt_id, taker)
        return self._paper(session, row, moment(now)).model_dump_json().encode()


def _as_read(row: Row[Any]) -> Row[Any]:
    return row


def _returned(row: Row[Any], at: datetime, *, marks: bool) -> AttemptReturn[Any]:
    return AttemptReturn(
        id=row.id,
        quiz_id=row.quiz_id,
        taker_id=row.taker_id,
        number=row.number,
        purpose=row.purpose,
        state=timing.state_at(AttemptState(row.state), row.accepts_until, at),
        started_at=row.started_at,
        due_at=row.due_at,
        submitted_at=row.submitted_at,
        score=row.score if marks and row.submitted_at is not None else None,
        max_score=row.max_score,
        needs_grading=row.needs_grading,
    )
