"""Verbs for categories."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic

from sqlalchemy import Executable, bindparam, select, update
from sqlalchemy.orm import Session

from quizkit.crud._core.changing import FIRST_VERSION
from quizkit.crud._core.clock import NewId, moment
from quizkit.crud._core.context import S
from quizkit.crud._core.creating import call_hash, client_id
from quizkit.crud._core.dialects import fresh
from quizkit.crud._core.host_columns import NOTHING, Values, Where
from quizkit.crud._core.legacy import Legacy, added_by_host, ids
from quizkit.crud._core.paging import AFTER, LIMIT
from quizkit.crud._core.tables import ID, insert_into, owned
from quizkit.crud._core.verbs import lone_verb, verb
from quizkit.crud._drafts import content
from quizkit.errors import NotFound
from quizkit.models import Models, UtcDateTime
from quizkit.rules import lifecycle
from quizkit.schemas import CategoryCreate, CategoryReturn, CategoryUpdate, Page

__all__ = ["Categories"]

_RETURNED = tuple(CategoryReturn.model_fields)


def _insert(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.category)


def _columns(m: Models[Any]) -> Any:
    table = m.table(m.category)
    return select(*(table.c[name] for name in _RETURNED)).where(*owned(m, m.category))


def _get(m: Models[Any], _dialect: str) -> Executable:
    found: Executable = _columns(m).where(m.category.id == bindparam("id", type_=ID))
    return found


def _page(m: Models[Any], _dialect: str) -> Executable:
    of_bank = m.category.bank_id == bindparam("bank_id", type_=ID)
    found: Executable = _columns(m).where(of_bank, m.category.id > AFTER).order_by(m.category.id).limit(LIMIT)
    return found


def _touch_bank(m: Models[Any], _dialect: str) -> Executable:
    """Write the bank of a tree that is about to change: two moves at once could make a circle.

    A lock alone would tell nobody whose snapshot of the tree is older.
    """
    table = m.table(m.bank)
    this = update(table).where(table.c.id == bindparam("_id", type_=ID), *owned(m, m.bank))
    return this.values(updated_at=bindparam("_now", type_=UtcDateTime()))


def _tree(m: Models[Any], dialect: str) -> Executable:
    """Select the tree of a bank as it is now. Not with a CTE: MariaDB reads what is inside one from the past."""
    found = select(m.category.id, m.category.parent_id).where(
        m.category.bank_id == bindparam("bank_id", type_=ID), *owned(m, m.category)
    )
    return fresh(found, dialect)


def _get_now(m: Models[Any], dialect: str) -> Executable:
    return fresh(_columns(m).where(m.category.id == bindparam("id", type_=ID)), dialect)


def _returned(row: Mapping[str, Any]) -> CategoryReturn:
    return CategoryReturn.model_validate(row)


class Categories(Legacy, Generic[S]):
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
            session: yours, sync or async; flushed, never committed.
            data: what the category is.
            category_id: an id made by the client, a UUID version 7: creating twice with it is creating once.
            values: what goes into columns that you added.
            now: the moment to store; the present unless given.
            new_id: where ids come from; UUIDs version 7 unless given.

        Raises:
            NotFound: `bank_not_found`, `category_not_found`: there is no such parent in this bank.
            Refused: `id_taken`: another call has made a category with this id.
        """
        at = moment(now)
        given = client_id("category_id", category_id)
        made_from = None if given is None else call_hash(data)
        extra = added_by_host(self._models.category, values)
        if self._is_made(session, self._models.category, given, made_from):
            return self._made(session, given)
        self._hold_tree(session, data.bank_id, at)
        self._refuse_parent(session, data.parent_id, data.bank_id)
        made = CategoryReturn(
            id=given or ids(new_id, at)(), bank_id=data.bank_id, parent_id=data.parent_id, name=data.name,
            version=FIRST_VERSION, created_at=at, updated_at=at,
        )  # fmt: skip
        row = {**made.model_dump(), "made_from": made_from, **extra}
        if not self._make(session, self._models.category, _insert, row, tuple(extra), given=given is not None):
            return self._made(session, given)
        return made

    def _made(self, session: Session, category_id: uuid.UUID | None) -> CategoryReturn:
        return CategoryReturn.model_validate(self._first(session, _get_now, {"id": category_id}))

    @lone_verb
    def get(self, session: Session, category_id: uuid.UUID) -> CategoryReturn:
        """Return a category.

        Raises:
            NotFound: `category_not_found`.
        """
        row = self._first(session, _get, {"id": category_id})
        if row is None:
            raise NotFound("category_not_found", "There is no such category")
        return CategoryReturn.model_validate(row)

    @lone_verb
    def page(
        self,
        session: Session,
        *,
        bank_id: uuid.UUID,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
    ) -> Page[CategoryReturn]:
        """Return the categories of a bank in the order of their ids, each with its parent."""
        made = CategoryReturn.model_validate
        return self._page(session, _page, made, where=where, after=after, limit=limit, bank_id=bank_id)

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
        """Rename a category, or move it and all that is under it.

        Raises:
            NotFound: `category_not_found`: also for a parent that is not in the bank.
            Refused: `category_circle`: it would be under itself.
            Conflict: `version_conflict`: it is no longer the `version` that was given.
        """
        at = moment(now)
        old = self._held(session, category_id, at)
        if data.parent_id is not None:
            self._refuse_parent(session, data.parent_id, old.bank_id)
            parents = {row.id: row.parent_id for row in self._run(session, _tree, {"bank_id": old.bank_id})}
            lifecycle.refuse_circle(parents, category_id, data.parent_id)
        new = data.model_dump(exclude_unset=True)
        return self._change(session, self._models.category, old, new, _returned, at=at, version=version)

    @verb
    def archive(
        self, session: Session, category_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> CategoryReturn:
        """Take a category out of use. Its questions stay in it, and quizzes that draw from it go on doing so.

        One that is archived stays as it is.

        Raises:
            NotFound: `category_not_found`.
            Conflict: `version_conflict`: it is no longer the `version` that was given.
        """
        at = moment(now)
        old = self._held(session, category_id, at)
        new = {} if old.archived_at else {"archived_at": at}
        return self._change(session, self._models.category, old, new, _returned, at=at, version=version)

    def _held(self, session: Session, category_id: uuid.UUID, at: datetime) -> Any:
        """Return a category as it is once nobody else can change the tree."""
        found = self._first(session, _get, {"id": category_id})
        if found is None:
            raise NotFound("category_not_found", "There is no such category")
        self._hold_tree(session, found.bank_id, at)
        return self._first(session, _get_now, {"id": category_id})

    def _hold_tree(self, session: Session, bank_id: uuid.UUID, at: datetime) -> None:
        if not self._run(session, _touch_bank, {"_id": bank_id, "_now": at}).rowcount:
            raise NotFound("bank_not_found", "There is no such bank")

    def _refuse_parent(self, session: Session, parent_id: uuid.UUID | None, bank_id: uuid.UUID) -> None:
        if parent_id is None:
            return
        found = self._first(session, content.known_categories, {"_categories": [parent_id]})
        if found is None or found.bank_id != bank_id:
            raise NotFound("category_not_found", "The bank has no such category")
