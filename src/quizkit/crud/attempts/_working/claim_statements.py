"""The SQL statements that make a user the taker of an anonymous taker's attempts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Executable, String, and_, bindparam, null, select, update

from quizkit.crud._core.attempt_statements import REAL, update_attempt
from quizkit.crud._core.dialects import for_change, force_index
from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.crud.attempts._facts.statements import present, this_taker
from quizkit.models import Models


def _token() -> Any:
    return bindparam("__token", type_=String(64))


def of_token(m: Models[Any], _dialect: str) -> Executable:
    """Select the ids of an anonymous taker's attempts. Without a lock: there may be none (decision 0063)."""
    table = m.table(m.attempt)
    return select(table.c.id).where(table.c.token_hash == _token(), *tenant_filter(m, m.attempt))


def claimed(m: Models[Any], _dialect: str) -> Executable:
    """Select the ids of the attempts that this user has claimed with a token."""
    return select(m.table(m.attempt).c.id).where(_is_claimed(m), *tenant_filter(m, m.attempt))


def _is_claimed(m: Models[Any]) -> ColumnElement[bool]:
    table = m.table(m.attempt)
    return and_(table.c.taker_id == this_taker(m), table.c.claimed_hash == _token())


def lock(m: Models[Any], dialect: str) -> Executable:
    """Select attempts for update, in the order in which all verbs lock them."""
    table = m.table(m.attempt)
    found = (
        select(
            table.c.id,
            table.c.assignment_id,
            (table.c.token_hash == _token()).label("is_open_to_claim"),
            _is_claimed(m).label("is_claimed"),
        )
        .where(table.c.id.in_(bindparam("__attempts", type_=ID, expanding=True)), *tenant_filter(m, m.attempt))
        .order_by(table.c.id)
    )
    return for_change(force_index(found, table, dialect))


def attempts_of(m: Models[Any], _dialect: str) -> Executable:
    """Select an attempt of this user in some assignments."""
    table = m.table(m.attempt)
    return (
        select(table.c.id)
        .where(
            table.c.assignment_id.in_(bindparam("__assignments", type_=ID, expanding=True)),
            table.c.taker_id == this_taker(m),
            table.c.purpose == REAL,
            *tenant_filter(m, m.attempt),
        )
        .limit(1)
    )


def claim_attempts(m: Models[Any], dialect: str) -> Executable:
    """Update the attempts of a token: they are this user's."""
    table = m.table(m.attempt)
    these = table.c.id.in_(bindparam("__attempts", type_=ID, expanding=True))
    moved = (
        update_attempt(m)
        .where(these, table.c.token_hash == _token(), *tenant_filter(m, m.attempt))
        .values(taker_id=this_taker(m), pseudonym=null(), token_hash=null(), claimed_hash=_token())
    )
    return force_index(moved, table, dialect)


def claim_grades(m: Models[Any], dialect: str) -> Executable:
    """Update the grades of a token: they are this user's."""
    table = m.table(m.quiz_grade)
    here = table.c.assignment_id.in_(bindparam("__assignments", type_=ID, expanding=True))
    moved = (
        update(table)
        .where(here, table.c.token_hash == _token(), *tenant_filter(m, m.quiz_grade))
        .values(taker_id=this_taker(m), pseudonym=null(), token_hash=null(), updated_at=present())
    )
    return force_index(moved, table, dialect, m.config.name("uq", "quiz_grade", "token"))
