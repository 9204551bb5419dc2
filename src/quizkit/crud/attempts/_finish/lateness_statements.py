"""`rules.lateness.counted` as SQL, over the responses of an attempt."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_

from quizkit.models import ExactPoints, Models


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
