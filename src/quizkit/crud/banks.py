"""Banks: collections of questions."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, bindparam, select
from sqlalchemy.orm import Session

from quizkit.crud._core import creating, paging
from quizkit.crud._core.changing import FIRST_VERSION, change
from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.dialects import current_read, for_change, force_index
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
from quizkit.models import Models
from quizkit.rules import lifecycle
from quizkit.schemas import BankCreate, BankReturn, BankUpdate, Page

__all__ = ["Banks", "bank_row", "insert_bank", "known_banks", "new_bank"]


class Banks(VerbGroup[S]):
    """Banks of questions, for authors."""

    @verb
    def create(
        self,
        session: Session,
        data: BankCreate,
        *,
        bank_id: uuid.UUID | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> BankReturn:
        """Create a bank.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            data: the new bank.
            bank_id: an id made by the client, a UUID version 7; repeating the call with it creates nothing new.
            values: values for columns that you added, such as `{Bank.course_id: 3}`.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            Refused: `id_taken`: another call already used this id for a bank.
        """
        return create_bank(self._work(session, now, new_id), data, bank_id, values)

    @reading
    def get(self, session: Session, bank_id: uuid.UUID, *, columns: Columns = ()) -> BankReturn:
        """Return a bank.

        `columns` adds values of your own columns, such as `[Bank.course_id]`, to its `columns`.

        Raises:
            UsageError: `columns_column`.
            NotFound: `bank_not_found`.
        """
        return get_bank(self._work(session), bank_id, columns)

    @reading
    def page(
        self,
        session: Session,
        *,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
    ) -> Page[BankReturn]:
        """Return up to `limit` banks in id order, starting after the id `after`.

        `where` adds your own conditions, such as `[Bank.course_id == 3]`.
        """
        work, to_item = self._work(session), BankReturn.model_validate
        model = work.models.bank
        return paging.page(work, select_banks, model, to_item, where=where, after=after, limit=limit, columns=columns)

    @verb
    def update(
        self,
        session: Session,
        bank_id: uuid.UUID,
        data: BankUpdate,
        *,
        version: int | None = None,
        now: datetime | None = None,
    ) -> BankReturn:
        """Rename a bank.

        Raises:
            NotFound: `bank_not_found`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        return update_bank(self._work(session, now), bank_id, data, version)

    @verb
    def archive(
        self, session: Session, bank_id: uuid.UUID, *, version: int | None = None, now: datetime | None = None
    ) -> BankReturn:
        """Archive a bank. Its questions stay in it, and quizzes that use or draw them still do; nothing is deleted.

        Archiving it again changes nothing.

        Raises:
            NotFound: `bank_not_found`.
            Conflict: `version_conflict`: the current version is not `version`.
        """
        return archive_bank(self._work(session, now), bank_id, version)


# ---------------------------------------------------------------------------------------------- use cases


def create_bank(work: Work[S], data: BankCreate, bank_id: uuid.UUID | None, values: Values) -> BankReturn:
    """Return a new bank, or the bank that the same call has already created.

    Raises:
        Refused: `id_taken`: another call already used this id for a bank.
    """
    requested_id = creating.client_id("bank_id", bank_id)
    made_from = None if requested_id is None else creating.call_hash(data)
    if creating.already_created(work, work.models.bank, requested_id, made_from):
        return _existing_bank(work, requested_id)
    bank = new_bank(data.name, bank_id=requested_id or work.new_id(), at=work.now)
    extra = host_values(work.models.bank, values)
    row = {**bank_row(bank, made_from), **extra}
    by_client = requested_id is not None
    if not creating.create(work, work.models.bank, insert_bank, row, tuple(extra), by_client=by_client):
        return _existing_bank(work, requested_id)
    return bank


def new_bank(name: str, *, bank_id: uuid.UUID, at: datetime) -> BankReturn:
    """Return a bank that is about to be stored."""
    return BankReturn(id=bank_id, name=name, version=FIRST_VERSION, created_at=at, updated_at=at)


def bank_row(bank: BankReturn, made_from: str | None = None) -> dict[str, Any]:
    """Return the row of a new bank; `made_from` is the hash of the creating call, if a client made the id."""
    return {**bank.model_dump(), "made_from": made_from}


def _existing_bank(work: Work[S], bank_id: uuid.UUID | None) -> BankReturn:
    return BankReturn.model_validate(work.first(select_bank_now, {"id": bank_id}))


def get_bank(work: Work[S], bank_id: uuid.UUID, columns: Columns) -> BankReturn:
    """Return a bank.

    Raises:
        NotFound: `bank_not_found`.
    """
    row = _found(work, select_bank, bank_id, columns)
    return with_host_columns(BankReturn.model_validate(row), row, columns)


def update_bank(work: Work[S], bank_id: uuid.UUID, data: BankUpdate, version: int | None) -> BankReturn:
    """Change the given fields of a bank, and return it.

    Raises:
        NotFound: `bank_not_found`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old = _found(work, lock_bank, bank_id)
    new = data.model_dump(exclude_unset=True)
    return change(work, work.models.bank, old, new, BankReturn.model_validate, version=version)


def archive_bank(work: Work[S], bank_id: uuid.UUID, version: int | None) -> BankReturn:
    """Archive a bank, and return it.

    Raises:
        NotFound: `bank_not_found`.
        Conflict: `version_conflict`: the current version is not `version`.
    """
    old = _found(work, lock_bank, bank_id)
    new = {"archived_at": lifecycle.archive_time(old.archived_at, work.now)}
    return change(work, work.models.bank, old, new, BankReturn.model_validate, version=version)


def _found(work: Work[S], build: Build, bank_id: uuid.UUID, columns: Columns = ()) -> Any:
    """Return the row that a statement finds for a bank.

    Raises:
        NotFound: `bank_not_found`.
    """
    row = work.first(build, {"id": bank_id}, host_columns(work.models.bank, columns))
    if row is None:
        raise NotFound("bank_not_found", "There is no such bank")
    return row


# ---------------------------------------------------------------------------------------------- statements


def insert_bank(m: Models[Any], _dialect: str) -> Executable:
    """Insert a bank."""
    return insert_into(m, m.bank)


def _columns(m: Models[Any]) -> Any:
    table = m.table(m.bank)
    return select(*(table.c[name] for name in BankReturn.model_fields)).where(*tenant_filter(m, m.bank))


def select_bank(m: Models[Any], _dialect: str) -> Executable:
    """Select a bank."""
    found: Executable = _columns(m).where(m.bank.id == bindparam("id", type_=ID))
    return found


def select_bank_now(m: Models[Any], dialect: str) -> Executable:
    """Select a bank as it is now, not as an older snapshot has it."""
    return current_read(_columns(m).where(m.bank.id == bindparam("id", type_=ID)), dialect)


def lock_bank(m: Models[Any], dialect: str) -> Executable:
    """Select a bank for update."""
    this = _columns(m).where(m.bank.id == bindparam("id", type_=ID))
    return for_change(force_index(this, m.table(m.bank), dialect))


def select_banks(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of banks."""
    return paging.in_id_order(_columns(m), m.table(m.bank))


def known_banks(m: Models[Any], dialect: str) -> Executable:
    """Select the ids of these banks that exist."""
    ids = bindparam("__banks", type_=ID, expanding=True)
    found = select(m.bank.id).where(m.bank.id.in_(ids), *tenant_filter(m, m.bank))
    return current_read(force_index(found, m.table(m.bank), dialect), dialect)
