"""Publish a quiz: its draft becomes the revision that takers get."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.changing import change, differing, refuse_other_version
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.tables import in_batches
from quizkit.crud._drafts import drafting
from quizkit.crud._terms.rows import new_assignment
from quizkit.crud.quizzes import checks, rows, statements
from quizkit.rules import lifecycle
from quizkit.schemas import QuizReturn
from quizkit.schemas.quizzes import MAX_QUESTIONS
from quizkit.vocabulary import QuizState

__all__ = ["publish"]


def publish(work: Work[S], quiz_id: uuid.UUID, version: int | None) -> QuizReturn[S]:
    """Publish the current draft of a quiz, and return the quiz.

    Raises:
        NotFound: `quiz_not_found`.
        Refused: `quiz_archived`, `quiz_empty`, `quiz_too_long`.
        Invalid: `quiz_invalid`: the quiz has errors.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    quiz = drafting.lock_quiz_for_change(work, quiz_id)
    newest = drafting.newest_revision(work, quiz_id)
    _lock_questions(work, newest.id)
    slots = checks.drafted_slots(work, newest.id)
    lifecycle.refuse_publish(QuizState(quiz.state), len(slots))
    checks.refuse_incomplete(slots)
    frozen = rows.frozen(quiz, slots)
    if _is_unchanged(work, quiz, frozen):
        return rows.returned(quiz._asdict())
    refuse_other_version(version, quiz.version, lambda: rows.returned(quiz._asdict()))
    lifecycle.refuse_too_long(sum(slot.draw_count or 1 for slot in slots), MAX_QUESTIONS)
    checks.refuse_errors(checks.problems(work, quiz, slots))
    number = _freeze(work, quiz, newest, slots, frozen)
    assignment_id = quiz.assignment_id
    if assignment_id is None:  # the first publishing; the quiz is locked, so no other call creates this assignment
        assignment_id = work.new_id()
        row = new_assignment(quiz_id, assignment_id=assignment_id, at=work.now, is_default=True)
        work.run(statements.insert_assignment, row)
    new = {
        "state": QuizState.PUBLISHED.value,
        "revision": number,
        "max_score": frozen["max_score"],
        "published_at": work.now,
        "assignment_id": assignment_id,
    }
    return change(work, work.models.quiz, quiz, new, rows.returned, version=None)


def _lock_questions(work: Work[S], revision_id: uuid.UUID) -> None:
    if not work.on_mariadb:
        return
    question_ids = sorted(set(work.run(statements.asked_questions, {"revision_id": revision_id}).scalars()))
    for batch in in_batches(question_ids):
        work.run(statements.lock_questions, {"__questions": batch}).all()


def _is_unchanged(work: Work[S], quiz: Row[Any], frozen: Mapping[str, Any]) -> bool:
    """Return whether the published revision is identical to what publishing would create."""
    if quiz.revision is None:
        return False
    last = work.first(statements.published_revision, {"quiz_id": quiz.id, "number": quiz.revision})
    return last is not None and not differing(last._asdict(), frozen)


def _freeze(
    work: Work[S], quiz: Row[Any], newest: Row[Any], slots: Sequence[Row[Any]], frozen: Mapping[str, Any]
) -> int:
    """Publish the draft, or a new draft if the newest revision is already published; return its number."""
    draft, number, draft_slots = newest.id, newest.number, slots
    if newest.published_at is not None:
        draft, number = drafting.draft_of(work, quiz), newest.number + 1
        draft_slots = checks.drafted_slots(work, draft)
    # Pin the revisions that were checked: a question may have been revised since then.
    pins = [
        {"__id": draft_slot.id, "__revision_id": slot.revision_id}
        for draft_slot, slot in zip(draft_slots, slots, strict=True)
        if slot.question_id is not None
    ]
    work.run_many(statements.pin_slot, pins)
    values = {f"__{name}": value for name, value in frozen.items()}
    work.run(statements.freeze_revision, {"__id": draft, "__published_at": work.now, **values})
    return int(number)
