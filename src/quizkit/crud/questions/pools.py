"""Which questions: in a category and those under it, with tags, with a text. For lists, and for draws."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, Executable, Select, String, bindparam, func, select

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.models import Models
from quizkit.questions import registered

__all__ = ["POOLS", "find_pool", "in_category", "pool_values", "searched", "tagged", "unanswerable"]


def unanswerable() -> list[str]:
    """Return the types that nobody can answer, and that no draw takes."""
    return [name for name, kind in registered().items() if not kind.answerable]


def find_pool(work: Work[S], bank_id: uuid.UUID, category_id: uuid.UUID | None, tags: list[str]) -> CursorResult[Any]:
    """Return the questions that can be drawn now: their ids, and the ids, hashes and identities of their revisions."""
    build = POOLS[category_id is not None, bool(tags)]
    return work.run(build, pool_values(bank_id, category_id, tags, unanswerable()))


def subtree(m: Models[Any]) -> Any:
    """Return the ids of the category `_category` and of all under it, as a recursive CTE."""
    table = m.table(m.category)
    top = select(table.c.id).where(table.c.id == bindparam("_category", type_=ID), *tenant_filter(m, m.category))
    tree = top.cte("tree", recursive=True)
    under = select(table.c.id).join(tree, table.c.parent_id == tree.c.id).where(*tenant_filter(m, m.category))
    return tree.union(under)


def in_category(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a question is in the category `_category`, or under it."""
    return m.table(m.question).c.category_id.in_(select(subtree(m).c.id))


def tagged(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a question has all the tags `_tags`, of which there are `_tag_count`."""
    tag, question = m.table(m.question_tag), m.table(m.question)
    given = bindparam("_tags", type_=tag.c.tag.type, expanding=True)
    count = (
        select(func.count())
        .select_from(tag)
        .where(tag.c.question_id == question.c.id, tag.c.tag.in_(given), *tenant_filter(m, m.question_tag))
        .correlate(question)
    )
    wanted: ColumnElement[bool] = count.scalar_subquery() == bindparam("_tag_count")
    return wanted


def searched(m: Models[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that the title or the prompt of a question holds a text, whatever its case."""
    return m.table(m.question).c.search.contains(text.casefold(), autoescape=True)


def _pool(m: Models[Any]) -> Select[Any]:
    """Select the questions of the bank `_bank` that are in use, each with its latest revision."""
    question, latest = m.table(m.question), m.question_revision
    return (
        select(question.c.id, latest.id.label("revision_id"), latest.content_hash, latest.identity)
        .select_from(question)
        .join(latest, (latest.question_id == question.c.id) & (latest.number == question.c.revision))
        .where(
            question.c.bank_id == bindparam("_bank", type_=ID),
            question.c.archived_at.is_(None),
            question.c.type.not_in(bindparam("_silent", type_=String(), expanding=True)),
            *tenant_filter(m, m.question, latest),
        )
    )


def pool(m: Models[Any], _dialect: str) -> Executable:
    """Select the questions of a bank."""
    return _pool(m)


def pool_of_category(m: Models[Any], _dialect: str) -> Executable:
    """Select the questions of a category."""
    return _pool(m).where(in_category(m))


def pool_with_tags(m: Models[Any], _dialect: str) -> Executable:
    """Select the questions of a bank that have tags."""
    return _pool(m).where(tagged(m))


def pool_of_category_with_tags(m: Models[Any], _dialect: str) -> Executable:
    """Select the questions of a category that have tags."""
    return _pool(m).where(in_category(m), tagged(m))


POOLS: Final[dict[tuple[bool, bool], Callable[[Models[Any], str], Executable]]] = {
    (False, False): pool,
    (True, False): pool_of_category,
    (False, True): pool_with_tags,
    (True, True): pool_of_category_with_tags,
}
"""Which statement, depending on whether there is a category, and whether there are tags."""


def pool_values(bank: uuid.UUID, category: uuid.UUID | None, tags: list[str], silent: list[str]) -> dict[str, Any]:
    """Return what the statements of `POOLS` are given; `silent` are the types that nobody can answer."""
    values: dict[str, Any] = {"_bank": bank, "_silent": silent}
    if category is not None:
        values["_category"] = category
    if tags:
        values |= {"_tags": tags, "_tag_count": len(set(tags))}
    return values
