"""Keyset pages: as quick on page ten thousand as on the first."""

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
    """Refuse a page size that is no page size."""
    if not 1 <= limit <= MOST:
        raise Invalid("page_limit", f"A page has from 1 to {MOST} items", most=MOST)


def page(
    work: Work[S],
    build: Build,
    made: Callable[[Any], T],
    *,
    where: Where,
    after: uuid.UUID | None,
    limit: int,
    **values: Any,
) -> Page[T]:
    """Return a page of what a select finds, under further conditions, which are the host's."""
    refuse_limit(limit)
    statement = work.statement(build)
    if where:
        statement = cast("Select[Any]", statement).where(*where)
    found = work.execute(statement, {**values, "after": after or FIRST, "limit": limit + 1})
    return page_of(found.all(), limit, made)


def page_of(rows: Sequence[Any], limit: int, made: Callable[[Any], T]) -> Page[T]:
    """Return a page from one row more than it holds: that row tells whether there is a next one."""
    items = tuple(made(row) for row in rows[:limit])
    # Not Page[T]: a class made on the fly cannot be pickled.
    return Page(items=items, next_after=rows[limit - 1].id if len(rows) > limit else None)
