"""Filters for questions: by category and subcategories, by tags, by text. Lists and draws use them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, Executable, Select, String, bindparam, func, select

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.models import Models
from quizkit.questions import registered
from quizkit.questions._searching import search_form, tag_form

__all__ = ["POOLS", "find_pool", "in_category", "pool_values", "searched", "tag_values", "tagged", "unanswerable"]


def unanswerable() -> list[str]:
    """Return the types that cannot be answered. Draws never take them."""
    return [name for name, kind in registered().items() if not kind.answerable]


def find_pool(work: Work[S], bank_id: uuid.UUID, category_id: uuid.UUID | None, tags: list[str]) -> CursorResult[Any]:
    """Return the questions that can be drawn now: their ids, and the ids, hashes and identities of their revisions."""
    build = POOLS[category_id is not None, bool(tags)]
    return work.run(build, pool_values(bank_id, category_id, tags, unanswerable()))


def subtree(m: Models[Any]) -> Any:
    """Return the ids of the category `category_id` and its descendants, as a recursive CTE."""
    table = m.table(m.category)
    top = select(table.c.id).where(table.c.id == bindparam("category_id", type_=ID), *tenant_filter(m, m.category))
    tree = top.cte("tree", recursive=True)
    under = select(table.c.id).join(tree, table.c.parent_id == tree.c.id).where(*tenant_filter(m, m.category))
    return tree.union(under)


def in_category(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a question is in the category `category_id` or below it."""
    return m.table(m.question).c.category_id.in_(select(subtree(m).c.id))


def tagged(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a question has all the tags `__tags`; `__tag_count` is their number."""
    tag, question = m.table(m.question_tag), m.table(m.question)
    wanted = bindparam("__tags", type_=tag.c.tag.type, expanding=True)
    count = (
        select(func.count())
        .select_from(tag)
        .where(tag.c.question_id == question.c.id, tag.c.tag.in_(wanted), *tenant_filter(m, m.question_tag))
        .correlate(question)
    )
    has_all: ColumnElement[bool] = count.scalar_subquery() == bindparam("__tag_count")
    return has_all


def searched(m: Models[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that the title or the prompt of a question contains a text, whatever its case and accents."""
    return m.table(m.question).c.search.contains(search_form(text), autoescape=True)


def _pool(m: Models[Any]) -> Select[Any]:
    """Select the active questions of the bank `bank_id`, each with its latest revision."""
    question, latest = m.table(m.question), m.question_revision
    return (
        select(question.c.id, latest.id.label("revision_id"), latest.content_hash, latest.identity)
        .select_from(question)
        .join(latest, (latest.question_id == question.c.id) & (latest.number == question.c.revision))
        .where(
            question.c.bank_id == bindparam("bank_id", type_=ID),
            question.c.archived_at.is_(None),
            m.table(latest).c.type.not_in(bindparam("__unanswerable", type_=String(), expanding=True)),
            *tenant_filter(m, m.question, latest),
        )
    )


def pool(m: Models[Any], _dialect: str) -> Executable:
    """Select the drawable questions of a bank."""
    return _pool(m)


def pool_of_category(m: Models[Any], _dialect: str) -> Executable:
    """Select the drawable questions of a category."""
    return _pool(m).where(in_category(m))


def pool_with_tags(m: Models[Any], _dialect: str) -> Executable:
    """Select the drawable questions of a bank with all given tags."""
    return _pool(m).where(tagged(m))


def pool_of_category_with_tags(m: Models[Any], _dialect: str) -> Executable:
    """Select the drawable questions of a category with all given tags."""
    return _pool(m).where(in_category(m), tagged(m))


POOLS: Final[dict[tuple[bool, bool], Callable[[Models[Any], str], Executable]]] = {
    (False, False): pool,
    (True, False): pool_of_category,
    (False, True): pool_with_tags,
    (True, True): pool_of_category_with_tags,
}
"""The statement for a draw, by whether it has a category and whether it has tags."""


def pool_values(bank_id: uuid.UUID, category_id: uuid.UUID | None, tags: list[str], types: list[str]) -> dict[str, Any]:
    """Return the parameters for the statements of `POOLS`; `types` are those that draws never take."""
    values: dict[str, Any] = {"bank_id": bank_id, "__unanswerable": types}
    if category_id is not None:
        values["category_id"] = category_id
    return values | tag_values(tags)


def tag_values(tags: Iterable[str]) -> dict[str, Any]:
    """Return the parameters of the condition on tags; none for no tags."""
    wanted = sorted(set(map(tag_form, tags)))
    return {"__tags": wanted, "__tag_count": len(wanted)} if wanted else {}
