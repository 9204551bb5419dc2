"""Storing questions: what quizzes and questions both do."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Executable, and_, bindparam, delete, func, select

from quizkit.crud._core.changing import FIRST_VERSION
from quizkit.crud._core.clock import NewId
from quizkit.crud._core.dialects import MARIADB, for_change, fresh, through
from quizkit.crud._core.tables import ID, change_of, insert_into, owned
from quizkit.crud.questions.contained import body_of, seen
from quizkit.models import Models
from quizkit.models.questions import SEARCHED
from quizkit.questions import Question
from quizkit.schemas import DrawSlot, QuestionSlot

__all__ = ["Stored", "content_hash", "rows_of"]

T = TypeVar("T")


class Stored(NamedTuple):
    """The rows of one new revision of a question."""

    question: dict[str, Any]
    revision: dict[str, Any]
    tags: list[dict[str, Any]]


def content_hash(body: Any) -> str:
    """Return the SHA-256 of a JSON value in its canonical form (sorted keys, no white space), in hexadecimal."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def revision_row(question: Question, question_id: uuid.UUID, number: int, *, revision_id: uuid.UUID, at: datetime) -> dict[str, Any]:  # fmt: skip
    """Return the row of a revision: the body with the key, and beside it the view without."""
    body = body_of(question)
    return {
        "id": revision_id,
        "question_id": question_id,
        "number": number,
        "type": question.type,
        "points": question.points,
        "body_version": question.body_version,
        "content_hash": content_hash(body),
        **seen(question),
        "body": body,
        "created_at": at,
    }


def rows_of(
    questions: Iterable[Question],
    bank_id: uuid.UUID,
    *,
    category_id: uuid.UUID | None = None,
    at: datetime,
    new_id: NewId,
    given: Sequence[uuid.UUID] = (),
) -> list[Stored]:
    """Return the rows of new questions, each with its first revision; `given` are ids for them, if there are any."""
    made = []
    for place, question in enumerate(questions):
        question_id = given[place] if given else new_id()
        row = {
            "id": question_id,
            "bank_id": bank_id,
            "category_id": category_id,
            "type": question.type,
            "title": question.title,
            "revision": 1,
            "search": searchable(question),
            "version": FIRST_VERSION,
            "made_from": None,
            "created_at": at,
            "updated_at": at,
            "archived_at": None,
        }
        revision = revision_row(question, question_id, 1, revision_id=new_id(), at=at)
        made.append(Stored(row, revision, tag_rows(question, question_id)))
    return made


def searchable(question: Question) -> str:
    """Return what a question is found by: its title and its prompt, case folded."""
    text = f"{question.title or ''}\n{question.content.text}"
    return text.strip().casefold()[:SEARCHED]


