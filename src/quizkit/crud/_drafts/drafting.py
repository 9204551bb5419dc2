"""Finding the draft of a quiz, locked, and storing what it is made of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._drafts import rows, statements
from quizkit.errors import NotFound
from quizkit.rules import lifecycle
from quizkit.schemas import QuestionSlot, QuizOutline
from quizkit.vocabulary import QuizState

__all__ = [
    "append_questions",
    "draft_of",
    "insert_revision",
    "lay_out",
    "lock_quiz",
    "lock_quiz_for_change",
    "newest_revision",
    "outline_of",
]


def lock_quiz(work: Work[S], quiz_id: uuid.UUID) -> Row[Any]:
    """Return a quiz, locked, whatever its state.

    Raises:
        NotFound: `quiz_not_found`.
    """
    quiz = work.first(statements.lock_quiz, {"id": quiz_id})
    if quiz is None:
        raise NotFound("quiz_not_found", "There is no such quiz")
    return quiz


def lock_quiz_for_change(work: Work[S], quiz_id: uuid.UUID) -> Row[Any]:
    """Return a quiz that may change, locked.

    Raises:
        NotFound: `quiz_not_found`.
        Refused: `quiz_archived`.
    """
    quiz = lock_quiz(work, quiz_id)
    lifecycle.refuse_change(QuizState(quiz.state))
    return quiz


def newest_revision(work: Work[S], quiz_id: uuid.UUID) -> Row[Any]:
    """Return the newest revision of a quiz, a draft or a published one.

    Raises:
        NotFound: `quiz_not_found`.
    """
    newest = work.first(statements.newest_revision, {"quiz_id": quiz_id})
    if newest is None:
        raise NotFound("quiz_not_found", "There is no such quiz")
    return newest


def draft_of(work: Work[S], quiz: Row[Any]) -> uuid.UUID:
    """Return the id of a quiz's draft; where the newest revision is published, make one that is made of the same."""
    newest = newest_revision(work, quiz.id)
    if newest.published_at is None:
        return uuid.UUID(str(newest.id))
    revision_id = insert_revision(work, quiz._asdict(), newest.number + 1)
    lay_out(work, revision_id, outline_of(work, newest.id))
    return revision_id


def insert_revision(work: Work[S], quiz: Mapping[str, Any], number: int) -> uuid.UUID:
    """Make a draft with nothing in it, and return its id; `quiz` are the columns of its quiz."""
    revision_id = work.new_id()
    work.run(statements.insert_quiz_revision, rows.revision_row(quiz, number, revision_id=revision_id, at=work.now))
    return revision_id


def outline_of(work: Work[S], revision_id: uuid.UUID) -> QuizOutline:
    """Return what a revision is made of."""
    return rows.outline_of(work.run(statements.slots_of, {"revision_id": revision_id}))


def lay_out(work: Work[S], revision_id: uuid.UUID, outline: QuizOutline) -> None:
    """Insert the sections and slots of a draft."""
    sections, slots = [], []
    for position, section in enumerate(outline.sections, 1):
        section_id = work.new_id()
        sections.append(rows.section_row(section, revision_id, position, section_id=section_id, at=work.now))
        slots += [
            rows.slot_row(slot, section_id, place, slot_id=work.new_id(), at=work.now)
            for place, slot in enumerate(section.slots, 1)
        ]
    work.run_many(statements.insert_section, sections)
    work.run_many(statements.insert_slot, slots)


def append_questions(work: Work[S], quiz: Row[Any], question_ids: Iterable[uuid.UUID]) -> None:
    """Put questions at the end of the draft of a quiz, which is locked."""
    draft = draft_of(work, quiz)
    end = work.run(statements.last_position, {"revision_id": draft}).one()
    slots = [
        rows.slot_row(QuestionSlot(question_id=one), end.id, place, slot_id=work.new_id(), at=work.now)
        for place, one in enumerate(question_ids, end.last + 1)
    ]
    work.run_many(statements.insert_slot, slots)
    work.run(statements.touch_quiz, {"_id": quiz.id, "_updated_at": work.now})
