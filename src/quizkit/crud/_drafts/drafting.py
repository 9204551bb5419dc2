"""Find and lock the draft of a quiz, and store its outline."""

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
    "touch",
]


def lock_quiz(work: Work[S], quiz_id: uuid.UUID) -> Row[Any]:
    """Lock a quiz in any state, and return it.

    Raises:
        NotFound: `quiz_not_found`.
    """
    quiz = work.first(statements.lock_quiz, {"id": quiz_id})
    if quiz is None:
        raise NotFound("quiz_not_found", "There is no such quiz")
    return quiz


def lock_quiz_for_change(work: Work[S], quiz_id: uuid.UUID) -> Row[Any]:
    """Lock a quiz that may be changed, and return it.

    Raises:
        NotFound: `quiz_not_found`.
        Refused: `quiz_archived`.
    """
    quiz = lock_quiz(work, quiz_id)
    lifecycle.refuse_change(QuizState(quiz.state))
    return quiz


def newest_revision(work: Work[S], quiz_id: uuid.UUID) -> Row[Any]:
    """Return the newest revision of a quiz, draft or published.

    Raises:
        NotFound: `quiz_not_found`.
    """
    newest = work.first(statements.newest_revision, {"quiz_id": quiz_id})
    if newest is None:
        raise NotFound("quiz_not_found", "There is no such quiz")
    return newest


def draft_of(work: Work[S], quiz: Row[Any]) -> uuid.UUID:
    """Return the id of a quiz's draft. If the newest revision is published, create a draft with the same outline."""
    newest = newest_revision(work, quiz.id)
    if newest.published_at is None:
        return uuid.UUID(str(newest.id))
    revision_id = insert_revision(work, quiz._asdict(), newest.number + 1)
    lay_out(work, revision_id, outline_of(work, newest.id))
    return revision_id


def insert_revision(work: Work[S], quiz: Mapping[str, Any], number: int) -> uuid.UUID:
    """Create an empty draft and return its id; `quiz` has the columns of its quiz."""
    revision_id = work.new_id()
    work.run(statements.insert_quiz_revision, rows.revision_row(quiz, number, revision_id=revision_id, at=work.now))
    return revision_id


def outline_of(work: Work[S], revision_id: uuid.UUID) -> QuizOutline:
    """Return the outline of a revision."""
    return rows.outline_of(work.run(statements.slots_of, {"revision_id": revision_id}))


def lay_out(work: Work[S], revision_id: uuid.UUID, outline: QuizOutline) -> None:
    """Insert the sections and slots of a draft."""
    sections, slots = [], []
    for position, section in enumerate(outline.sections, 1):
        section_id = work.new_id()
        sections.append(rows.section_row(section, revision_id, position, section_id=section_id, at=work.now))
        slots += [
            rows.slot_row(slot, section_id, slot_position, slot_id=work.new_id(), at=work.now)
            for slot_position, slot in enumerate(section.slots, 1)
        ]
    work.run_many(statements.insert_section, sections)
    work.run_many(statements.insert_slot, slots)


def append_questions(work: Work[S], quiz: Row[Any], question_ids: Iterable[uuid.UUID]) -> None:
    """Append questions to the draft of a locked quiz."""
    draft = draft_of(work, quiz)
    end = work.run(statements.last_position, {"revision_id": draft}).one()
    slots = [
        rows.slot_row(QuestionSlot(question_id=question_id), end.id, position, slot_id=work.new_id(), at=work.now)
        for position, question_id in enumerate(question_ids, end.last + 1)
    ]
    work.run_many(statements.insert_slot, slots)
    touch(work, quiz, quiz.question_count + len(slots), quiz.draw_count)


def touch(work: Work[S], quiz: Row[Any], question_count: int, draw_count: int) -> None:
    """Store that the draft of a locked quiz has changed, and how many questions it has and draws."""
    counts = {"__question_count": question_count, "__draw_count": draw_count}
    work.run(statements.touch_quiz, {"__id": quiz.id, "__updated_at": work.now, **counts})