def tag_rows(question: Question, question_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the rows of the tags of a question."""
    return [{"question_id": question_id, "tag": tag} for tag in dict.fromkeys(question.tags)]


def slot_row(section_id: uuid.UUID, position: int, slot: QuestionSlot | DrawSlot, *, at: datetime, new_id: NewId) -> dict[str, Any]:  # fmt: skip
    """Return the row of a place, for a question or for a draw."""
    row: dict[str, Any] = dict.fromkeys(SLOT)
    row |= {
        "id": new_id(),
        "section_id": section_id,
        "position": position,
        "points": slot.points,
        "counting": slot.counting.value,
        "pinned": False,
        "requires_previous": False,
        "created_at": at,
    }
    if isinstance(slot, DrawSlot):
        return row | {
            "draw_count": slot.count,
            "draw_bank_id": slot.bank_id,
            "draw_category_id": slot.category_id,
            "draw_tags": list(dict.fromkeys(slot.tags)),
            "draw_fresh": slot.fresh,
        }
    return row | {
        "question_id": slot.question_id,
        "question_revision_id": slot.revision_id,
        "pinned": slot.revision_id is not None,
        "requires_previous": slot.requires_previous,
    }


def slot_of(row: Any) -> QuestionSlot | DrawSlot:
    """Return a place from its row; one that follows the latest revision says so, also when it was published."""
    common = {"points": row.points, "counting": row.counting}
    if row.question_id is None:
        return DrawSlot(
            bank_id=row.draw_bank_id, category_id=row.draw_category_id, tags=row.draw_tags or (), count=row.draw_count,
            fresh=bool(row.draw_fresh), **common,
        )  # fmt: skip
    pinned = row.question_revision_id if row.pinned else None
    return QuestionSlot(
        question_id=row.question_id, revision_id=pinned, requires_previous=row.requires_previous, **common
    )


SLOT: Final = (
    "id", "section_id", "position", "question_id", "question_revision_id", "pinned", "points", "counting",
    "requires_previous", "draw_count", "draw_bank_id", "draw_category_id", "draw_tags", "draw_fresh", "created_at",
)  # fmt: skip


# ---------------------------------------------------------------------------------------------- statements


def equal_questions(m: Models[Any], _dialect: str) -> Executable:
    """Select the questions in use of a bank that ask the same in their latest revision as one of these, oldest first.

    As the transaction sees them: nothing rests on it, and a locking look would make MariaDB lock the whole bank.
    """
    question, revision = m.question, m.question_revision
    found: Executable = (
        select(question.id, question.created_at, revision.identity)
        .select_from(revision)
        .join(question, and_(question.id == revision.question_id, question.revision == revision.number))
        .where(
            revision.identity.in_(bindparam("_identities", type_=m.table(revision).c.identity.type, expanding=True)),
            question.bank_id == bindparam("_bank", type_=ID),
            question.archived_at.is_(None),
            *owned(m, question, revision),
        )
        .order_by(question.id)
    )
    return found


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


def lock_quiz(m: Models[Any], dialect: str) -> Executable:
    """Select a quiz for a change; others who want to change it wait."""
    table = m.table(m.quiz)
    this = select(table).where(table.c.id == bindparam("id", type_=ID), *owned(m, m.quiz))
    return for_change(through(this, table, dialect))


def through_outline(m: Models[Any], statement: T, dialect: str) -> T:
    """Return a statement that finds sections by their revision, and slots by their section.

    Else MariaDB may look through the slots of all quizzes where there are few of them, and lock them.
    """
    for model, owner in ((m.section, "quiz_revision_id"), (m.slot, "section_id")):
        statement = through(statement, m.table(model), dialect, m.config.name("uq", model.role, owner, "position"))
    return statement


def through_revisions(m: Models[Any], statement: T, dialect: str) -> T:
    """Return a statement that finds questions by their ids, and revisions by their question."""
    revision = m.question_revision
    found = through(statement, m.table(m.question), dialect)
    return through(found, m.table(revision), dialect, m.config.name("uq", revision.role, "question_id", "number"))


def newest_revision(m: Models[Any], dialect: str) -> Executable:
    """Select the newest revision of a quiz, a draft or a published one."""
    revision = m.quiz_revision
    newest = (
        select(revision.id, revision.number, revision.published_at)
        .where(revision.quiz_id == bindparam("quiz_id", type_=ID), *owned(m, revision))
        .order_by(revision.number.desc())
        .limit(1)
    )
    key = m.config.name("uq", revision.role, "quiz_id", "number")
    return fresh(through(newest, m.table(revision), dialect, key), dialect)


def slots_of(m: Models[Any], dialect: str) -> Executable:
    """Select the sections and slots of a revision, in order; a section without slots has one row without a slot."""
    slot, section = m.table(m.slot), m.section
    found = (
        select(
            section.position.label("section_position"),
            section.title.label("section_title"),
            section.shuffle,
            section.navigation,
            section.per_page,
            *(slot.c[name] for name in SLOT if name != "section_id"),
            section.id.label("section_id"),
        )
        .select_from(section)
        .outerjoin(slot, and_(slot.c.section_id == section.id, *owned(m, m.slot)))
        .where(section.quiz_revision_id == bindparam("revision_id", type_=ID), *owned(m, section))
        .order_by(section.position, slot.c.position)
    )
    return fresh(through_outline(m, found, dialect), dialect)


def delete_slots(m: Models[Any], dialect: str) -> Executable:
    """Delete the slots of a draft, to which nothing refers.

    MariaDB would look through, and lock, the slots of all quizzes for those that are in a subquery.
    """
    slot, section = m.table(m.slot), m.table(m.section)
    if dialect in MARIADB:
        return delete(slot).where(
            slot.c.section_id == section.c.id,
            section.c.quiz_revision_id == bindparam("revision_id", type_=ID),
            *owned(m, m.slot, m.section),
        )
    drafted = select(section.c.id).where(
        section.c.quiz_revision_id == bindparam("revision_id", type_=ID), *owned(m, m.section)
    )
    return delete(slot).where(slot.c.section_id.in_(drafted), *owned(m, m.slot))


def delete_sections(m: Models[Any], _dialect: str) -> Executable:
    """Delete the sections of a draft, to which nothing refers any more."""
    section = m.table(m.section)
    return delete(section).where(section.c.quiz_revision_id == bindparam("revision_id", type_=ID), *owned(m, m.section))


def insert_question_tag(m: Models[Any], _dialect: str) -> Executable:
    """Insert tags of questions."""
    return insert_into(m, m.question_tag)


def delete_question_tags(m: Models[Any], _dialect: str) -> Executable:
    """Delete the tags of a question, for its next revision brings its own."""
    table = m.table(m.question_tag)
    return delete(table).where(table.c.question_id == bindparam("_id", type_=ID), *owned(m, m.question_tag))


def known_revisions(m: Models[Any], dialect: str) -> Executable:
    """Select the questions with these ids, each with all its revisions."""
    question, revision = m.question, m.question_revision
    found = (
        select(question.id, revision.id.label("revision_id"))
        .select_from(question)
        .join(revision, revision.question_id == question.id)
        .where(
            question.id.in_(bindparam("_questions", type_=ID, expanding=True)),
            *owned(m, question, revision),
        )
    )
    return fresh(through_revisions(m, found, dialect), dialect)


def known_banks(m: Models[Any], dialect: str) -> Executable:
    """Select the banks with these ids."""
    given = bindparam("_banks", type_=ID, expanding=True)
    found = select(m.bank.id).where(m.bank.id.in_(given), *owned(m, m.bank))
    return fresh(through(found, m.table(m.bank), dialect), dialect)


def known_categories(m: Models[Any], dialect: str) -> Executable:
    """Select the categories with these ids, each with its bank."""
    given = bindparam("_categories", type_=ID, expanding=True)
    found = select(m.category.id, m.category.bank_id).where(m.category.id.in_(given), *owned(m, m.category))
    return fresh(through(found, m.table(m.category), dialect), dialect)


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
    return fresh(through_outline(m, last, dialect), dialect)


def touch_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Note that a quiz was changed."""
    return change_of(m, m.quiz, ())
