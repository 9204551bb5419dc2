"""What must hold in the tables at every moment that a transaction ends, as one function."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizkit.crud import Noun, verb
from quizkit.models import Models, models

__all__ = ["Invariants", "broken_invariants"]


class Invariants(Noun[Any]):
    """The invariants of one set of mounted classes."""

    @verb
    def broken(self, session: Session) -> list[str]:
        """Return a sentence for everything that does not hold; none where all is well."""
        return [*self._attempts(session), *self._starts(session), *self._responses(session)]

    def _attempts(self, session: Session) -> list[str]:
        m: Models[Any] = self._models
        attempt, response = m.table(m.attempt), m.table(m.attempt_response)
        found = []
        for row in session.execute(select(attempt)):
            answers = session.execute(select(response).where(response.c.attempt_id == row.id)).all()
            finished = row.state == "submitted"
            if finished != (row.submitted_at is not None) or finished != (row.score is not None):
                found.append(f"attempt {row.id}: finished, but without a time or a score, or the other way round")
            if row.submitted_at is not None and row.submitted_at < row.started_at:
                found.append(f"attempt {row.id}: finished before it was started")
            if finished:
                known = sum((a.effective_points for a in answers if a.effective_points is not None), Decimal(0))
                if known != row.score:
                    found.append(f"attempt {row.id}: the score is not the sum of its points")
                if row.needs_grading != any(a.effective_points is None for a in answers):
                    found.append(f"attempt {row.id}: what a person must grade is not what it says")
            if row.score is not None and row.score > row.max_score:
                found.append(f"attempt {row.id}: the score is above the maximum")
            paper = {number: revision for number, (_, revision) in enumerate(row.paper, 1)}
            if any(paper.get(a.slot) != str(a.question_revision_id) for a in answers):
                found.append(f"attempt {row.id}: an answer belongs to no slot of its paper")
        return found

    def _starts(self, session: Session) -> list[str]:
        m: Models[Any] = self._models
        attempt, revision, given = m.table(m.attempt), m.table(m.quiz_revision), m.table(m.assignment)
        allowed = func.coalesce(func.max(given.c.max_attempts), func.max(revision.c.max_attempts)).label("allowed")
        each = (
            select(
                attempt.c.taker_id,
                func.count().label("used"),
                func.count(attempt.c.open_marker).label("open"),
                func.max(attempt.c.number).label("last"),
                allowed,
            )
            .join(revision, revision.c.id == attempt.c.quiz_revision_id)
            .join(given, given.c.id == attempt.c.assignment_id)
            .where(attempt.c.taker_id.is_not(None), attempt.c.purpose == "real")
            .group_by(attempt.c.assignment_id, attempt.c.taker_id)
        )
        found = []
        for row in session.execute(each):
            if row.open > 1:
                found.append("a taker has two open attempts at one assignment")
            if row.allowed is not None and row.used > row.allowed:
                found.append("a taker has more attempts than are allowed")
            if row.last != row.used:
                found.append("the attempts of a taker are not numbered from 1 on")
        return found

    def _responses(self, session: Session) -> list[str]:
        m: Models[Any] = self._models
        attempt, response = m.table(m.attempt), m.table(m.attempt_response)
        early = (
            select(func.count())
            .select_from(response)
            .join(attempt, attempt.c.id == response.c.attempt_id)
            .where(response.c.received_at < attempt.c.started_at)
        )
        count = session.scalar(early)
        return [f"{count} answers came in before their attempt was started"] if count else []


broken_invariants = Invariants(models).broken
"""Return what does not hold in the ready-made tables; call it with a session, sync or async."""
