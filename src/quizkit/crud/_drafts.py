"""The draft of a quiz: what is edited until it is published. Editing after publishing makes the next one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit.crud import _content as content
from quizkit.crud._verbs import NewId, Noun, S
from quizkit.errors import NotFound
from quizkit.rules import lifecycle
from quizkit.vocabulary import QuizState

__all__ = ["Drafting"]

POLICY = ("title", "description", "max_attempts", "time_limit_seconds", "grace_seconds", "shuffle_questions")


class Drafting(Noun[S]):
    """What the nouns of authors share."""

    def _locked(self, session: Session, quiz_id: uuid.UUID) -> Row[Any]:
        """Return the quiz, locked for a change."""
        quiz = self._first(session, content.lock_quiz, {"id": quiz_id})
        if quiz is None:
            raise NotFound("quiz_not_found", "There is no such quiz")
        lifecycle.refuse_change(QuizState(quiz.state))
        return quiz

    def _draft(self, session: Session, quiz: Row[Any], at: datetime, new_id: NewId) -> uuid.UUID:
        """Return the id of the quiz's draft; where the newest revision is published, make one with its slots."""
        newest = self._first(session, content.newest_revision, {"quiz_id": quiz.id})
        if newest is not None and newest.published_at is None:
            return uuid.UUID(str(newest.id))
        revision_id = new_id()
        number = newest.number + 1 if newest is not None else 1
        self._run(session, content.insert_quiz_revision, self._revision_row(quiz, revision_id, number, at))
        old = self._run(session, content.slots_of, {"revision_id": newest.id}).all() if newest is not None else ()
        self._copy_slots(session, old, revision_id, at, new_id)
        return revision_id

    @staticmethod
    def _revision_row(quiz: Any, revision_id: uuid.UUID, number: int, at: datetime) -> dict[str, Any]:
        policy = {name: getattr(quiz, name) for name in POLICY}
        unpublished = {"max_score": None, "content_hash": None, "published_at": None}
        return {"id": revision_id, "quiz_id": quiz.id, "number": number, "created_at": at, **policy, **unpublished}

    def _copy_slots(
        self, session: Session, old: Sequence[Row[Any]], revision_id: uuid.UUID, at: datetime, new_id: NewId
    ) -> None:
        """Copy sections and slots into a draft; its slots follow the latest revisions again."""
        sections: dict[Any, dict[str, Any]] = {}
        slots = []
        for row in old:
            section = sections.get(row.section_id)
            if section is None:
                section = self._section_row(revision_id, row.section_position, row.section_title, at, new_id)
                sections[row.section_id] = section
            if row.id is not None:
                (slot,) = content.slot_rows([row.question_id], section["id"], row.position, at=at, new_id=new_id)
                slots.append({**slot, "points": row.points})
        made = list(sections.values()) or [self._section_row(revision_id, 1, None, at, new_id)]
        self._many(session, content.insert_section, made)
        self._many(session, content.insert_slot, slots)

    @staticmethod
    def _section_row(
        revision_id: uuid.UUID, position: int, title: str | None, at: datetime, new_id: NewId
    ) -> dict[str, Any]:
        return {
            "id": new_id(),
            "quiz_revision_id": revision_id,
            "position": position,
            "title": title,
            "created_at": at,
        }

    def _store(self, session: Session, stored: Sequence[content.Stored], extra: dict[str, Any]) -> None:
        questions = [{**one.question, **extra} for one in stored]
        self._many(session, content.insert_question, questions, tuple(extra))
        self._many(session, content.insert_question_revision, [one.revision for one in stored])

    def _append_slots(
        self, session: Session, quiz: Row[Any], question_ids: Sequence[uuid.UUID], at: datetime, new_id: NewId
    ) -> None:
        draft = self._draft(session, quiz, at, new_id)
        end = self._run(session, content.last_position, {"revision_id": draft}).one()
        rows = content.slot_rows(question_ids, end.id, end.last + 1, at=at, new_id=new_id)
        self._many(session, content.insert_slot, rows)
        self._run(session, content.touch_quiz, {"_id": quiz.id, "_now": at})
