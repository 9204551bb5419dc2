"""What counts of a late response, as SQL: the same rule as `rules.lateness.counted`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, literal, null, or_

from quizkit.models import ExactPoints, Models, UtcDateTime
from quizkit.rules import lateness


def stored_of(row: Any, on_time_until: datetime | None) -> lateness.Stored:
    """Return the points in the row of a response."""
    late = on_time_until is not None and row.received_at > on_time_until
    kept = row.kept_received_at is not None
    return lateness.Stored(row.effective_points, row.late_points, late, kept, row.kept_points)


KEPT = ("response", "sequence", "certainty", "points", "received_at")
"""The columns that preserve a response stored in time when a late one replaces it; the deciding time is last."""


def came_late(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a response was received after the deadline for being on time."""
    found: ColumnElement[bool] = m.table(m.attempt_response).c.received_at > m.table(m.attempt).c.on_time_until
    return found


def _last(m: Models[Any]) -> ColumnElement[Any]:
    table = m.table(m.attempt_response)
    return case((came_late(m), table.c.late_points), else_=table.c.effective_points)


def _floor(m: Models[Any]) -> ColumnElement[Any]:
    return func.coalesce(m.table(m.attempt_response).c.kept_points, literal(0, ExactPoints(12)), type_=ExactPoints(12))


def known_points(m: Models[Any]) -> ColumnElement[Any]:
    """Return the known points of a response, null if there are none."""
    table, last, floor = m.table(m.attempt_response), _last(m), _floor(m)
    more = case((or_(last.is_(None), floor > last), floor), else_=last)
    return case((or_(came_late(m), table.c.kept_received_at.is_not(None)), more), else_=table.c.effective_points)


def unknown_points(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a response needs manual grading that may change its points."""
    table = m.table(m.attempt_response)
    kept_unknown = and_(table.c.kept_received_at.is_not(None), table.c.kept_points.is_(None))
    return or_(_last(m).is_(None), kept_unknown)


def counts_late(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that the part of a response that counts, or may count after grading, is late."""
    return and_(came_late(m), or_(unknown_points(m), _last(m) > _floor(m)))


def kept_values(m: Models[Any]) -> list[tuple[str, ColumnElement[Any]]]:
    """Return what an upsert sets to preserve a replaced response, if that was in time and the new one is late.

    `_deadline` is null if the new response is in time; then nothing else counts any more. Otherwise the better of the
    responses in time is preserved. On MariaDB later assignments see earlier ones, so the order matters.
    """
    table = m.table(m.attempt_response)
    deadline = bindparam("_deadline", type_=UtcDateTime())
    better = or_(table.c.kept_received_at.is_(None), table.c.kept_points < table.c.effective_points)
    in_time = and_(table.c.received_at <= deadline, better)
    sources = [table.c["effective_points" if name == "points" else name] for name in KEPT]
    return [
        (f"kept_{name}", case((deadline.is_(None), null()), (in_time, source), else_=table.c[f"kept_{name}"]))
        for name, source in zip(KEPT, sources, strict=True)
    ]
