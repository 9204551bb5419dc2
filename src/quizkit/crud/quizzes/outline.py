"""The outline of a quiz: its sections and slots, read and replaced."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.changing import refuse_other_version
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._drafts import drafting
from quizkit.crud._drafts.rows import same_outline
from quizkit.crud.banks import known_banks
from quizkit.crud.categories import known_categories
from quizkit.crud.questions.statements import known_revisions
from quizkit.crud.quizzes import statements
from quizkit.crud.quizzes.find import get
from quizkit.errors import NotFound
from quizkit.schemas import DrawSlot, QuestionSlot, QuizOutline

__all__ = ["outline", "remove", "set_outline"]


def outline(work: Work[S], quiz_id: uuid.UUID) -> QuizOutline:
    """Return the outline of a quiz, with the version of the quiz.

    Raises:
        NotFound: `quiz_not_found`.
    """
    version = get(work, quiz_id).version
    newest = drafting.newest_revision(work, quiz_id)
    return drafting.outline_of(work, newest.id).model_copy(update={"version": version})


def set_outline(work: Work[S], quiz_id: uuid.UUID, new: QuizOutline, version: int | None) -> QuizOutline:
    """Replace the outline of a quiz's draft, and return it.

    Raises:
        NotFound: `quiz_not_found`, `question_not_found`, `bank_not_found`, `category_not_found`.
        Refused: `quiz_archived`.
        Conflict: `version_conflict`: the quiz has another version now.
    """
    quiz = drafting.lock_quiz_for_change(work, quiz_id)
    _refuse_unknown(work, [slot for section in new.sections for slot in section.slots])
    return _replace(work, quiz, lambda _: new, new.version if version is None else version)


def remove(work: Work[S], quiz_id: uuid.UUID, question_id: uuid.UUID, version: int | None) -> QuizOutline:
    """Remove the slots for a question from a quiz's draft, and return its outline.

    Raises:
        NotFound: `quiz_not_found`.
        Refused: `quiz_archived`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    quiz = drafting.lock_quiz_for_change(work, quiz_id)
    return _replace(work, quiz, lambda current: _without(current, question_id), version)


def _without(outline: QuizOutline, question_id: uuid.UUID) -> QuizOutline:
    sections = [
        section.model_copy(
            update={
                "slots": tuple(
                    slot
                    for slot in section.slots
                    if not (isinstance(slot, QuestionSlot) and slot.question_id == question_id)
                )
            }
        )
        for section in outline.sections
    ]
    return QuizOutline(sections=sections)


def _replace(
    work: Work[S], quiz: Row[Any], changed: Callable[[QuizOutline], QuizOutline], version: int | None
) -> QuizOutline:
    """Replace the outline of a locked quiz's draft by what `changed` makes of it, and return it."""
    newest = drafting.newest_revision(work, quiz.id)
    current = drafting.outline_of(work, newest.id).model_copy(update={"version": quiz.version})
    new = changed(current)
    if same_outline(current, new):
        return current
    refuse_other_version(version, quiz.version, lambda: current)
    draft = newest.id
    if newest.published_at is not None:
        draft = drafting.insert_revision(work, quiz._asdict(), newest.number + 1)
    elif current.sections:  # on MariaDB a delete without rows would lock the gap into which others insert
        work.run(statements.delete_slots, {"revision_id": draft})
        work.run(statements.delete_sections, {"revision_id": draft})
    drafting.lay_out(work, draft, new)
    drafting.touch(work, quiz, *_counts(new))
    return new.model_copy(update={"version": quiz.version + 1})


def _counts(outline: QuizOutline) -> tuple[int, int]:
    """Return how many questions an outline has, and how many it draws."""
    slots = [slot for section in outline.sections for slot in section.slots]
    draws = [slot.count for slot in slots if isinstance(slot, DrawSlot)]
    return len(slots) - len(draws), sum(draws)


def _refuse_unknown(work: Work[S], slots: Sequence[QuestionSlot | DrawSlot]) -> None:
    """Raise `NotFound` if a slot refers to an unknown question, revision, bank or category."""
    questions = [slot for slot in slots if isinstance(slot, QuestionSlot)]
    draws = [slot for slot in slots if isinstance(slot, DrawSlot)]
    known = _known(work, known_revisions, "__questions", {slot.question_id for slot in questions})
    revisions = {(row.id, row.revision_id) for row in known} | {(row.id, None) for row in known}
    if any((slot.question_id, slot.revision_id) not in revisions for slot in questions):
        raise NotFound("question_not_found", "There is no such question or revision")
    banks = {row.id for row in _known(work, known_banks, "__banks", {slot.bank_id for slot in draws})}
    if any(slot.bank_id not in banks for slot in draws):
        raise NotFound("bank_not_found", "There is no such bank")
    wanted = {slot.category_id for slot in draws if slot.category_id is not None}
    categories = {(row.id, row.bank_id) for row in _known(work, known_categories, "__categories", wanted)}
    if any(slot.category_id and (slot.category_id, slot.bank_id) not in categories for slot in draws):
        raise NotFound("category_not_found", "The bank has no such category")


def _known(work: Work[S], build: Build, name: str, wanted: Iterable[uuid.UUID]) -> Sequence[Row[Any]]:
    ids = sorted(wanted)
    return work.run(build, {name: ids}).all() if ids else []
