"""The draft of a quiz: what is edited until it is published. Editing after publishing makes the next one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Generic

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.legacy import Legacy
from quizkit.crud._drafts import content
from quizkit.crud._terms.policy import POLICY
from quizkit.errors import NotFound
from quizkit.rules import lifecycle
from quizkit.schemas import QuestionSlot, QuizOutline, SectionOutline
from quizkit.vocabulary import QuizState

__all__ = ["Drafting"]


class Drafting(Legacy, Generic[S]):
    """What the nouns of authors share."""

    def _locked(self, session: Session, quiz_id: uuid.UUID) -> Row[Any]:
        """Return the quiz, locked for a change."""
        quiz = self._held(session, quiz_id)
        lifecycle.refuse_change(QuizState(quiz.state))
        return quiz

    def _held(self, session: Session, quiz_id: uuid.UUID) -> Row[Any]:
        """Return the quiz, locked, whatever its state."""
        quiz = self._first(session, content.lock_quiz, {"id": quiz_id})
        if quiz is None:
            raise NotFound("quiz_not_found", "There is no such quiz")
        return quiz

    def _newest(self, session: Session, quiz_id: uuid.UUID) -> Row[Any]:
        """Return the newest revision of a quiz, a draft or a published one."""
        newest = self._first(session, content.newest_revision, {"quiz_id": quiz_id})
        if newest is None:
            raise NotFound("quiz_not_found", "There is no such quiz")
        return newest

    def _draft(self, session: Session, quiz: Row[Any], at: datetime, new_id: NewId) -> uuid.UUID:
        """Return the id of the quiz's draft; where the newest revision is published, make one with its slots."""
        newest = self._newest(session, quiz.id)
        if newest.published_at is None:
            return uuid.UUID(str(newest.id))
        revision_id = self._next_revision(session, quiz, newest, at, new_id)
        self._lay_out(session, revision_id, self._outline(session, newest.id), at, new_id)
        return revision_id

    def _next_revision(
        self, session: Session, quiz: Row[Any], newest: Row[Any], at: datetime, new_id: NewId
    ) -> uuid.UUID:
        """Make the revision after one that is published, with nothing in it, and return its id."""
        revision_id = new_id()
        row = self._revision_row(quiz, revision_id, newest.number + 1, at)
        self._run(session, content.insert_quiz_revision, row)
        return revision_id

    @staticmethod
    def _revision_row(quiz: Any, revision_id: uuid.UUID, number: int, at: datetime) -> dict[str, Any]:
        policy = {name: getattr(quiz, name) for name in POLICY}
        unpublished = {"max_score": None, "content_hash": None, "published_at": None}
        return {"id": revision_id, "quiz_id": quiz.id, "number": number, "created_at": at, **policy, **unpublished}

    def _outline(self, session: Session, revision_id: uuid.UUID) -> QuizOutline:
        """Return what a revision is made of."""
        return outline_of(self._run(session, content.slots_of, {"revision_id": revision_id}))

    def _lay_out(
        self, session: Session, revision_id: uuid.UUID, outline: QuizOutline, at: datetime, new_id: NewId
    ) -> None:
        """Insert the sections and slots of a draft."""
        sections, slots = [], []
        for position, section in enumerate(outline.sections, 1):
            row = section_row(revision_id, position, section, at, new_id)
            sections.append(row)
            slots += [
                content.slot_row(row["id"], place, slot, at=at, new_id=new_id)
                for place, slot in enumerate(section.slots, 1)
            ]
        self._many(session, content.insert_section, sections)
        self._many(session, content.insert_slot, slots)

    def _store(
        self, session: Session, stored: Sequence[content.Stored], extra: dict[str, Any], *, given: bool = False
    ) -> bool:
        """Insert questions; return False, and insert none, where one is there already under an id that was `given`."""
        questions = [{**one.question, **extra} for one in stored]
        if not given:
            self._many(session, content.insert_question, questions, tuple(extra))
        elif not self._make_all(session, self._models.question, questions):
            return False
        self._many(session, content.insert_question_revision, [one.revision for one in stored])
        self._many(session, content.insert_question_tag, [row for one in stored for row in one.tags])
        return True

    def _append_slots(
        self, session: Session, quiz: Row[Any], question_ids: Iterable[uuid.UUID], at: datetime, new_id: NewId
    ) -> None:
        draft = self._draft(session, quiz, at, new_id)
        end = self._run(session, content.last_position, {"revision_id": draft}).one()
        rows = [
            content.slot_row(end.id, place, QuestionSlot(question_id=question_id), at=at, new_id=new_id)
            for place, question_id in enumerate(question_ids, end.last + 1)
        ]
        self._many(session, content.insert_slot, rows)
        self._run(session, content.touch_quiz, {"_id": quiz.id, "_updated_at": at})


def same_outline(one: QuizOutline, other: QuizOutline) -> bool:
    """Return whether two outlines are stored as the same."""
    return _plain(one) == _plain(other)


def _plain(outline: QuizOutline) -> list[Any]:
    sections = outline.model_dump(exclude={"version"})["sections"]
    for slot in (slot for section in sections for slot in section["slots"]):
        if slot["kind"] == "draw":
            slot["tags"] = list(dict.fromkeys(slot["tags"]))
    return list(sections)


def section_row(
    revision_id: uuid.UUID, position: int, section: SectionOutline, at: datetime, new_id: NewId
) -> dict[str, Any]:
    """Return the row of a section."""
    return {
        "id": new_id(),
        "quiz_revision_id": revision_id,
        "position": position,
        "title": section.title,
        "shuffle": section.shuffle,
        "navigation": section.navigation.value,
        "per_page": section.per_page,
        "created_at": at,
    }


def outline_of(rows: Iterable[Any]) -> QuizOutline:
    """Return an outline from the rows of `slots_of`."""
    sections: dict[int, tuple[Any, list[Any]]] = {}
    for row in rows:
        _, slots = sections.setdefault(row.section_position, (row, []))
        if row.id is not None:
            slots.append(content.slot_of(row))
    return QuizOutline(
        sections=[
            SectionOutline(
                title=row.section_title, shuffle=row.shuffle, navigation=row.navigation, per_page=row.per_page,
                slots=slots,
            )
            for row, slots in sections.values()
        ]
    )  # fmt: skip
