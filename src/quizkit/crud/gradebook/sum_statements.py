"""The SQL statements for sums of a taker's grades over several assignments."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, Subquery, Uuid, and_, bindparam, case, cast, func, select

from quizkit.crud._core.tables import ID, tenant_filter
from quizkit.models import Models

__all__ = ["NAMES", "grades", "listed", "total_with", "totals"]

NAMES: Final = ("id", "taker_id", "pseudonym", "grade", "max_grade", "attempts", "assignments", "reached_at")
"""The columns of a sum."""

_WHOSE: Final = ("taker_id", "token_hash", "named", "erased")
"""What identifies a taker; `named` is the pseudonym of one without a token, and `erased` is the id of a grade whose taker is not known any more, which is added to no other."""


def grades(m: Models[Any]) -> Select[Any]:
    """Return a select of the known grades of some assignments."""
    table = m.table(m.quiz_grade)
    names = ("id", "taker_id", "token_hash", "pseudonym", "grade", "max_grade", "attempts", "reached_at")
    nobody = and_(table.c.taker_id.is_(None), table.c.pseudonym.is_(None))
    named = case((table.c.token_hash.is_(None), table.c.pseudonym)).label("named")
    columns: list[Any] = [*(table.c[name] for name in names), named, case((nobody, table.c.id)).label("erased")]
    return select(*columns).where(
        table.c.assignment_id.in_(bindparam("__assignments", type_=ID, expanding=True)),
        table.c.attempts >= 1,
        table.c.grade.is_not(None),
        *tenant_filter(m, m.quiz_grade),
    )


def totals(found: Select[Any], dialect: str) -> Select[Any]:
    """Return a select of the sum of each taker's grades; its id is the lowest id of these grades."""
    c = found.subquery("grades").c
    columns: list[Any] = [
        _lowest(c.id, dialect).label("id"),
        c.taker_id,
        func.max(c.pseudonym).label("pseudonym"),
        *(func.sum(c[name]).label(name) for name in ("grade", "max_grade", "attempts")),
        func.count().label("assignments"),
        func.max(c.reached_at).label("reached_at"),
    ]
    found = select(*columns)
    return found.group_by(*(c[name] for name in _WHOSE))


def listed(totals: Subquery) -> Select[Any]:
    """Return a select of sums."""
    columns: list[Any] = list(totals.c)
    return select(*columns)


def total_with(found: Select[Any], dialect: str) -> Select[Any]:
    """Return a select of the sum that a grade belongs to."""
    of = found.subquery("these").c
    this = select(*(of[name] for name in _WHOSE)).where(of.id == bindparam("id", type_=ID)).subquery("this").c
    same = found.subquery("same").c
    columns: list[Any] = list(same)
    whose = (same[name].is_not_distinct_from(this[name]) for name in _WHOSE)
    return totals(select(*columns).where(*whose), dialect)


def _lowest(column: Any, dialect: str) -> ColumnElement[Any]:
    # Before version 18, PostgreSQL has no least UUID. As text, UUIDs have the same order.
    if dialect == "postgresql":
        return cast(func.min(cast(column, String())), Uuid())
    return func.min(column)
