"""The SQL statements for responses: the last response of each slot, and the tries."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Executable,
    Integer,
    Select,
    SmallInteger,
    String,
    and_,
    bindparam,
    case,
    or_,
    select,
)

from quizkit.crud._core.dialects import MARIADB, as_text, current_read, force_index, insert_of, postgresql
from quizkit.crud._core.tables import ID, insert_into, tenant_filter
from quizkit.crud.attempts.late_statements import KEPT, kept_values
from quizkit.crud.attempts.statements import OPEN, is_mine, present, written
from quizkit.models import ExactPoints, Models, UtcDateTime


def save(m: Models[Any], dialect: str) -> Executable:
    """Insert or update one response, if the attempt is open, in time and this taker's, and no later response is stored.

    The statement locks the attempt: a concurrent submit waits for it, or it sees the submit. Without the lock, a
    response could be stored during a submit and never count. On PostgreSQL the attempt is updated too, so that a submit
    with an older snapshot fails (40001) instead of missing the response.
    """
    response = m.table(m.attempt_response)
    attempt = _open_now(m, dialect)
    values: dict[str, Any] = {
        **{name: attempt.c[name] for name in m.config.key()},
        "attempt_id": attempt.c.id,
        "slot": bindparam("_slot", type_=SmallInteger()),
        "question_revision_id": bindparam("_revision", type_=ID),
        "response": bindparam("_response", type_=JSON()),
        "sequence": bindparam("_sequence", type_=Integer()),
        "picked": bindparam("_picked", type_=String(32)),
        "effective_points": bindparam("_points", type_=ExactPoints(12)),
        "counts": bindparam("_counts", type_=Boolean()),
        "certainty": bindparam("_certainty", type_=String(8)),
        "marker": bindparam("_marker", type_=String(80)),
        "received_at": bindparam("_received", type_=UtcDateTime()),
        "late_points": bindparam("_late_points", type_=ExactPoints(12)),
    }
    source = select(*values.values())
    if dialect != "postgresql":
        source = force_index(source.where(*_takes_responses(m)), m.table(m.attempt), dialect)
    if dialect in MARIADB:
        source = source.with_for_update()
    new = insert_of(dialect)(response).from_select(list(values), source)
    key = m.config.key("attempt_id", "slot")
    changed = [name for name in values if name not in key]
    stored = response.c.sequence, response.c.response, response.c.certainty, response.c.received_at
    upsert: Executable
    if dialect in MARIADB:
        later = response.c.sequence < new.inserted.sequence
        # MariaDB assigns from left to right, so the sequence, which decides, must change last.
        ordered = [(name, new.inserted[name]) for name in sorted(changed, key=lambda name: name == "sequence")]
        upsert = new.on_duplicate_key_update(
            [(name, case((later, value), else_=response.c[name])) for name, value in [*kept_values(m), *ordered]]
        ).returning(*stored)
        return upsert
    upsert = new.on_conflict_do_update(
        index_elements=[response.c[name] for name in key],
        set_={**dict(kept_values(m)), **{name: new.excluded[name] for name in changed}},
        where=response.c.sequence < new.excluded.sequence,
    ).returning(*stored)
    return upsert


def _open_now(m: Models[Any], dialect: str) -> Any:
    """Return where a save reads its attempt: the table or, on PostgreSQL, the row that it has just updated."""
    attempt = m.table(m.attempt)
    if dialect != "postgresql":
        return attempt
    columns = [attempt.c[name] for name in m.config.key("id")]
    # Suppress the host's `onupdate` defaults in Python: on other databases a save does not update the attempt.
    as_it_is = {column: column for column in attempt.columns if column.onupdate is not None}
    updated = written(m).values(as_it_is).where(*_takes_responses(m)).returning(*columns)
    # As text: with an update inside, SQLAlchemy would ignore the host's Python defaults for the insert.
    return as_text(updated, postgresql()).columns(*columns).cte("held")


def _takes_responses(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an attempt is this taker's, unchanged, open, in time and at the right page.

    Its cached facts may have been rolled back: `AttemptFacts.is_of` is the same check on a row.
    """
    attempt = m.table(m.attempt)
    in_time = or_(attempt.c.accepts_until.is_(None), attempt.c.accepts_until >= present())
    same = and_(
        attempt.c.checksum == bindparam("_checksum", type_=String(64)),
        or_(
            attempt.c.on_time_until.is_(None),
            attempt.c.on_time_until >= bindparam("_on_time_until", type_=UtcDateTime()),
        ),
    )
    page = attempt.c.current_page.between(
        bindparam("_first_page", type_=SmallInteger()), bindparam("_last_page", type_=SmallInteger())
    )
    return is_mine(m), attempt.c.state == OPEN, same, in_time, page


