"""The SQL statements for questions."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, delete, func, select, update

from quizkit.crud._core.dialects import current_read, for_change, force_index
from quizkit.crud._core.paging import in_id_order, newest_first
from quizkit.crud._core.tables import ID, insert_into, tenant_filter, tenant_filter_of
from quizkit.models import Models, UtcDateTime

T = TypeVar("T")


def _columns(m: Models[Any]) -> Any:
    latest = m.question_revision
    return (
        select(
            m.question.id,
            m.question.bank_id,
            m.question.category_id,
            m.question.type,
            m.question.title,
            m.question.revision,
            m.table(m.question).c.version,
            m.question.created_at,
            m.question.updated_at,
            m.question.archived_at,
            m.table(m.question).c.draft,
            latest.id.label("revision_id"),
            latest.points,
            latest.content_hash,
            latest.body,
        )
        .select_from(m.question)
        .outerjoin(
            latest,
            and_(
                latest.question_id == m.question.id,
                latest.number == m.question.revision,
                *tenant_filter(m, latest),
            ),
        )
        .where(*tenant_filter(m, m.question))
    )


def question(m: Models[Any], _dialect: str) -> Executable:
    """Select a question with its latest revision and its draft."""
    found: Executable = _columns(m).where(m.question.id == bindparam("id", type_=ID))
    return found


def question_now(m: Models[Any], dialect: str) -> Executable:
    """Select a question as it is now, not as an older snapshot has it."""
    found: Executable = current_read(_columns(m).where(m.question.id == bindparam("id", type_=ID)), dialect)
    return found


def questions_after(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of questions."""
    return in_id_order(_columns(m), m.table(m.question))


