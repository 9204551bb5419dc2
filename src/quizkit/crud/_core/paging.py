"""Keyset pagination: page ten thousand is as fast as the first page."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Integer, Select, bindparam

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.host_columns import Where
from quizkit.crud._core.tables import ID
from quizkit.errors import Invalid
from quizkit.schemas import Page

__all__ = ["AFTER", "FIRST", "LIMIT", "MOST", "page", "page_of", "refuse_limit"]

T = TypeVar("T")

MOST: Final = 200
FIRST: Final = uuid.UUID(int=0)

AFTER: Final = bindparam("after", type_=ID)
LIMIT: Final = bindparam("limit", type_=Integer())


def refuse_limit(limit: int) -> None:
    """Raise `Invalid` if the page size is out of range."""
    if not 1 <= limit <= MOST:
        raise Invalid("page_limit", f"A page must have 1 to {MOST} items", most=MOST)


def page(
    work: Work[S],
    build: Build,
    to_item: Callable[[Any], T],
    *,
    where: Where,
    after: uuid.UUID | None,
    limit: int,
    **values: Any,
) -> Page[T]:
    """Return a page of the rows that a select finds, with the host's conditions `where` added."""
    refuse_limit(limit)
    statement = work.statement(build)
    if where:
        statement = cast("Select[Any]", statement).where(*where)
    found = work.execute(statement, {**values, "after": after or FIRST, "limit": limit + 1})
    return page_of(found.all(), limit, to_item)


def page_of(rows: Sequence[Any], limit: int, to_item: Callable[[Any], T]) -> Page[T]:
    """Return a page from up to `limit + 1` rows; the extra row shows that there is a next page."""
    items = tuple(to_item(row) for row in rows[:limit])
    # Not Page[T]: a class that is created at run time cannot be pickled.
    return Page(items=items, next_after=rows[limit - 1].id if len(rows) > limit else None)
