"""The SQL statements for drafts."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Executable, and_, bindparam, func, select

from quizkit.crud._core.dialects import current_read, for_change, force_index
from quizkit.crud._core.tables import ID, insert_into, tenant_filter, update_row
from quizkit.crud._drafts.rows import SLOT
from quizkit.models import Models

T = TypeVar("T")


def lock_quiz(m: Models[Any], dialect: str) -> Executable:
    """Select a quiz for update; others who want to change it wait."""
    table = m.table(m.quiz)
    this = select(table).where(table.c.id == bindparam("id", type_=ID), *tenant_filter(m, m.quiz))
    return for_change(force_index(this, table, dialect))


def touch_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Update the version, `updated_at` and the counts of a quiz whose draft has changed."""
    return update_row(m, m.quiz, ("question_count", "draw_count"))


def newest_revision(m: Models[Any], dialect: str) -> Executable:
    """Select the newest revision of a quiz, draft or published."""
    revision = m.quiz_revision
    newest = (
        select(revision.id, revision.number, revision.published_at)
        .where(revision.quiz_id == bindparam("quiz_id", type_=ID), *tenant_filter(m, revision))
        .order_by(revision.number.desc())
        .limit(1)
    )
    key = m.config.name("uq", revision.role, "quiz_id", "number")
    return current_read(force_index(newest, m.table(revision), dialect, key), dialect)


def insert_quiz_revision(m: Models[Any], _dialect: str) -> Executable:
    """Insert a quiz revision."""
    return insert_into(m, m.quiz_revision)


def insert_section(m: Models[Any], _dialect: str) -> Executable:
    """Insert sections."""
    return insert_into(m, m.section)


def insert_slot(m: Models[Any], _dialect: str) -> Executable:
    """Insert slots."""
    return insert_into(m, m.slot)


def slots_of(m: Models[Any], dialect: str) -> Executable:
    """Select the ordered sections and slots of a revision. A section without slots has one row with an empty slot."""
    slot, section = m.table(m.slot), m.section
    found = (
        select(
            section.position.label("section_position"),
            section.title.label("section_title"),
            section.shuffle,
            section.navigation,
            section.per_page,
            section.time_limit_seconds.label("section_time_limit"),
            section.pass_share.label("section_pass_share"),
            section.show_tags,
            *(slot.c[name] for name in SLOT if name != "section_id"),
            section.id.label("section_id"),
        )
        .select_from(section)
        .outerjoin(slot, and_(slot.c.section_id == section.id, *tenant_filter(m, m.slot)))
        .where(section.quiz_revision_id == bindparam("revision_id", type_=ID), *tenant_filter(m, section))
        .order_by(section.position, slot.c.position)
    )
    return current_read(force_outline_indexes(m, found, dialect), dialect)


def last_position(m: Models[Any], dialect: str) -> Executable:
    """Select the last section of a revision and the last position in it."""
    last = (
        select(m.section.id, func.coalesce(func.max(m.slot.position), 0).label("last"))
        .select_from(m.section)
        .outerjoin(m.slot, and_(m.slot.section_id == m.section.id, *tenant_filter(m, m.slot)))
        .where(m.section.quiz_revision_id == bindparam("revision_id", type_=ID), *tenant_filter(m, m.section))
        .group_by(m.section.id, m.section.position)
        .order_by(m.section.position.desc())
        .limit(1)
    )
    return current_read(force_outline_indexes(m, last, dialect), dialect)


def force_outline_indexes(m: Models[Any], statement: T, dialect: str) -> T:
    """Return a statement that finds sections by revision and slots by section.

    Otherwise MariaDB may scan, and lock, the slots of all quizzes while there are few of them.
    """
    for model, owner in ((m.section, "quiz_revision_id"), (m.slot, "section_id")):
        statement = force_index(statement, m.table(model), dialect, m.config.name("uq", model.role, owner, "position"))
    return statement
