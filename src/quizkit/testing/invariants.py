"""What must hold in the tables at every moment that a transaction ends, as one function."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizkit.crud import Noun, verb
from quizkit.crud._grades import computed
from quizkit.crud._policy import Kept
from quizkit.crud._sheets import Entry
from quizkit.models import Models, models
from quizkit.rules import behaviours
from quizkit.vocabulary import Counting

__all__ = ["Invariants", "broken_invariants"]

_CERTAIN = 3
"""How often the points certainty-based marking can give."""


class Invariants(Noun[Any]):
    """The invariants of one set of mounted classes."""

    @verb
    def broken(self, session: Session, *, quiz_id: uuid.UUID | None = None) -> list[str]:
        """Return a sentence for everything that does not hold, of one quiz or of all; none where all is well."""
        m: Models[Any] = self._models
        attempt, grade = m.table(m.attempt), m.table(m.quiz_grade)
        some, graded = select(attempt).order_by(attempt.c.number), select(grade)
        if quiz_id is not None:
            some, graded = some.where(attempt.c.quiz_id == quiz_id), graded.where(grade.c.quiz_id == quiz_id)
        attempts = list(session.execute(some))
        return [
            *(found for row in attempts for found in self._attempt(session, row)),
            *_starts(attempts),
            *_grades(attempts, session.execute(graded)),
            *self._early(session),
        ]

    def _attempt(self, session: Session, row: Any) -> Iterator[str]:
        m: Models[Any] = self._models
        response, event = m.table(m.attempt_response), m.table(m.try_event)
        answers = session.execute(select(response).where(response.c.attempt_id == row.id)).all()
        finished = row.state != "open"
        if finished != (row.submitted_at is not None) or finished != (row.score is not None):
            yield f"attempt {row.id}: finished, but without a time or a score, or the other way round"
        if finished == (row.open_marker is not None):
            yield f"attempt {row.id}: finished and open at once"
        if row.submitted_at is not None and row.submitted_at < row.started_at:
            yield f"attempt {row.id}: finished before it was started"
        counted = [answer.effective_points for answer in answers if answer.counts]
        if finished and sum((points for points in counted if points is not None), Decimal(0)) != row.score:
            yield f"attempt {row.id}: the score is not the sum of its points"
        if finished and row.needs_grading != (None in counted):
            yield f"attempt {row.id}: what a person must grade is not what it says"
        paper = dict(enumerate((Entry.read(entry) for entry in row.paper), 1))
        if row.score is not None and row.score > self._most(session, row, paper.values()):
            yield f"attempt {row.id}: the score is above the maximum"
        if len({entry.revision for entry in paper.values()}) < len(paper):
            yield f"attempt {row.id}: a question stands twice in its paper"
        if any(answer.slot not in paper or paper[answer.slot].revision != str(answer.question_revision_id) for answer in answers):  # fmt: skip
            yield f"attempt {row.id}: an answer belongs to no slot of its paper"
        tries = session.execute(
            select(event.c.slot, event.c.number)
            .where(event.c.attempt_id == row.id)
            .order_by(event.c.slot, event.c.number)
        ).all()
        for slot, events in itertools.groupby(tries, lambda one: one.slot):
            if [one.number for one in events] != list(range(1, sum(one.slot == slot for one in tries) + 1)):
                yield f"attempt {row.id}: the tries of slot {slot} are not numbered from 1 on"

    def _most(self, session: Session, row: Any, paper: Iterable[Entry]) -> Decimal:
        """Return what an attempt can earn at most: with extra credit, and as sure as one can be."""
        m: Models[Any] = self._models
        slot, section, revision = m.table(m.slot), m.table(m.section), m.table(m.question_revision)
        worth = func.coalesce(slot.c.points, revision.c.points, type_=slot.c.points.type)
        slots = session.execute(
            select(slot.c.counting, worth.label("worth"))
            .join(section, section.c.id == slot.c.section_id)
            .outerjoin(revision, revision.c.id == slot.c.question_revision_id)
            .where(section.c.quiz_revision_id == row.quiz_revision_id)
            .order_by(section.c.position, slot.c.position)
        ).all()
        asked = [slots[entry.place - 1] for entry in paper]
        most = sum((one.worth for one in asked if one.counting != Counting.IGNORED), Decimal(0))
        certain = behaviours.asks_certainty(Kept.read(row.policy).behaviour)
        return most * (_CERTAIN if certain else 1)

    def _early(self, session: Session) -> list[str]:
        m: Models[Any] = self._models
        attempt = m.table(m.attempt)
        found = []
        for table, what in ((m.table(m.attempt_response), "answers"), (m.table(m.try_event), "tries")):
            early = (
                select(func.count())
                .select_from(table)
                .join(attempt, attempt.c.id == table.c.attempt_id)
                .where(table.c.received_at < attempt.c.started_at)
            )
            if count := session.scalar(early):
                found.append(f"{count} {what} came in before their attempt was started")
        return found


def _grades(attempts: Iterable[Any], grades: Iterable[Any]) -> Iterator[str]:
    """Yield the grades that are not what the attempts say."""
    made: dict[Any, list[Any]] = {}
    for row in attempts:
        if row.taker_id is not None and row.purpose == "real" and row.state != "open":
            made.setdefault((row.assignment_id, row.taker_id), []).append(row)
    stored = {(row.assignment_id, row.taker_id): row for row in grades if row.taker_id is not None}
    for whose in made.keys() | stored.keys():
        values = computed(made.get(whose, ()))
        grade = stored.get(whose)
        if grade is None or any(getattr(grade, name.removeprefix("_")) != value for name, value in values.items()):
            yield "a grade is not what the attempts say that it is made of"


def _starts(attempts: Iterable[Any]) -> Iterator[str]:
    """Yield what is wrong with how often takers have started."""
    made: dict[Any, list[Any]] = {}
    for row in attempts:
        if row.taker_id is not None:
            made.setdefault((row.assignment_id, row.taker_id, row.purpose), []).append(row)
    for rows in made.values():
        if sum(row.open_marker is not None for row in rows) > 1:
            yield "a taker has two open attempts at one assignment"
        if [row.number for row in rows] != list(range(1, len(rows) + 1)):
            yield "the attempts of a taker are not numbered from 1 on"
        for row in rows:
            allowed = Kept.read(row.policy).max_attempts
            if row.purpose == "real" and allowed is not None and row.number > allowed:
                yield "a taker has more attempts than are allowed"


broken_invariants = Invariants(models).broken
"""Return what does not hold in the ready-made tables; call it with a session, sync or async."""
