"""Making something once: what the same call has made under the id that its client gave is not made again."""

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

__all__ = ["call_hash", "client_id", "create", "create_all", "is_made", "ordered_id", "refuse_other_call"]

# RFC 9562 §5.9 and §5.10. Pages begin after the first of them.
_RESERVED: Final = frozenset({uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)})


_ORDERED: Final = 7
_TIME_SHIFT: Final = 80
"""The milliseconds of a UUID version 7 are its first 48 bits: RFC 9562 §5.7."""
_AHEAD: Final = timedelta(days=1)
"""How far ahead the clock of a client may be."""

IdT = TypeVar("IdT", uuid.UUID, "uuid.UUID | None")


def client_id(name: str, given: uuid.UUID | None) -> uuid.UUID | None:
    """Return an id that a client made, if it did.

    Raises:
        Invalid: `argument_invalid`: it is the nil or the max UUID, which stand for no thing.
    """
    if given in _RESERVED:
        raise value_error(name, "id_reserved", "The nil and the max UUID are no ids")
    return given


def ordered_id(name: str, given: IdT, now: datetime) -> IdT:
    """Return an id, if there is one, of a thing of which the newest holds.

    Args:
        name: the argument that it comes from.
        given: the id.
        now: the moment of the call.

    Raises:
        Invalid: `argument_invalid`: it is no UUID version 7, so that its order means nothing, or of a later time, so that
            nothing would be newer.
    """
    if given is None:
        return given
    if given.version != _ORDERED:
        raise value_error(name, "id_version", "This must be a UUID version 7")
    latest = max(now, utc_now_or(None)) + _AHEAD
    if given.int >> _TIME_SHIFT > latest.timestamp() * 1000:
        raise value_error(name, "id_ahead", "This id is of a later time")
    return given


def call_hash(*arguments: Any) -> str:
    """Return the SHA-256 of the arguments of a call."""
    return hashlib.sha256(json.dumps([_plain(one) for one in arguments], sort_keys=True).encode()).hexdigest()


def _plain(argument: Any) -> Any:
    if isinstance(argument, BaseModel):
        return argument.model_dump(mode="json")
    return argument if argument is None else str(argument)


def refuse_other_call(there: Any, made_from: Any) -> None:
    """Refuse an id under which another call has made something."""
    if there != made_from:
        raise Refused("id_taken", "Something else was made with this id")


def is_made(work: Work[S], model: type[Row], id_: uuid.UUID | None, made_from: str | None) -> bool:
    """Return whether the same call has made something already.

    Raises:
        Refused: `id_taken`: another call has.
    """
    if id_ is None:
        return False
    table = work.models.table(model)
    this = select(table.c.made_from).where(table.c.id == id_, *tenant_filter(work.models, model))
    there = work.execute(this, {}).one_or_none()
    if there is not None:
        refuse_other_call(there.made_from, made_from)
    return there is not None


def create(
    work: Work[S],
    model: type[Row],
    build: Build,
    row: Mapping[str, Any],
    extra: tuple[str, ...] = (),
    *,
    given: bool,
) -> bool:
    """Insert a row; return False where the same call has made it already, under the id that it `given`.

    Args:
        work: the call.
        model: the class of the row.
        build: the insert for a row under a new id.
        row: its values.
        extra: the names of the host's columns among them.
        given: whether its id is a client's.

    Raises:
        Refused: `id_taken`: another call has made something with this id.
    """
    if not given:
        work.run(build, row, extra)
        return True
    met: IntegrityError | None = None
    try:
        done = work.execute(insert_new(work.models, model, work.dialect.name), row)
        if not done.returns_rows or done.first() is not None:
            return True
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        met = error
    table = work.models.table(model)
    this = select(table).where(table.c.id == row["id"], *tenant_filter(work.models, model))
    there = work.execute(current_read(this, work.dialect.name), {}).one_or_none()
    if there is None and met is not None:  # another key is there already, of the host's
        raise met
    if there is not None and "made_from" in row:
        refuse_other_call(there.made_from, row["made_from"])
    return False


def create_all(work: Work[S], model: type[Row], rows: Iterable[Mapping[str, Any]]) -> bool:
    """Insert rows under ids of a client's, all of them or none; return False where one of the ids is there.

    In the order of the ids, so that no two calls wait for each other. The savepoint takes back what came before an
    id that is there, and the transaction goes on.
    """
    bound = [work.bound(row) for row in sorted(rows, key=itemgetter("id"))]
    if not bound:
        return True
    insert = insert_new(work.models, model, work.dialect.name)
    met: IntegrityError | None = None
    with savepoint(work.connection(insert)) as take_back:
        try:
            done = work.execute_many(insert, bound)
            all_new = not done.returns_rows or len(done.all()) == len(bound)
        except IntegrityError as error:
            if not is_duplicate(error):
                raise
            all_new, met = False, error
        if not all_new:
            take_back()
    if met is not None and not _is_any_there(work, model, [row["id"] for row in bound]):
        raise met  # another key is there already, of the host's
    return all_new


def _is_any_there(work: Work[S], model: type[Row], those: list[uuid.UUID]) -> bool:
    table = work.models.table(model)
    for some in in_batches(those):
        this = select(table.c.id).where(table.c.id.in_(some), *tenant_filter(work.models, model)).limit(1)
        if work.execute(current_read(this, work.dialect.name), {}).first() is not None:
            return True
    return False
