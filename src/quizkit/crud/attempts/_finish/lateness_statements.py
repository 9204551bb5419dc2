"""`rules.lateness.decided` and `counted` as SQL, over the responses of an attempt."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_

from quizkit.models import ExactPoints, Models


def came_late(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a response is late: received after the deadline for being on time, or so decided."""
    decided = m.table(m.attempt).c.late_seconds
    after = m.table(m.attempt_response).c.received_at > m.table(m.attempt).c.on_time_until
    found: ColumnElement[bool] = or_(decided > 0, and_(decided.is_(None), after))
    return found


def _was_kept(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that an earlier response was on time; there is none if staff decided that all are late."""
    decided = m.table(m.attempt).c.late_seconds
    kept = m.table(m.attempt_response).c.kept_received_at.is_not(None)
    return and_(kept, or_(decided.is_(None), decided == 0))


def _last(m: Models[Any]) -> ColumnElement[Any]:
    table = m.table(m.attempt_response)
    return case((came_late(m), table.c.late_points), else_=table.c.effective_points)


def _floor(m: Models[Any]) -> ColumnElement[Any]:
    nothing, points = literal(0, ExactPoints(12)), m.table(m.attempt_response).c.kept_points
    kept = case((_was_kept(m), points), else_=nothing)
    return func.coalesce(kept, nothing, type_=ExactPoints(12))


def known_points(m: Models[Any]) -> ColumnElement[Any]:
    """Return the known points of a response, null if there are none."""
    table, last, floor = m.table(m.attempt_response), _last(m), _floor(m)
    more = case((or_(last.is_(None), floor > last), floor), else_=last)
    return case((or_(came_late(m), _was_kept(m)), more), else_=table.c.effective_points)


def unknown_points(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that a response needs manual grading that may change its points."""
    table = m.table(m.attempt_response)
    kept_unknown = and_(_was_kept(m), table.c.kept_points.is_(None))
    return or_(_last(m).is_(None), kept_unknown)


def counts_late(m: Models[Any]) -> ColumnElement[bool]:
    """Return the condition that the part of a response that counts, or may count after grading, is late."""
    return and_(came_late(m), or_(unknown_points(m), _last(m) > _floor(m)))
