"""Categories: the tree by which authors organise the questions of a bank."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, bindparam, select, update
from sqlalchemy.orm import Session

from quizkit.crud._core import creating, paging
from quizkit.crud._core.changing import FIRST_VERSION, change
from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.dialects import current_read, force_index
from quizkit.crud._core.host_columns import (
    NOTHING,
    Columns,
    Values,
    Where,
    host_columns,
    host_values,
    with_host_columns,
)
from quizkit.crud._core.tables import ID, insert_into, tenant_filter
from quizkit.crud._core.verbs import VerbGroup, reading, verb
from quizkit.errors import NotFound
from quizkit.models import Models, UtcDateTime
from quizkit.rules import category_tree, lifecycle
from quizkit.schemas import CategoryCreate, CategoryReturn, CategoryUpdate, Page

__all__ = ["Categories"]


class Categories(VerbGroup[S]):
    """Categories of banks, for authors."""

    @verb
    def create(
        self,
        session: Session,
        data: CategoryCreate,
        *,
        category_id: uuid.UUID | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> CategoryReturn:
        """Create a category.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            data: the new category.
            category_id: an id made by the client, a UUID version 7; repeating the call with it creates nothing new.
            values: values for columns that you added.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            NotFound: `bank_not_found`; `category_not_found`: the bank has no such parent category.
            Refused: `id_taken`: another call already used this id for a category.
        """
        return create_category(self._work(session, now, new_id), data, category_id, values)

    @reading
    def get(self, session: Session, category_id: uuid.UUID, *, columns: Columns = ()) -> CategoryReturn:
        """Return a category.

        `columns` adds values of your own columns, such as `[Category.course_id]`, to its `columns`.

        Raises:
            UsageError: `columns_column`.
            NotFound: `category_not_found`.
        """
        return get_category(self._work(session), category_id, columns)

    @reading
    def page(
        self,
        session: Session,
        *,
        bank_id: uuid.UUID,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
    ) -> Page[CategoryReturn]:
        """Return a bank's categories in id order, each with its parent."""
        work = self._work(session)
        return page_of_bank(work, bank_id, where=where, after=after, limit=limit, columns=columns)

    @verb
    def update(
        self,
        session: Session,
        category_id: uuid.UUID,
        data: CategoryUpdate,
        *,
        version: int | None = None,
        now: datetime | None = None,
    ) -> CategoryReturn:
        """Rename a category, or move it with its whole subtree.

        Raises:
            NotFound: `category_not_found`: also if the parent is not in the bank.
            Refused: `category_circle`: the category would be its own ancestor.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        return update_category(self._work(session, now), category_id, data, version)

    @verb
    def archive(
        self, session: Session, category_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> CategoryReturn:
        """Archive a category. Its questions stay in it, and quizzes that draw from it still do.

        Archiving it again changes nothing.

        Raises:
            NotFound: `category_not_found`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        return archive_category(self._work(session, now), category_id, version)


# ---------------------------------------------------------------------------------------------- use cases


def create_category(
    work: Work[S], data: CategoryCreate, category_id: uuid.UUID | None, values: Values
) -> CategoryReturn:
    """Return a new category, or the category that the same call has already created.

    Raises:
        NotFound: `bank_not_found`; `category_not_found`: the bank has no such parent category.
        Refused: `id_taken`: another call already used this id for a category.
    """
    category = work.models.category
    requested_id = creating.client_id("category_id", category_id)
    made_from = None if requested_id is None else creating.call_hash(data)
    extra = host_values(category, values)
    if creating.already_created(work, category, requested_id, made_from):
        return _existing_category(work, requested_id)
    _lock_tree(work, data.bank_id)
    refuse_unknown_category(work, data.parent_id, data.bank_id)
    new = CategoryReturn(
        id=requested_id or work.new_id(),
        bank_id=data.bank_id,
        parent_id=data.parent_id,
        name=data.name,
        version=FIRST_VERSION,
        created_at=work.now,
        updated_at=work.now,
    )
    row = {**new.model_dump(), "made_from": made_from, **extra}
    by_client = requested_id is not None
    if not creating.create(work, category, insert_category, row, tuple(extra), by_client=by_client):
        return _existing_category(work, requested_id)
    return new


def _existing_category(work: Work[S], category_id: uuid.UUID | None) -> CategoryReturn:
    return CategoryReturn.model_validate(work.first(select_category_now, {"id": category_id}))


def get_category(work: Work[S], category_id: uuid.UUID, columns: Columns) -> CategoryReturn:
    """Return a category.

    Raises:
        NotFound: `category_not_found`.
    """
    row = work.first(select_category, {"id": category_id}, host_columns(work.models.category, columns))
    if row is None:
        raise NotFound("category_not_found", "There is no such category")
    return with_host_columns(CategoryReturn.model_validate(row), row, columns)