def in_quiz(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a question is in the newest outline of the quiz `quiz_id`, draft or published."""
    slot, section, revision = m.table(m.slot), m.table(m.section), m.table(m.quiz_revision)
    newest = (
        select(func.max(revision.c.number))
        .where(revision.c.quiz_id == bindparam("quiz_id", type_=ID), *tenant_filter(m, m.quiz_revision))
        .scalar_subquery()
    )
    other = revision.alias("newest_revision")
    found = (
        select(slot.c.question_id)
        .select_from(other)
        .join(section, section.c.quiz_revision_id == other.c.id)
        .join(slot, slot.c.section_id == section.c.id)
        .where(
            other.c.quiz_id == bindparam("quiz_id", type_=ID),
            other.c.number == newest,
            slot.c.question_id.is_not(None),
            *tenant_filter_of(m, other),
            *tenant_filter(m, m.section, m.slot),
        )
    )
    return m.table(m.question).c.id.in_(found)


def questions_before(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of questions, the newest first."""
    return newest_first(_columns(m), m.table(m.question))


def lock_question(m: Models[Any], dialect: str) -> Executable:
    """Select a question for update; others who want to change it wait."""
    table = m.table(m.question)
    this = select(table).where(table.c.id == bindparam("id", type_=ID), *tenant_filter(m, m.question))
    return for_change(force_index(this, table, dialect))


def select_bank(m: Models[Any], dialect: str) -> Executable:
    """Select a bank. MariaDB locks it for a new question anyway: here before a category, like verbs of categories."""
    return current_read(
        select(m.bank.id).where(m.bank.id == bindparam("id", type_=ID), *tenant_filter(m, m.bank)), dialect
    )


def move_questions(m: Models[Any], dialect: str) -> Executable:
    """Update the category of questions of a bank that are not in it yet."""
    table = m.table(m.question)
    moved = (
        update(table)
        .where(
            table.c.id.in_(bindparam("__questions", type_=ID, expanding=True)),
            table.c.bank_id == bindparam("__bank_id", type_=ID),
            table.c.category_id.is_distinct_from(bindparam("__category_id", type_=ID)),
            *tenant_filter(m, m.question),
        )
        .values(
            category_id=bindparam("__category_id", type_=ID),
            updated_at=bindparam("__now", type_=UtcDateTime()),
            version=table.c.version + 1,
        )
    )
    return force_index(moved, table, dialect)


def lock_questions(m: Models[Any], dialect: str) -> Executable:
    """Select questions for update, in the order in which all verbs lock them."""
    table = m.table(m.question)
    ids = bindparam("__questions", type_=ID, expanding=True)
    found = select(table.c.id, table.c.bank_id, table.c.category_id, table.c.version).where(
        table.c.id.in_(ids), *tenant_filter(m, m.question)
    )
    return for_change(force_index(found.order_by(table.c.id), table, dialect))


def _made_from(m: Models[Any]) -> Select[Any]:
    table = m.table(m.question)
    ids = bindparam("__questions", type_=ID, expanding=True)
    return select(table.c.id, table.c.made_from).where(table.c.id.in_(ids), *tenant_filter(m, m.question))


def made_from(m: Models[Any], _dialect: str) -> Executable:
    """Select the call hashes of the questions with these ids."""
    return _made_from(m)


def made_from_now(m: Models[Any], dialect: str) -> Executable:
    """Select the call hashes as they are now, not as an older snapshot has them."""
    return current_read(force_index(_made_from(m), m.table(m.question), dialect), dialect)


def questions_now(m: Models[Any], dialect: str) -> Executable:
    """Select the questions with these ids as they are now."""
    ids = bindparam("__questions", type_=ID, expanding=True)
    return current_read(force_revision_indexes(m, _columns(m).where(m.question.id.in_(ids)), dialect), dialect)


def equal_questions(m: Models[Any], _dialect: str) -> Executable:
    """Select the active questions of a bank whose latest revision is identical to one of these, oldest first.

    It reads the transaction's snapshot: no decision depends on it, and on MariaDB a locking read would lock the whole
    bank.
    """
    question, revision = m.question, m.question_revision
    found: Executable = (
        select(question.id, question.created_at, revision.identity)
        .select_from(revision)
        .join(question, and_(question.id == revision.question_id, question.revision == revision.number))
        .where(
            revision.identity.in_(bindparam("__identities", type_=m.table(revision).c.identity.type, expanding=True)),
            question.bank_id == bindparam("bank_id", type_=ID),
            question.archived_at.is_(None),
            *tenant_filter(m, question, revision),
        )
        .order_by(question.id)
    )
    return found


def insert_question(m: Models[Any], _dialect: str) -> Executable:
    """Insert questions."""
    return insert_into(m, m.question)


def insert_question_revision(m: Models[Any], _dialect: str) -> Executable:
    """Insert question revisions."""
    return insert_into(m, m.question_revision)


def insert_question_tag(m: Models[Any], _dialect: str) -> Executable:
    """Insert question tags."""
    return insert_into(m, m.question_tag)


def delete_question_tags(m: Models[Any], _dialect: str) -> Executable:
    """Delete the tags of a question; its next revision has its own."""
    table = m.table(m.question_tag)
    return delete(table).where(table.c.question_id == bindparam("__id", type_=ID), *tenant_filter(m, m.question_tag))


def known_revisions(m: Models[Any], dialect: str) -> Executable:
    """Select the questions with these ids, each with all its revisions."""
    question, revision = m.question, m.question_revision
    found = (
        select(question.id, revision.id.label("revision_id"))
        .select_from(question)
        .outerjoin(revision, and_(revision.question_id == question.id, *tenant_filter(m, revision)))
        .where(question.id.in_(bindparam("__questions", type_=ID, expanding=True)), *tenant_filter(m, question))
    )
    return current_read(force_revision_indexes(m, found, dialect), dialect)


def force_revision_indexes(m: Models[Any], statement: T, dialect: str) -> T:
    """Return a statement that finds questions by id and revisions by question."""
    revision = m.question_revision
    found = force_index(statement, m.table(m.question), dialect)
    return force_index(found, m.table(revision), dialect, m.config.name("uq", revision.role, "question_id", "number"))
