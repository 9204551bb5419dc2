"""Storing questions: what quizzes and questions both do."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Executable, and_, bindparam, func, select, update

from quizkit.crud._tables import ID, fresh, insert_into, owned
from quizkit.crud._verbs import NewId
from quizkit.models import Models, UtcDateTime
from quizkit.questions import Question

__all__ = ["Stored", "content_hash", "rows_of"]


class Stored(NamedTuple):
    """The rows of one new revision of a question."""

    question: dict[str, Any]
    revision: dict[str, Any]


def content_hash(body: Any) -> str:
    """Return the SHA-256 of a JSON value in its canonical form (sorted keys, no white space), in hexadecimal."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def revision_row(question: Question, question_id: uuid.UUID, number: int, *, revision_id: uuid.UUID, at: datetime) -> dict[str, Any]:  # fmt: skip
    """Return the row of a revision: the body with the key, and beside it the view without."""
    body = question.model_dump(mode="json")
    return {
        "id": revision_id,
        "question_id": question_id,
        "number": number,
        "type": question.type,
        "points": question.points,
        "body_version": question.body_version,
        "content_hash": content_hash(body),
        "view": question.view().model_dump(mode="json"),
        "body": body,
        "created_at": at,
    }


def rows_of(questions: Iterable[Question], bank_id: uuid.UUID, *, at: datetime, new_id: NewId) -> list[Stored]:
    """Return the rows of new questions, each with its first revision."""
    made = []
    for question in questions:
        question_id = new_id()
        row = {
            "id": question_id,
            "bank_id": bank_id,
            "type": question.type,
            "title": question.title,
            "revision": 1,
            "created_at": at,
            "updated_at": at,
            "archived_at": None,
        }
        made.append(Stored(row, revision_row(question, question_id, 1, revision_id=new_id(), at=at)))
    return made


def slot_rows(question_ids: Sequence[uuid.UUID], section_id: uuid.UUID, first: int, *, at: datetime, new_id: NewId) -> list[dict[str, Any]]:  # fmt: skip
    """Return the rows of slots that follow the latest revision of questions, from position `first` on."""
    return [
        {
            "id": new_id(),
            "section_id": section_id,
            "position": position,
            "question_id": question_id,
            "question_revision_id": None,
            "points": None,
            "created_at": at,
        }
        for position, question_id in enumerate(question_ids, first)
    ]


# ---------------------------------------------------------------------------------------------- statements


def insert_question(m: Models[Any], _dialect: str) -> Executable:
    """Insert questions."""
    return insert_into(m, m.question)


def insert_question_revision(m: Models[Any], _dialect: str) -> Executable:
    """Insert revisions of questions."""
    return insert_into(m, m.question_revision)


def insert_quiz_revision(m: Models[Any], _dialect: str) -> Executable:
    """Insert a revision of a quiz."""
    return insert_into(m, m.quiz_revision)


def insert_section(m: Models[Any], _dialect: str) -> Executable:
    """Insert sections."""
    return insert_into(m, m.section)


def insert_slot(m: Models[Any], _dialect: str) -> Executable:
    """Insert slots."""
    return insert_into(m, m.slot)


def lock_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Select a quiz for a change; others who want to change it wait."""
    table = m.table(m.quiz)
    return select(table).where(table.c.id == bindparam("id", type_=ID), *owned(m, m.quiz)).with_for_update()


def newest_revision(m: Models[Any], dialect: str) -> Executable:
    """Select the newest revision of a quiz, a draft or a published one."""
    revision = m.quiz_revision
    newest = (
        select(revision.id, revision.number, revision.published_at)
        .where(revision.quiz_id == bindparam("quiz_id", type_=ID), *owned(m, revision))
        .order_by(revision.number.desc())
        .limit(1)
    )
    return fresh(newest, dialect)


def slots_of(m: Models[Any], dialect: str) -> Executable:
    """Select the slots of a revision, in order."""
    found = (
        select(
            m.section.id.label("section_id"),
            m.section.position.label("section_position"),
            m.section.title.label("section_title"),
            m.slot.id,
            m.slot.position,
            m.slot.question_id,
            m.slot.question_revision_id,
            m.slot.points,
        )
        .select_from(m.section)
        .outerjoin(m.slot, and_(m.slot.section_id == m.section.id, *owned(m, m.slot)))
        .where(m.section.quiz_revision_id == bindparam("revision_id", type_=ID), *owned(m, m.section))
        .order_by(m.section.position, m.slot.position)
    )
    return fresh(found, dialect)


def last_position(m: Models[Any], dialect: str) -> Executable:
    """Select the last section of a revision and the last position in it."""
    last = (
        select(m.section.id, func.coalesce(func.max(m.slot.position), 0).label("last"))
        .select_from(m.section)
        .outerjoin(m.slot, and_(m.slot.section_id == m.section.id, *owned(m, m.slot)))
        .where(m.section.quiz_revision_id == bindparam("revision_id", type_=ID), *owned(m, m.section))
        .group_by(m.section.id, m.section.position)
        .order_by(m.section.position.desc())
        .limit(1)
    )
    return fresh(last, dialect)


def touch_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Note that a quiz was changed."""
    return (
        update(m.table(m.quiz))
        .where(m.quiz.id == bindparam("_id", type_=ID), *owned(m, m.quiz))
        .values(updated_at=bindparam("_now", type_=UtcDateTime()))
    )
