"""When an attempt is due, and what counts as late. Every boundary is decided here, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from quizkit.vocabulary import AttemptState

__all__ = ["accepts_until", "due_at", "finished_at", "received_at", "state_at"]


def due_at(started_at: datetime, *, limit: timedelta | None, closes_at: datetime | None) -> datetime | None:
    """Return the earlier of the time limit and the closing time; None when there is neither."""
    ends = [closes_at] if closes_at is not None else []
    if limit is not None:
        ends.append(started_at + limit)
    return min(ends, default=None)


def accepts_until(due: datetime | None, *, grace: timedelta) -> datetime | None:
    """Return the last moment, included, at which an answer is taken."""
    return None if due is None else due + grace


def state_at(stored: AttemptState, until: datetime | None, now: datetime) -> AttemptState:
    """Return the state as it is now: open becomes overdue right after the last moment for answers."""
    if stored is AttemptState.OPEN and until is not None and now > until:
        return AttemptState.OVERDUE
    return stored


def received_at(started_at: datetime, now: datetime) -> datetime:
    """Return the moment to store for something that came in now; never before the start, also if a clock moved."""
    return max(started_at, now)


def finished_at(started_at: datetime, *, due: datetime | None, until: datetime | None, now: datetime) -> datetime:
    """Return when an attempt that is closed now was finished: when it was due, if nobody closed it in time."""
    late = until is not None and due is not None and now > until
    return due if late and due is not None else received_at(started_at, now)
