"""The SQL statements for quizzes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Executable,
    Integer,
    Select,
    and_,
    bindparam,
    delete,
    false,
    func,
    null,
    or_,
    select,
    true,
    update,
)

from quizkit.crud._core.dialects import MARIADB, current_read, force_index
from quizkit.crud._core.paging import in_id_order, newest_first
from quizkit.crud._core.tables import ID, insert_into, tenant_filter
from quizkit.crud._drafts.rows import SLOT
from quizkit.crud._drafts.statements import force_outline_indexes
from quizkit.crud.questions.statements import force_revision_indexes
from quizkit.crud.quizzes.rows import FROZEN, RETURNED
from quizkit.models import ExactPoints, Models


def insert_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Insert a quiz."""
    return insert_into(m, m.quiz)


def quiz(m: Models[Any], _dialect: str) -> Executable:
    """Select a quiz."""
    table = m.table(m.quiz)
    columns = (table.c[name] for name in RETURNED)
    return select(*columns).where(table.c.id == bindparam("id", type_=ID), *tenant_filter(m, m.quiz))


def quiz_now(m: Models[Any], dialect: str) -> Executable:
    """Select a quiz as it is now, not as an older snapshot has it."""
    return current_read(quiz(m, dialect), dialect)


def delete_bank(m: Models[Any], _dialect: str) -> Executable:
    """Delete the bank that was inserted for a quiz which another call has created in the meantime."""
    table = m.table(m.bank)
    return delete(table).where(table.c.id == bindparam("__id", type_=ID), *tenant_filter(m, m.bank))


def quizzes_after(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of quizzes."""
    return in_id_order(_quizzes(m), m.table(m.quiz))


def quizzes_before(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of quizzes, the newest first."""
    return newest_first(_quizzes(m), m.table(m.quiz))


def _quizzes(m: Models[Any]) -> Select[Any]:
    table = m.table(m.quiz)
    return select(*(table.c[name] for name in RETURNED)).where(*tenant_filter(m, m.quiz))


def drafted_slots(m: Models[Any], dialect: str) -> Executable:
    """Select the ordered slots of a draft, with the pinned or latest revision of each question, or the draw."""
    slot, section, pinned = m.table(m.slot), m.section, m.question_revision
    found = (
        select(
            *(slot.c[name] for name in SLOT),
            section.position.label("section_position"),
            section.title.label("section_title"),
            section.shuffle,
            section.navigation,
            section.per_page,
            section.time_limit_seconds.label("section_time_limit"),
            section.pass_share.label("section_pass_share"),
            section.show_tags,
            func.coalesce(slot.c.points, pinned.points, type_=ExactPoints(12)).label("max_points"),
            pinned.id.label("revision_id"),
            pinned.content_hash,
            pinned.identity,
            m.table(pinned).c.body,
            and_(
                slot.c.question_id.is_not(None), slot.c.pinned == false(), m.table(m.question).c.draft.is_not(null())
            ).label("is_incomplete"),
        )
        .select_from(section)
        .join(slot, slot.c.section_id == section.id)
        .outerjoin(m.question, and_(m.question.id == slot.c.question_id, *tenant_filter(m, m.question)))
        .outerjoin(
            pinned,
            and_(
                pinned.question_id == m.question.id,
                or_(
                    and_(slot.c.pinned == true(), pinned.id == slot.c.question_revision_id),
                    and_(slot.c.pinned == false(), pinned.number == m.question.revision),
                ),
                *tenant_filter(m, pinned),
            ),
        )
        .where(section.quiz_revision_id == bindparam("revision_id", type_=ID), *tenant_filter(m, section, m.slot))
        .order_by(section.position, slot.c.position)
    )
    return current_read(force_outline_indexes(m, force_revision_indexes(m, found, dialect), dialect), dialect)


def asked_questions(m: Models[Any], dialect: str) -> Executable:
    """Select the ids of the questions in a draft."""
    slot, section = m.table(m.slot), m.section
    found = (
        select(slot.c.question_id)
        .select_from(section)
        .join(slot, slot.c.section_id == section.id)
        .where(
            section.quiz_revision_id == bindparam("revision_id", type_=ID),
            slot.c.question_id.is_not(None),
            *tenant_filter(m, section, m.slot),
        )
    )
    return current_read(force_outline_indexes(m, found, dialect), dialect)


def lock_questions(m: Models[Any], dialect: str) -> Executable:
    """Select questions with a share lock, for MariaDB: before their revisions, in the order in which authors revise."""
    table = m.table(m.question)
    ids = bindparam("__questions", type_=ID, expanding=True)
    found = select(table.c.id).where(table.c.id.in_(ids), *tenant_filter(m, m.question)).order_by(table.c.id)
    return current_read(force_index(found, table, dialect), dialect)


def pin_slot(m: Models[Any], _dialect: str) -> Executable:
    """Update a slot with the question revision that takers get."""
    table = m.table(m.slot)
    return (
        update(table)
        .where(table.c.id == bindparam("__id", type_=ID), *tenant_filter(m, m.slot))
        .values(question_revision_id=bindparam("__revision_id", type_=ID))
    )


def freeze_revision(m: Models[Any], _dialect: str) -> Executable:
    """Update a draft to become the revision that takers get."""
    table = m.table(m.quiz_revision)
    names = (*FROZEN, "published_at")
    new = {name: bindparam(f"__{name}", type_=table.c[name].type) for name in names}
    return (
        update(table).where(table.c.id == bindparam("__id", type_=ID), *tenant_filter(m, m.quiz_revision)).values(new)
    )


def insert_assignment(m: Models[Any], _dialect: str) -> Executable:
    """Insert the default assignment of a quiz."""
    return insert_into(m, m.assignment)


def published_revision(m: Models[Any], dialect: str) -> Executable:
    """Select a published revision."""
    table = m.table(m.quiz_revision)
    found = select(*(table.c[name] for name in FROZEN)).where(
        table.c.quiz_id == bindparam("quiz_id", type_=ID),
        table.c.number == bindparam("number", type_=Integer()),
        *tenant_filter(m, m.quiz_revision),
    )
    return current_read(found, dialect)


def delete_slots(m: Models[Any], dialect: str) -> Executable:
    """Delete the slots of a draft, to which nothing refers.

    With a subquery, MariaDB would scan and lock the slots of all quizzes.
    """
    slot, section = m.table(m.slot), m.table(m.section)
    if dialect in MARIADB:
        return delete(slot).where(
            slot.c.section_id == section.c.id,
            section.c.quiz_revision_id == bindparam("revision_id", type_=ID),
            *tenant_filter(m, m.slot, m.section),
        )
    drafted = select(section.c.id).where(
        section.c.quiz_revision_id == bindparam("revision_id", type_=ID), *tenant_filter(m, m.section)
    )
    return delete(slot).where(slot.c.section_id.in_(drafted), *tenant_filter(m, m.slot))


def delete_sections(m: Models[Any], _dialect: str) -> Executable:
    """Delete the sections of a draft, to which nothing refers any more."""
    section = m.table(m.section)
    return delete(section).where(
        section.c.quiz_revision_id == bindparam("revision_id", type_=ID), *tenant_filter(m, m.section)
    )