def page_of_bank(
    work: Work[S], bank_id: uuid.UUID, *, where: Where, after: uuid.UUID | None, limit: int, columns: Columns
) -> Page[CategoryReturn]:
    """Return a page of the categories of a bank."""
    build, model, here = select_categories, work.models.category, {"bank_id": "bank_id"}
    return paging.page(
        work,
        build,
        model,
        _returned,
        scope=here,
        where=where,
        after=after,
        limit=limit,
        columns=columns,
        bank_id=bank_id,
    )


def update_category(work: Work[S], category_id: uuid.UUID, data: CategoryUpdate, version: int | None) -> CategoryReturn:
    """Change the name or the parent of a category, and return it.

    Raises:
        NotFound: `category_not_found`: also if the parent is not in the bank.
        Refused: `category_circle`: the category would be its own ancestor.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old = _locked(work, category_id)
    if data.parent_id is not None:
        refuse_unknown_category(work, data.parent_id, old.bank_id)
        parents = {row.id: row.parent_id for row in work.run(select_tree, {"bank_id": old.bank_id})}
        category_tree.refuse_circle(parents, category_id, data.parent_id)
    new = data.model_dump(exclude_unset=True)
    return change(work, work.models.category, old, new, _returned, version=version)


def archive_category(work: Work[S], category_id: uuid.UUID, version: int | None) -> CategoryReturn:
    """Archive a category, and return it.

    Raises:
        NotFound: `category_not_found`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old = _locked(work, category_id)
    new = {"archived_at": lifecycle.archive_time(old.archived_at, work.now)}
    return change(work, work.models.category, old, new, _returned, version=version)


def refuse_unknown_category(work: Work[S], category_id: uuid.UUID | None, bank_id: uuid.UUID) -> None:
    """Raise `NotFound` if the category is given and is not in the bank.

    Raises:
        NotFound: `category_not_found`.
    """
    if category_id is None:
        return
    found = work.first(known_categories, {"__categories": [category_id]})
    if found is None or found.bank_id != bank_id:
        raise NotFound("category_not_found", "The bank has no such category")


def _locked(work: Work[S], category_id: uuid.UUID) -> Any:
    """Return the current row of a category, after locking the tree."""
    found = work.first(select_category, {"id": category_id})
    if found is None:
        raise NotFound("category_not_found", "There is no such category")
    _lock_tree(work, found.bank_id)
    return work.first(select_category_now, {"id": category_id})


def _lock_tree(work: Work[S], bank_id: uuid.UUID) -> None:
    if not work.run(touch_bank, {"__id": bank_id, "__now": work.now}).rowcount:
        raise NotFound("bank_not_found", "There is no such bank")


def _returned(row: Any) -> CategoryReturn:
    return CategoryReturn.model_validate(row)


# ---------------------------------------------------------------------------------------------- statements


def insert_category(m: Models[Any], _dialect: str) -> Executable:
    """Insert a category."""
    return insert_into(m, m.category)


def _columns(m: Models[Any]) -> Any:
    table = m.table(m.category)
    return select(*(table.c[name] for name in CategoryReturn.model_fields)).where(*tenant_filter(m, m.category))


def select_category(m: Models[Any], _dialect: str) -> Executable:
    """Select a category."""
    found: Executable = _columns(m).where(m.category.id == bindparam("id", type_=ID))
    return found


def select_category_now(m: Models[Any], dialect: str) -> Executable:
    """Select a category as it is now, not as an older snapshot has it."""
    return current_read(_columns(m).where(m.category.id == bindparam("id", type_=ID)), dialect)


def select_categories(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of the categories of a bank."""
    of_bank = m.category.bank_id == bindparam("bank_id", type_=ID)
    return paging.in_id_order(_columns(m).where(of_bank), m.table(m.category))


def known_categories(m: Models[Any], dialect: str) -> Executable:
    """Select the categories with these ids, each with its bank."""
    ids = bindparam("__categories", type_=ID, expanding=True)
    found = select(m.category.id, m.category.bank_id).where(m.category.id.in_(ids), *tenant_filter(m, m.category))
    return current_read(force_index(found, m.table(m.category), dialect), dialect)


def touch_bank(m: Models[Any], _dialect: str) -> Executable:
    """Update the bank of a tree that is about to change, because two concurrent moves could create a cycle.

    A lock alone would not fail a transaction whose snapshot of the tree is older.
    """
    table = m.table(m.bank)
    this = update(table).where(table.c.id == bindparam("__id", type_=ID), *tenant_filter(m, m.bank))
    return this.values(updated_at=bindparam("__now", type_=UtcDateTime()))


def select_tree(m: Models[Any], dialect: str) -> Executable:
    """Select the tree of a bank as it is now. Without a CTE: inside one, MariaDB reads the old snapshot."""
    found = select(m.category.id, m.category.parent_id).where(
        m.category.bank_id == bindparam("bank_id", type_=ID), *tenant_filter(m, m.category)
    )
    return current_read(found, dialect)