def stored_response(m: Models[Any], dialect: str) -> Executable:
    """Select the response of a slot as it is stored now."""
    table = m.table(m.attempt_response)
    names = ("sequence", "response", "certainty", "received_at")
    this = table.c.slot == bindparam("_slot", type_=SmallInteger())
    return current_read(select(*(table.c[name] for name in names)).where(*_of_attempt(m), this), dialect)


def in_time(m: Models[Any], _dialect: str) -> Executable:
    """Select until when a response is on time, and what is stored in its slot."""
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    here = and_(
        response.c.attempt_id == attempt.c.id,
        response.c.slot == bindparam("_slot", type_=SmallInteger()),
        *tenant_filter(m, m.attempt_response),
    )
    names = ("response", "certainty", "received_at")
    return (
        select(attempt.c.on_time_until, *(response.c[name] for name in names))
        .select_from(attempt)
        .outerjoin(response, here)
        .where(is_mine(m))
    )


def responses(m: Models[Any], _dialect: str) -> Executable:
    """Select the stored responses of an attempt, without their points."""
    table = m.table(m.attempt_response)
    return select(table.c.slot, table.c.sequence, table.c.response, table.c.certainty).where(*_of_attempt(m))


def _of_attempt(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    table = m.table(m.attempt_response)
    return table.c.attempt_id == bindparam("_attempt", type_=ID), *tenant_filter(m, m.attempt_response)


def graded_responses(m: Models[Any], _dialect: str) -> Executable:
    """Select the stored responses of an attempt, with their points."""
    return _graded_responses(m)


def graded_responses_now(m: Models[Any], dialect: str) -> Executable:
    """Select the stored responses of an attempt as they are now, with their points."""
    return current_read(_graded_responses(m), dialect)


_KEPT = tuple(f"kept_{name}" for name in KEPT)


def _graded_responses(m: Models[Any]) -> Select[Any]:
    table = m.table(m.attempt_response)
    names = ("slot", "sequence", "response", "certainty", "effective_points", "received_at", "late_points", *_KEPT)
    return select(*(table.c[name] for name in names)).where(*_of_attempt(m))


def response_of_slot(m: Models[Any], dialect: str) -> Executable:
    """Select the stored response of one slot as it is now, with its points."""
    this = m.table(m.attempt_response).c.slot == bindparam("_slot", type_=SmallInteger())
    return current_read(_graded_responses(m).where(this), dialect)


def tries(m: Models[Any], _dialect: str) -> Executable:
    """Select the tries of an attempt, ordered by slot and number."""
    return _tries(m)


def tries_of_slot(m: Models[Any], dialect: str) -> Executable:
    """Select the tries of one slot as they are now; the attempt is locked.

    On MariaDB it selects by number: looking for rows that do not exist would lock the gap into which other takers
    insert.
    """
    table = m.table(m.try_event)
    this = _tries(m).where(table.c.slot == bindparam("_slot", type_=SmallInteger()))
    if dialect not in MARIADB:
        return this
    these = table.c.number.in_(bindparam("_numbers", type_=SmallInteger(), expanding=True))
    return current_read(force_index(this.where(these), table, dialect), dialect)


_TRY = (
    "slot", "number", "action", "tries", "sequence", "response", "certainty", "fraction", "worth", "parts", "received_at",
)  # fmt: skip


def _tries(m: Models[Any]) -> Select[Any]:
    table = m.table(m.try_event)
    this = table.c.attempt_id == bindparam("_attempt", type_=ID)
    return (
        select(*(table.c[name] for name in _TRY))
        .where(this, *tenant_filter(m, m.try_event))
        .order_by(table.c.slot, table.c.number)
    )


def insert_try(m: Models[Any], _dialect: str) -> Executable:
    """Insert a try."""
    return insert_into(m, m.try_event)
