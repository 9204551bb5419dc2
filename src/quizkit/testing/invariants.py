"""A check of the invariants that must hold in the tables after every transaction."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Table, and_, func, or_, select
from sqlalchemy.orm import Session

from quizkit.crud import VerbGroup, reading
from quizkit.crud._core.context import Work
from quizkit.models import Models, models
from quizkit.testing.arithmetic import counted_answer, highest_score, stored_grade, taker_grade

__all__ = ["Invariants", "broken_invariants"]


class Invariants(VerbGroup[Any]):
    """The invariants of one set of mounted classes."""

    @reading
    def broken(self, session: Session, *, quiz_id: uuid.UUID | None = None) -> list[str]:
        """Return a sentence for each violated invariant, for one quiz or for all; empty if there are none."""
        m: Models[Any] = self.models
        attempt, grade = m.table(m.attempt), m.table(m.quiz_grade)
        # The database compares the ids of takers: two spellings may be one id for it.
        key, takers = m.config.key("assignment_id"), ("taker_id", "token_hash")
        whose = func.dense_rank().over(order_by=[attempt.c[name] for name in (*key, *takers)]).label("whose")
        same_taker = or_(*(grade.c[name] == attempt.c[name] for name in takers))
        of_attempt = and_(*(grade.c[name] == attempt.c[name] for name in key), same_taker)
        some = (
            select(attempt, whose, grade.c.id.label("grade_id")).outerjoin(grade, of_attempt).order_by(attempt.c.number)
        )
        graded = select(grade)
        if quiz_id is not None:
            some, graded = some.where(attempt.c.quiz_id == quiz_id), graded.where(grade.c.quiz_id == quiz_id)
        work = self._work(session)
        attempts = list(work.execute(some, {}))
        answers = _by_attempt(work, m.table(m.attempt_response), quiz_id)
        tries = _by_attempt(work, m.table(m.try_event), quiz_id)
        slots = _slots(work, quiz_id)
        return [
            *(
                found
                for row in attempts
                for found in _attempt(row, answers.get(row.id, ()), tries.get(row.id, ()), slots[row.quiz_revision_id])
            ),
            *_starts(attempts),
            *_grades(attempts, work.execute(graded, {}), answers),
            *_early(work, quiz_id),
        ]


def _by_attempt(work: Work[Any], table: Table, quiz_id: uuid.UUID | None) -> dict[Any, list[Any]]:
    """Return the rows of a table by their attempt, in the order of their keys."""
    attempt = work.models.table(work.models.attempt)
    rows = select(table).order_by(*table.primary_key.columns)
    if quiz_id is not None:
        rows = rows.where(table.c.attempt_id.in_(select(attempt.c.id).where(attempt.c.quiz_id == quiz_id)))
    found: dict[Any, list[Any]] = {}
    for row in work.execute(rows, {}):
        found.setdefault(row.attempt_id, []).append(row)
    return found


def _slots(work: Work[Any], quiz_id: uuid.UUID | None) -> dict[Any, list[Any]]:
    """Return the slots of each quiz revision that has attempts, in order, with their points and how they count."""
    m: Models[Any] = work.models
    attempt = m.table(m.attempt)
    taken = select(attempt.c.quiz_revision_id)
    if quiz_id is not None:
        taken = taken.where(attempt.c.quiz_id == quiz_id)
    slot, section, revision = m.table(m.slot), m.table(m.section), m.table(m.question_revision)
    points = func.coalesce(slot.c.points, revision.c.points, type_=slot.c.points.type)
    taken_slots = (
        select(section.c.quiz_revision_id, slot.c.counting, points.label("max_points"))
        .join(section, section.c.id == slot.c.section_id)
        .outerjoin(revision, revision.c.id == slot.c.question_revision_id)
        .where(section.c.quiz_revision_id.in_(taken))
        .order_by(section.c.quiz_revision_id, section.c.position, slot.c.position)
    )
    rows = work.execute(taken_slots, {})
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(row.quiz_revision_id, []).append(row)
    return found


def _early(work: Work[Any], quiz_id: uuid.UUID | None) -> list[str]:
    m: Models[Any] = work.models
    attempt = m.table(m.attempt)
    found = []
    for table, what in ((m.table(m.attempt_response), "answers"), (m.table(m.try_event), "tries")):
        early = (
            select(func.count())
            .select_from(table)
            .join(attempt, attempt.c.id == table.c.attempt_id)
            .where(table.c.received_at < attempt.c.started_at)
        )
        if quiz_id is not None:
            early = early.where(attempt.c.quiz_id == quiz_id)
        if count := work.execute(early, {}).scalar():
            found.append(f"{count} {what} were received before their attempt was started")
    return found


def _attempt(row: Any, answers: Sequence[Any], tries: Sequence[Any], slots: Sequence[Any]) -> Iterator[str]:
    """Yield the violated invariants of one attempt."""
    finished = row.state != "open"
    if finished != (row.submitted_at is not None) or finished != (row.score is not None):
        yield f"attempt {row.id}: only a finished attempt has a finishing time and a score, and it must have both"
    if finished == (row.open_marker is not None):
        yield f"attempt {row.id}: finished and open at once"
    if not finished and (row.voided_at is not None or row.late_seconds is not None):
        yield f"attempt {row.id}: only a finished attempt can be voided or have a lateness"
    if row.submitted_at is not None and row.submitted_at < row.started_at:
        yield f"attempt {row.id}: finished before it was started"
    counted = [counted_answer(answer, row) for answer in answers if answer.counts]
    score = None if row.score is None else Fraction(row.score)
    if finished and sum(slot.known for slot in counted) != score:
        yield f"attempt {row.id}: the score is not the sum of its points"
    if finished and row.needs_grading != any(not slot.final for slot in counted):
        yield f"attempt {row.id}: needs_grading does not match its responses"
    if finished and row.late != any(slot.late for slot in counted):
        yield f"attempt {row.id}: late does not match its responses"
    on_paper = [slots[position - 1] for position, *_ in row.paper]
    if score is not None and score > highest_score(row.policy, on_paper):
        yield f"attempt {row.id}: the score is above the maximum"
    revisions = {number: revision for number, (_, revision, *_) in enumerate(row.paper, 1)}
    if len(set(revisions.values())) < len(revisions):
        yield f"attempt {row.id}: a question occurs twice on its paper"
    if any(revisions.get(answer.slot) != str(answer.question_revision_id) for answer in answers):
        yield f"attempt {row.id}: a response belongs to no slot of its paper"
    yield from _tries(row, tries)


def _tries(row: Any, tries: Sequence[Any]) -> Iterator[str]:
    """Yield the violated invariants of the tries of one attempt."""
    for slot, events in itertools.groupby(tries, lambda event: event.slot):
        if [event.number for event in events] != list(range(1, sum(event.slot == slot for event in tries) + 1)):
            yield f"attempt {row.id}: the tries of slot {slot} are not numbered from 1 on"
    noted = {slot: note["tries"] for slot, note in row.notes.items() if "tries" in note}
    if noted != Counter(str(event.slot) for event in tries):
        yield f"attempt {row.id}: its notes have a wrong number of tries"


def _grades(attempts: Iterable[Any], grades: Iterable[Any], answers: Mapping[Any, Sequence[Any]]) -> Iterator[str]:
    """Yield the grades that do not match the attempts."""

    def points_of(row: Any) -> dict[int, Fraction]:
        counted = (answer for answer in answers.get(row.id, ()) if answer.counts)
        return {answer.slot: counted_answer(answer, row).known for answer in counted}

    made: dict[Any, list[Any]] = {}
    for row in attempts:
        if _is_owned(row) and row.purpose == "real" and row.state != "open":
            made.setdefault(row.grade_id or row.whose, []).append(row)
    stored = {row.id: row for row in grades if _is_owned(row)}
    for whose in made.keys() | stored.keys():
        grade = stored.get(whose)
        if grade is None or stored_grade(grade) != taker_grade(made.get(whose, ()), points_of):
            yield "a grade does not match the attempts of its taker"


def _is_owned(row: Any) -> bool:
    """Return whether a row belongs to a user or an anonymous taker, and not to a user who was deleted."""
    return row.taker_id is not None or row.token_hash is not None


def _starts(attempts: Iterable[Any]) -> Iterator[str]:
    """Yield the violated invariants of the numbers of attempts."""
    made: dict[Any, list[Any]] = {}
    for row in attempts:
        if _is_owned(row):
            made.setdefault((row.whose, row.purpose), []).append(row)
    for rows in made.values():
        if sum(row.open_marker is not None for row in rows) > 1:
            yield "a taker has two open attempts in one assignment"
        if [row.number for row in rows] != list(range(1, len(rows) + 1)):
            yield "the attempts of a taker are not numbered from 1 on"
        for row in rows:
            allowed = row.policy["max_attempts"]
            if row.purpose == "real" and allowed is not None and row.number > int(allowed):
                yield "a taker has more attempts than are allowed"


broken_invariants = Invariants(models).broken
"""Return the violated invariants of the ready-made tables; call it with a session, sync or async."""
