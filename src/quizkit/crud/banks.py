"""Verbs for banks."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Generic

from sqlalchemy import Executable, bindparam, select
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
from quizkit.errors import NotFound
from quizkit.models import Models
from quizkit.schemas import BankCreate, BankReturn, Page

__all__ = ["Banks"]


def _insert(m: Models[Any], _dialect: str) -> Executable:
    return insert_into(m, m.bank)


def _columns(m: Models[Any]) -> Any:
    table = m.table(m.bank)
    return select(*(table.c[name] for name in BankReturn.model_fields)).where(*owned(m, m.bank))


def _get(m: Models[Any], _dialect: str) -> Executable:
    found: Executable = _columns(m).where(m.bank.id == bindparam("id", type_=ID))
    return found


def _get_now(m: Models[Any], dialect: str) -> Executable:
    return fresh(_columns(m).where(m.bank.id == bindparam("id", type_=ID)), dialect)


def _page(m: Models[Any], _dialect: str) -> Executable:
    found: Executable = _columns(m).where(m.bank.id > AFTER).order_by(m.bank.id).limit(LIMIT)
    return found


class Banks(Legacy, Generic[S]):
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
            session: yours, sync or async; flushed, never committed.
            data: what the bank is.
            bank_id: an id made by the client, a UUID version 7: creating twice with it is creating once.
            values: what goes into columns that you added, such as `{Bank.course_id: 3}`.
            now: the moment to store; the present unless given.
            new_id: where ids come from; UUIDs version 7 unless given.

        Raises:
            Refused: `id_taken`: another call has made a bank with this id.
        """
        at = moment(now)
        given = client_id("bank_id", bank_id)
        made_from = None if given is None else call_hash(data)
        if self._is_made(session, self._models.bank, given, made_from):
            return self._made(session, given)
        made = BankReturn(
            id=given or ids(new_id, at)(), name=data.name, version=FIRST_VERSION, created_at=at, updated_at=at
        )
        extra = added_by_host(self._models.bank, values)
        row = {**made.model_dump(), "made_from": made_from, **extra}
        if not self._make(session, self._models.bank, _insert, row, tuple(extra), given=given is not None):
            return self._made(session, given)
        return made

    def _made(self, session: Session, bank_id: uuid.UUID | None) -> BankReturn:
        return BankReturn.model_validate(self._first(session, _get_now, {"id": bank_id}))

    @lone_verb
    def get(self, session: Session, bank_id: uuid.UUID) -> BankReturn:
        """Return a bank.

        Raises:
            NotFound: `bank_not_found`.
        """
        row = self._first(session, _get, {"id": bank_id})
        if row is None:
            raise NotFound("bank_not_found", "There is no such bank")
        return BankReturn.model_validate(row)

    @lone_verb
    def page(
        self,
        session: Session,
        *,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
    ) -> Page[BankReturn]:
        """Return banks in the order of their ids, `limit` of them after the id `after`.

        `where` are further conditions, such as `[Bank.course_id == 3]`.
        """
        return self._page(session, _page, BankReturn.model_validate, where=where, after=after, limit=limit)
