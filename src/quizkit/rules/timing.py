"""When an attempt is due, and what counts as late. Every boundary is decided here, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from quizkit.rules.windows import later
from quizkit.vocabulary import AttemptState, TimeUp

__all__ = ["MICROSECOND", "Deadline", "deadline", "due_at", "finished_at", "last_start", "received_at", "state_at"]


MICROSECOND = timedelta(microseconds=1)


class Deadline(NamedTuple):
    """When the time of an attempt is up. None: never.

    Attributes:
        due_at: when its time is up.
        on_time_until: the last moment, included, at which what comes in is on time: due, and the grace.
        accepts_until: the last moment, included, at which an answer is taken at all.
    """

    due_at: datetime | None
    on_time_until: datetime | None
    accepts_until: datetime | None


def due_at(
    started_at: datetime, *, limit: timedelta | None, due: datetime | None = None, closes_at: datetime | None = None
) -> datetime | None:
    """Return the earliest of the time limit, the due date and the closing time; None when there is none of them."""
    ends = [moment for moment in (due, closes_at) if moment is not None]
    if limit is not None:
        ends.append(later(started_at, limit))
    return min(ends, default=None)


def deadline(
    started_at: datetime,
    *,
    limit: timedelta | None,
    due: datetime | None = None,
    closes_at: datetime | None = None,
    grace: timedelta = timedelta(0),
    time_up: TimeUp = TimeUp.SUBMIT,
    late: timedelta | None = None,
) -> Deadline:
    """Return when the time of an attempt that starts now is up.

    Late answers are taken for the time `late` after that, or until the quiz closes, whichever is first; the grace
    comes on top. Who starts after the due date is late from the start.
    """
    ends = due_at(started_at, limit=limit, due=due, closes_at=closes_at)
    if ends is None:
        return Deadline(None, None, None)
    up = max(ends, started_at)
    if time_up is not TimeUp.ACCEPT_LATE:
        return Deadline(up, later(up, grace), later(up, grace))
    lasts = [moment for moment in (closes_at, None if late is None else later(ends, late)) if moment is not None]
    until = later(max(up, min(lasts)), grace) if lasts else None
    return Deadline(up, later(up, grace), until)


def last_start(
    *, due: datetime | None, closes_at: datetime | None, time_up: TimeUp, late: timedelta | None
) -> datetime | None:
    """Return the first moment at which an attempt can no longer be started; None when there is none."""
    if time_up is TimeUp.ACCEPT_LATE:
        due = None if due is None or late is None else later(due, late)
    return min((moment for moment in (due, closes_at) if moment is not None), default=None)


def state_at(stored: AttemptState, until: datetime | None, now: datetime) -> AttemptState:
    """Return the state as it is now: open becomes overdue right after the last moment for answers."""
    if stored is AttemptState.OPEN and until is not None and now > until:
        return AttemptState.OVERDUE
    return stored


def received_at(started_at: datetime, now: datetime) -> datetime:
    """Return the moment to store for something that came in now; never before the start, also if a clock moved."""
    return max(started_at, now)


def finished_at(
    started_at: datetime, deadline: Deadline, *, last_received_at: datetime | None, now: datetime
) -> datetime:
    """Return when an attempt that is closed now was finished.

    Somebody who closes it while answers are taken finishes it now. If nobody did, it was finished when its time was up;
    if late answers had come in by then, when the last of the time for those was over.
    """
    due, on_time, until = deadline
    if until is not None and due is not None and now > until:
        late = last_received_at is not None and on_time is not None and last_received_at > on_time
        return until if late else due
    return received_at(started_at, now)
