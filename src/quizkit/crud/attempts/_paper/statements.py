"""The SQL statements for published revisions and drawn questions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable, Select, and_, bindparam, func, select

from quizkit.crud._core.dialects import current_read
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.models import ExactPoints, Models


def slots(m: Models[Any], _dialect: str) -> Executable:
    """Select the slots of a published revision as takers see them, without any column that contains a key."""
    found: Executable = _slots(m)
    return found


def slots_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same if the transaction's snapshot is older than the publishing."""
    return current_read(_slots(m), dialect)


def _slots(m: Models[Any]) -> Any:
    revision, slot, section = m.question_revision, m.slot, m.section
    return (
        select(
            section.position.label("section_position"),
            section.title.label("section_title"),
            section.shuffle,
            section.navigation,
            section.per_page,
            section.time_limit_seconds.label("section_time_limit"),
            section.pass_share.label("section_pass_share"),
            section.show_tags,
            slot.pass_share,
            slot.question_id,
            slot.counting,
            slot.requires_previous,
            slot.time_limit_seconds,
            slot.draw_count,
            slot.draw_bank_id,
            slot.draw_category_id,
            slot.draw_tags,
            slot.draw_fresh,
            slot.draw_min,
            slot.draw_unseen_first,
            revision.id.label("revision_id"),
            revision.identity,
            func.coalesce(slot.points, revision.points, type_=ExactPoints(12)).label("max_points"),
            revision.view,
            revision.tags,
        )
        .select_from(section)
        .join(slot, slot.section_id == section.id)
        .join(m.quiz_revision, m.quiz_revision.id == section.quiz_revision_id)
        .outerjoin(revision, and_(revision.id == slot.question_revision_id, *tenant_filter(m, revision)))
        .where(*_as_published(m), *tenant_filter(m, section, slot))
        .order_by(section.position, slot.position)
    )


def _as_published(m: Models[Any]) -> tuple[Any, ...]:
    """Return the conditions that a revision is published: an older snapshot shows its draft, or nothing."""
    table = m.table(m.quiz_revision)
    same = table.c.content_hash == bindparam("content_hash", type_=table.c.content_hash.type)
    return table.c.id == bindparam("revision_id", type_=ID), same, *tenant_filter(m, m.quiz_revision)


def keys(m: Models[Any], _dialect: str) -> Executable:
    """Select the question bodies of a published revision: the keys, for marking."""
    return _keys(m)


def keys_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same if the transaction's snapshot is older than the publishing."""
    return current_read(_keys(m), dialect)


def _keys(m: Models[Any]) -> Select[Any]:
    revision = m.question_revision
    return (
        select(revision.id, m.table(revision).c.body)
        .select_from(m.section)
        .join(m.quiz_revision, m.quiz_revision.id == m.section.quiz_revision_id)
        .join(m.slot, m.slot.section_id == m.section.id)
        .join(revision, revision.id == m.slot.question_revision_id)
        .where(*_as_published(m), *tenant_filter(m, m.section, m.slot, revision))
    )


def _these(m: Models[Any]) -> tuple[Any, ...]:
    ids = bindparam("__revisions", type_=ID, expanding=True)
    return m.question_revision.id.in_(ids), *tenant_filter(m, m.question_revision)


def drawn_views(m: Models[Any], _dialect: str) -> Executable:
    """Select what takers see of drawn questions, without any column that contains a key."""
    return _drawn_views(m)


def drawn_views_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same if the transaction's snapshot is older than the questions."""
    return current_read(_drawn_views(m), dialect)


def _drawn_views(m: Models[Any]) -> Select[Any]:
    revision = m.question_revision
    shown = (revision.id, revision.question_id, revision.content_hash, revision.view, revision.tags)
    return select(*shown).where(*_these(m))


def drawn_keys(m: Models[Any], _dialect: str) -> Executable:
    """Select the bodies of drawn questions: the keys, for marking."""
    return _drawn_keys(m)


def drawn_keys_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same if the transaction's snapshot is older than the questions."""
    return current_read(_drawn_keys(m), dialect)


def _drawn_keys(m: Models[Any]) -> Select[Any]:
    revision = m.question_revision
    body = m.table(revision).c.body
    return select(revision.id, revision.question_id, revision.content_hash, body).where(*_these(m))
