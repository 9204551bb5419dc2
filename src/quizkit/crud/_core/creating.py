"""Idempotent creation: a repeated call with the same client id returns the existing row instead of creating another."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from quizkit.crud._core.arguments import value_error
from quizkit.crud._core.clock import utc_now_or
from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.dialects import current_read, is_duplicate
from quizkit.crud._core.savepoints import savepoint
from quizkit.crud._core.tables import in_batches, insert_new, tenant_filter
from quizkit.errors import Refused
from quizkit.models._row import Row

__all__ = ["already_created", "call_hash", "client_id", "create", "create_all", "ordered_id", "refuse_other_call"]

# RFC 9562 §5.9 and §5.10. The first page starts after the nil UUID.
_RESERVED: Final = frozenset({uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)})


_ORDERED: Final = 7
_TIME_SHIFT: Final = 80
"""The first 48 bits of a UUID version 7 are milliseconds: RFC 9562 §5.7."""
_AHEAD: Final = timedelta(days=1)
"""How far a client's clock may be ahead."""

IdT = TypeVar("IdT", uuid.UUID, "uuid.UUID | None")


def client_id(name: str, value: uuid.UUID | None) -> uuid.UUID | None:
    """Return an id that the client made, or None.

    Raises:
        Invalid: `argument_invalid`: the id is the nil or the max UUID, which are reserved.
    """
    if value in _RESERVED:
        raise value_error(name, "id_reserved", "The nil and the max UUID are reserved: use another id")
    return value


def ordered_id(name: str, value: IdT, now: datetime) -> IdT:
    """Return an id for something whose newest row applies, or None.

    Args:
        name: the argument that the id comes from.
        value: the id.
        now: the time of the call.

    Raises:
        Invalid: `argument_invalid`: the id is not a UUID version 7, so its order means nothing; or its time is in the
            future, so nothing could be newer.
    """
    if value is None:
        return value
    if value.version != _ORDERED:
        raise value_error(name, "id_version", "This must be a UUID version 7")
    latest = max(now, utc_now_or(None)) + _AHEAD
    if value.int >> _TIME_SHIFT > latest.timestamp() * 1000:
        raise value_error(name, "id_ahead", "The time in this id is in the future")
    return value


def call_hash(*arguments: Any) -> str:
    """Return the SHA-256 of the arguments of a call."""
    return hashlib.sha256(
        json.dumps([_json_value(argument) for argument in arguments], sort_keys=True).encode()
    ).hexdigest()


def _json_value(argument: Any) -> Any:
    if isinstance(argument, BaseModel):
        return argument.model_dump(mode="json")
    return argument if argument is None else str(argument)


def refuse_other_call(existing: Any, made_from: Any) -> None:
    """Raise `Refused` if another call has used the id."""
    if existing != made_from:
        raise Refused("id_taken", "Another call has already created something with this id: use a new id")


def already_created(work: Work[S], model: type[Row], id_: uuid.UUID | None, made_from: str | None) -> bool:
    """Return whether the same call has already created this row.

    Raises:
        Refused: `id_taken`: another call has used the id.
    """
    if id_ is None:
        return False
    table = work.models.table(model)
    this = select(table.c.made_from).where(table.c.id == id_, *tenant_filter(work.models, model))
    existing = work.execute(this, {}).one_or_none()
    if existing is not None:
        refuse_other_call(existing.made_from, made_from)
    return existing is not None


def create(
    work: Work[S],
    model: type[Row],
    build: Build,
    row: Mapping[str, Any],
    extra: tuple[str, ...] = (),
    *,
    by_client: bool,
) -> bool:
    """Insert a row. Return False if the same call has already created it under its client id.

    Args:
        work: the call.
        model: the class of the row.
        build: the insert for a row with a new id.
        row: its values.
        extra: the names of the host's columns among them.
        by_client: whether the client made the id.

    Raises:
        Refused: `id_taken`: another call has used this id.
    """
    if not by_client:
        work.run(build, row, extra)
        return True
    duplicate: IntegrityError | None = None
    try:
        done = work.execute(insert_new(work.models, model, work.dialect.name), row)
        if not done.returns_rows or done.first() is not None:
            return True
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        duplicate = error
    table = work.models.table(model)
    this = select(table).where(table.c.id == row["id"], *tenant_filter(work.models, model))
    existing = work.execute(current_read(this, work.dialect.name), {}).one_or_none()
    if existing is None and duplicate is not None:  # the duplicate is in a unique key of the host
        raise duplicate
    if existing is not None and "made_from" in row:
        refuse_other_call(existing.made_from, row["made_from"])
    return False


def create_all(work: Work[S], model: type[Row], rows: Iterable[Mapping[str, Any]]) -> bool:
    """Insert all rows, whose ids a client made, or none of them. Return False if one of the ids already exists.

    Rows are inserted in id order, so that two calls never wait for each other. The savepoint undoes the rows before an
    id that already exists, and the transaction continues.
    """
    bound = [work.bound(row) for row in sorted(rows, key=itemgetter("id"))]
    if not bound:
        return True
    insert = insert_new(work.models, model, work.dialect.name)
    duplicate: IntegrityError | None = None
    with savepoint(work.connection) as undo:
        try:
            done = work.execute_many(insert, bound)
            all_new = not done.returns_rows or len(done.all()) == len(bound)
        except IntegrityError as error:
            if not is_duplicate(error):
                raise
            all_new, duplicate = False, error
        if not all_new:
            undo()
    if duplicate is not None and not _any_exists(work, model, [row["id"] for row in bound]):
        raise duplicate  # it is in a unique key of the host
    return all_new


def _any_exists(work: Work[S], model: type[Row], ids: list[uuid.UUID]) -> bool:
    table = work.models.table(model)
    for batch in in_batches(ids):
        this = select(table.c.id).where(table.c.id.in_(batch), *tenant_filter(work.models, model)).limit(1)
        if work.execute(current_read(this, work.dialect.name), {}).first() is not None:
            return True
    return False
