"""The SQL statements for storing a response."""

from __future__ import annotations

import inspect
from collections.abc import Container
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Executable,
    Integer,
    Select,
    SmallInteger,
    String,
    Table,
    and_,
    bindparam,
    case,
    null,
    or_,
    select,
)

from quizkit.crud._core.attempt_statements import OPEN, update_attempt
from quizkit.crud._core.dialects import MARIADB, as_text, current_read, force_index, insert_of, postgresql
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud.attempts._facts.statements import is_mine, present
from quizkit.crud.attempts._responses.statements import KEPT, of_attempt
from quizkit.models import ExactPoints, Models, UtcDateTime


def upsert(m: Models[Any], dialect: str) -> Executable:
    """Insert or update one response where connections do not translate the schema of the tables."""
    return _upsert(m, dialect, ())


def upsert_translated(m: Models[Any], dialect: str) -> Executable:
    """Insert or update one response where they do."""
    return _upsert(m, dialect, (m.config.schema,))


def _upsert(m: Models[Any], dialect: str, schema: tuple[str | None, ...]) -> Executable:
    """Insert or update one response, if this taker's attempt is open and not overdue, and no later response is stored.

    The statement locks the attempt: a concurrent submit waits for it, or it sees the submit. Without the lock, a
    response could be stored during a submit and never count. On PostgreSQL the attempt is updated too, so that a submit
    with an older snapshot fails (40001) instead of missing the response.
    """
    response = m.table(m.attempt_response)
    attempt = _open_now(m, dialect, schema)
    values: dict[str, Any] = {
        **{name: attempt.c[name] for name in m.config.key()},
        "attempt_id": attempt.c.id,
        "slot": bindparam("__slot", type_=SmallInteger()),
        "question_revision_id": bindparam("__revision", type_=ID),
        "response": bindparam("__response", type_=JSON()),
        "sequence": bindparam("__sequence", type_=Integer()),
        "picked": bindparam("__picked", type_=String(32)),
        "effective_points": bindparam("__points", type_=ExactPoints(12)),
        "counts": bindparam("__counts", type_=Boolean()),
        "answered": bindparam("__answered", type_=Boolean()),
        "certainty": bindparam("__certainty", type_=String(8)),
        "marker": bindparam("__marker", type_=String(80)),
        "received_at": bindparam("__received", type_=UtcDateTime()),
        "late_points": bindparam("__late_points", type_=ExactPoints(12)),
    }
    source = select(*values.values())
    if dialect != "postgresql":
        source = force_index(source.where(*_takes_responses(m)), m.table(m.attempt), dialect)
    if dialect in MARIADB:
        source = source.with_for_update()
    new = insert_of(dialect)(response).from_select(list(values), source)
    key = m.config.key("attempt_id", "slot")
    changed = [name for name in values if name not in key]
    of_host = host_updates(m.table(m.attempt_response), values)
    stored = response.c.sequence, response.c.response, response.c.certainty, response.c.received_at
    upsert: Executable
    if dialect in MARIADB:
        later = response.c.sequence <= _replaces()
        # MariaDB assigns from left to right, so the sequence, which decides, must change last.
        ordered = [(name, new.inserted[name]) for name in sorted(changed, key=lambda name: name == "sequence")]
        upsert = new.on_duplicate_key_update(
            [
                (name, case((later, value), else_=response.c[name]))
                for name, value in [*kept_values(m), *of_host, *ordered]
            ]
        ).returning(*stored)
        return upsert
    upsert = new.on_conflict_do_update(
        index_elements=[response.c[name] for name in key],
        set_={**dict([*kept_values(m), *of_host]), **{name: new.excluded[name] for name in changed}},
        where=response.c.sequence <= _replaces(),
    ).returning(*stored)
    return upsert


def _replaces() -> Any:
    """Return the parameter for the greatest sequence that a response replaces."""
    return bindparam("__replaces", type_=Integer())


def host_updates(table: Table, ours: Container[str]) -> list[tuple[str, ColumnElement[Any]]]:
    """Return what the host's `onupdate` sets, which SQLAlchemy leaves out of an upsert.

    A function that takes SQLAlchemy's context is left out here too: an upsert has none.
    """
    return [
        (column.key, _updated_value(column))
        for column in table.columns
        if column.key not in ours and column.onupdate is not None and not _takes_context(column.onupdate)
    ]


