"""Keyset pagination: page ten thousand is as fast as the first page."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

from sqlalchemy import ColumnElement, Executable, Integer, Select, Table, bindparam, exists, select

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.host_columns import Columns, Where, host_columns, narrowed, with_host_columns
from quizkit.crud._core.tables import ID, tenant_filter_of
from quizkit.errors import Invalid, NotFound
from quizkit.models._row import Row
from quizkit.schemas import Page

__all__ = [
    "AFTER",
    "FIRST",
    "LAST",
    "LIMIT",
    "MAX_ITEMS",
    "after_unknown",
    "in_id_order",
    "newest_first",
    "page",
    "page_of",
    "refuse_limit",
    "rows_after",
]

T = TypeVar("T")

MAX_ITEMS: Final = 200
FIRST: Final = uuid.UUID(int=0)
LAST: Final = uuid.UUID(int=(1 << 128) - 1)

AFTER: Final = bindparam("after", type_=ID)
LIMIT: Final = bindparam("limit", type_=Integer())


def newest_first(found: Select[Any], table: Table) -> Executable:
    """Return a select of one page of a list in descending id order: the rows before the parameter `after`."""
    return found.where(table.c.id < AFTER).order_by(table.c.id.desc()).limit(LIMIT)


def in_id_order(found: Select[Any], table: Table) -> Executable:
    """Return a select of one page of a list: the rows after the parameter `after` in id order, at most `limit`."""
    return found.where(table.c.id > AFTER).order_by(table.c.id).limit(LIMIT)


def refuse_limit(limit: int) -> None:
    """Raise `Invalid` if the page size is out of range."""
    if not 1 <= limit <= MAX_ITEMS:
        raise Invalid("page_limit", f"A page must have 1 to {MAX_ITEMS} items", most=MAX_ITEMS)


def after_unknown() -> NotFound:
    """Return the error for an `after` that is no item of the list."""
    return NotFound("after_not_found", "The list has no item with the id `after`: start with the first page")


def page(
    work: Work[S],
    build: Build,
    model: type[Row],
    to_item: Callable[[Any], T],
    *,
    scope: Mapping[str, str] | None = None,
    where: Where,
    after: uuid.UUID | None,
    limit: int,
    columns: Columns = (),
    start: uuid.UUID = FIRST,
    **values: Any,
) -> Page[T]:
    """Return a page of the rows that a select finds, with the host's conditions `where` added.

    Args:
        work: the call.
        build: the select, with the parameters `after` and `limit`.
        model: the class of the listed rows.
        to_item: makes an item of a row.
        scope: the columns, with the names of their parameters, by which a list without any filter is limited.
        where: more conditions.
        after: the id of the last item of the previous page.
        limit: the maximum number of items.
        columns: columns of the host that the items, which are `Stored`, also get.
        start: the `after` of the first page: the nil UUID, or the max UUID if the newest come first.
        values: the other parameters of the select.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    rows = rows_after(
        work, build, model, scope=scope, where=where, after=after, limit=limit, columns=columns, start=start, **values
    )
    if not columns:
        return page_of(rows, limit, to_item)
    return page_of(rows, limit, lambda row: with_host_columns(cast("Any", to_item(row)), row, columns))


def rows_after(
    work: Work[S],
    build: Build,
    model: type[Row],
    *,
    scope: Mapping[str, str] | None = None,
    where: Where = (),
    after: uuid.UUID | None,
    limit: int,
    columns: Columns = (),
    start: uuid.UUID = FIRST,
    **values: Any,
) -> Sequence[Any]:
    """Return up to `limit + 1` rows of a list, the arguments being those of `page`.

    The item `after` must exist, but need not match the filters any longer: a caller may change the items of each page.

    Raises:
        NotFound: `after_not_found`.
        Invalid: `page_limit`.
    """
    refuse_limit(limit)
    parameters = {**values, "after": after or start, "limit": limit + 1}
    statement = narrowed(cast("Select[Any]", work.statement(build)), where)
    if columns:
        statement = statement.add_columns(*host_columns(model, columns))
    if after is None:
        return work.execute(statement, parameters).all()
    known = _is_known(work, model, scope or {})
    rows = work.execute(statement.add_columns(known.label("after_known")), parameters).all()
    if not (rows[0].after_known if rows else work.execute(select(known), parameters).scalar_one()):
        raise after_unknown()
    return rows


def _is_known(work: Work[S], model: type[Row], scope: Mapping[str, str]) -> ColumnElement[bool]:
    """Return the condition that the item `after` exists."""
    item = work.models.table(model).alias("item_before")
    here = [item.c[name] == bindparam(parameter, type_=item.c[name].type) for name, parameter in scope.items()]
    return exists().where(item.c.id == AFTER, *here, *tenant_filter_of(work.models, item))


def page_of(rows: Sequence[Any], limit: int, to_item: Callable[[Any], T]) -> Page[T]:
    """Return a page from up to `limit + 1` rows; the extra row shows that there is a next page."""
    items = tuple(to_item(row) for row in rows[:limit])
    # Not Page[T]: a class that is created at run time cannot be pickled.
    return Page(items=items, next_after=rows[limit - 1].id if len(rows) > limit else None)
