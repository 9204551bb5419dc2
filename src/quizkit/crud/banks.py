"""Verbs for banks."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Integer, Uuid, bindparam, insert, select
from sqlalchemy.orm import Session

from quizkit.crud._pages import FIRST, page_of, refuse_limit
from quizkit.crud._verbs import NewId, Noun, S, ids, moment, verb
from quizkit.errors import NotFound
from quizkit.models import Models
from quizkit.schemas import BankCreate, BankReturn, Page

__all__ = ["Banks"]


def _insert(m: Models[Any], _dialect: str) -> Executable:
    return insert(m.table(m.bank))


def _columns(m: Models[Any]) -> Any:
    return select(m.bank.id, m.bank.name, m.bank.created_at, m.bank.updated_at, m.bank.archived_at)


def _get(m: Models[Any], _dialect: str) -> Executable:
    found: Executable = _columns(m).where(m.bank.id == bindparam("id", type_=Uuid()))
    return found


def _page(m: Models[Any], _dialect: str) -> Executable:
    found: Executable = (
        _columns(m)
        .where(m.bank.id > bindparam("after", type_=Uuid()))
        .order_by(m.bank.id)
        .limit(bindparam("limit", type_=Integer()))
    )
    return found


class Banks(Noun[S]):
    """Banks of questions, for authors."""

    @verb
    def create(
        self, session: Session, data: BankCreate, *, now: datetime | None = None, new_id: NewId | None = None
    ) -> BankReturn:
        """Create a bank.

        Args:
            session: yours, sync or async; flushed, never committed.
            data: what the bank is.
            now: the moment to store; the present unless given.
            new_id: where ids come from; UUIDs version 7 unless given.
        """
        at = moment(now)
        made = BankReturn(id=ids(new_id, at)(), name=data.name, created_at=at, updated_at=at)
        self._run(session, _insert, made.model_dump())
        return made

    @verb
    def get(self, session: Session, bank_id: uuid.UUID) -> BankReturn:
        """Return a bank.

        Raises:
            NotFound: `bank_not_found`.
        """
        row = self._first(session, _get, {"id": bank_id})
        if row is None:
            raise NotFound("bank_not_found", "There is no such bank")
        return BankReturn.model_validate(row)

    @verb
    def page(self, session: Session, *, after: uuid.UUID | None = None, limit: int = 50) -> Page[BankReturn]:
        """Return banks in the order they were made, `limit` of them after the id `after`."""
        refuse_limit(limit)
        rows = self._run(session, _page, {"after": after or FIRST, "limit": limit + 1}).all()
        return page_of(rows, limit, BankReturn.model_validate)