def _updated_value(column: Column[Any]) -> Any:
    default: Any = column.onupdate
    if default.is_clause_element:
        return default.arg
    # Named, because a name of SQLAlchemy's could be one of the text above.
    name = f"__onupdate_{column.key}"
    if default.is_callable:
        return bindparam(name, callable_=lambda: default.arg(None), type_=column.type)
    return bindparam(name, default.arg, type_=column.type)


def _takes_context(default: Any) -> bool:
    # SQLAlchemy wraps a function without parameters in one that takes the context; the signature is that of the inner one.
    try:
        given = inspect.signature(default.arg).parameters.values() if default.is_callable else ()
    except ValueError:  # a function of C has none
        return False
    return any(one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD for one in given)


def kept_values(m: Models[Any]) -> list[tuple[str, ColumnElement[Any]]]:
    """Return what an upsert sets to preserve a replaced response, if that was on time and the new one is late.

    `__deadline` is null if the new response is on time; then nothing else counts any more. Otherwise the better of the
    on-time responses is preserved. On MariaDB later assignments see earlier ones, so the order matters.
    """
    table = m.table(m.attempt_response)
    deadline = bindparam("__deadline", type_=UtcDateTime())
    better = or_(table.c.kept_received_at.is_(None), table.c.kept_points < table.c.effective_points)
    in_time = and_(table.c.received_at <= deadline, better)
    sources = [table.c["effective_points" if name == "points" else name] for name in KEPT]
    return [
        (f"kept_{name}", case((deadline.is_(None), null()), (in_time, source), else_=table.c[f"kept_{name}"]))
        for name, source in zip(KEPT, sources, strict=True)
    ]


def _open_now(m: Models[Any], dialect: str, schema: tuple[str | None, ...]) -> Any:
    """Return where a save reads its attempt: the table or, on PostgreSQL, the row that it has just updated."""
    attempt = m.table(m.attempt)
    if dialect != "postgresql":
        return attempt
    columns = [attempt.c[name] for name in m.config.key("id")]
    # Suppress the host's `onupdate` defaults in Python: on other databases a save does not update the attempt.
    as_it_is = {column: column for column in attempt.columns if column.onupdate is not None}
    updated = update_attempt(m).values(as_it_is).where(*_takes_responses(m)).returning(*columns)
    # As text: with an update inside, SQLAlchemy would ignore the host's Python defaults for the insert.
    return as_text(updated, postgresql(), schema=schema).columns(*columns).cte("held")


def _takes_responses(m: Models[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an attempt is this taker's, unchanged, open, not overdue and at the right page.

    Its cached facts may have been rolled back: `AttemptFacts.is_of` is the same check on a row.
    """
    attempt = m.table(m.attempt)
    in_time = or_(attempt.c.accepts_until.is_(None), attempt.c.accepts_until >= present())
    same = and_(
        attempt.c.checksum == bindparam("__checksum", type_=String(64)),
        or_(
            attempt.c.on_time_until.is_(None),
            attempt.c.on_time_until >= bindparam("__on_time_until", type_=UtcDateTime()),
        ),
    )
    page = attempt.c.current_page.between(
        bindparam("__first_page", type_=SmallInteger()), bindparam("__last_page", type_=SmallInteger())
    )
    return is_mine(m), attempt.c.state == OPEN, same, in_time, page


def stored_response(m: Models[Any], dialect: str) -> Executable:
    """Select the response of a slot as it is stored now."""
    return current_read(_response(m), dialect)


def seen_response(m: Models[Any], _dialect: str) -> Executable:
    """Select the response of a slot as the transaction sees it, without a lock."""
    return _response(m)


def _response(m: Models[Any]) -> Select[Any]:
    table = m.table(m.attempt_response)
    names = ("sequence", "response", "certainty", "received_at")
    this = table.c.slot == bindparam("__slot", type_=SmallInteger())
    return select(*(table.c[name] for name in names)).where(*of_attempt(m), this)


def in_time(m: Models[Any], _dialect: str) -> Executable:
    """Select until when a response is on time, and what is stored in its slot."""
    attempt, response = m.table(m.attempt), m.table(m.attempt_response)
    here = and_(
        response.c.attempt_id == attempt.c.id,
        response.c.slot == bindparam("__slot", type_=SmallInteger()),
        *tenant_filter(m, m.attempt_response),
    )
    names = ("response", "certainty", "received_at")
    return (
        select(attempt.c.on_time_until, *(response.c[name] for name in names))
        .select_from(attempt)
        .outerjoin(response, here)
        .where(is_mine(m))
    )
