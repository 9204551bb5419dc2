"""Deadlines of attempts, and what counts as late. All time boundaries are decided here."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from quizkit import _exact
from quizkit.errors import Refused, UsageError
from quizkit.rules.times import later
from quizkit.vocabulary import AttemptState, TimeUp

__all__ = [
    "MICROSECOND",
    "Deadline",
    "deadline",
    "earliest_end",
    "extension",
    "finished_at",
    "in_seconds",
    "is_on_time",
    "received_at",
    "refuse_early_submit",
    "refuse_extension",
    "seconds_left",
    "starts_before",
    "state_at",
    "submittable_from",
    "time_spent",
]


MICROSECOND = timedelta(microseconds=1)

_MAX_EXTENSION: Final = 86_400 * 366
"""The longest extension in seconds: a year."""


class Deadline(NamedTuple):
    """The deadline of an attempt. None: there is none.

    Attributes:
        due_at: the deadline.
        on_time_until: the last time, inclusive, at which a response is on time: the deadline plus the grace period.
        accepts_until: the last time, inclusive, at which a response is accepted at all.
    """

    due_at: datetime | None
    on_time_until: datetime | None
    accepts_until: datetime | None


def earliest_end(
    started_at: datetime, *, limit: timedelta | None, due: datetime | None = None, closes_at: datetime | None = None
) -> datetime | None:
    """Return the earliest of the end of the time limit, the due date and the closing time; None without any."""
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
    """Return the deadline of an attempt that starts at `started_at`.

    Late responses are accepted for the duration `late` after it, or until the quiz closes, whichever is first, plus the
    grace period. An attempt that starts after the due date is late from its start.
    """
    ends = earliest_end(started_at, limit=limit, due=due, closes_at=closes_at)
    if ends is None:
        return Deadline(None, None, None)
    up = max(ends, started_at)
    if time_up is not TimeUp.ACCEPT_LATE:
        return Deadline(up, later(up, grace), later(up, grace))
    lasts = [moment for moment in (closes_at, None if late is None else later(ends, late)) if moment is not None]
    until = later(max(up, min(lasts)), grace) if lasts else None
    return Deadline(up, later(up, grace), until)


def starts_before(
    *, due: datetime | None, closes_at: datetime | None, time_up: TimeUp, late: timedelta | None
) -> datetime | None:
    """Return the first time at which an attempt can no longer be started; None if there is none."""
    if time_up is TimeUp.ACCEPT_LATE:
        due = None if due is None or late is None else later(due, late)
    return min((moment for moment in (due, closes_at) if moment is not None), default=None)


def refuse_extension(seconds: int) -> None:
    """Raise UsageError unless the extension is between 1 second and 366 days.

    Raises:
        UsageError: `extension_seconds`.
    """
    if not 1 <= seconds <= _MAX_EXTENSION:
        message = "An extension must be between 1 second and 366 days"
        raise UsageError("extension_seconds", message, most=_MAX_EXTENSION)


def extension(end: datetime, until: datetime) -> int:
    """Return the seconds from the end to a later one, rounded up.

    Raises:
        UsageError: `extension_seconds`: it is not later, or more than 366 days later.
    """
    seconds = -((end - until) // timedelta(seconds=1))
    refuse_extension(seconds)
    return seconds


def state_at(stored: AttemptState, until: datetime | None, now: datetime) -> AttemptState:
    """Return the current state: open becomes overdue after the last time at which a response is accepted."""
    if stored is AttemptState.OPEN and until is not None and now > until:
        return AttemptState.OVERDUE
    return stored


def submittable_from(submittable_at: datetime | None, due_at: datetime | None) -> datetime | None:
    """Return the first time, inclusive, at which a taker can submit: never later than the deadline; None for any time."""
    if submittable_at is None or due_at is None:
        return submittable_at
    return min(submittable_at, due_at)


def refuse_early_submit(submittable_at: datetime | None, due_at: datetime | None, now: datetime) -> None:
    """Raise Refused if a taker may not submit an open attempt yet.

    Raises:
        Refused: `submit_too_early`; `submittable_at` and `seconds_left` say when and in how many seconds.
    """
    first = submittable_from(submittable_at, due_at)
    if first is not None and now < first:
        raise Refused(
            "submit_too_early",
            "The attempt can be submitted later",
            submittable_at=first.isoformat(),
            seconds_left=str(in_seconds(first - now)),
        )


def is_on_time(received_at: datetime, on_time_until: datetime | None) -> bool:
    """Return whether something received at a time is on time; `on_time_until` is inclusive, None for no deadline."""
    return on_time_until is None or received_at <= on_time_until


def received_at(started_at: datetime, now: datetime) -> datetime:
    """Return the time to store for something received now; never before the start, even if a clock was set back."""
    return max(started_at, now)


def time_spent(before: int, since: datetime, until: datetime) -> int:
    """Return the microseconds spent on a question: those of earlier visits, and this visit; never less than before."""
    return before + max(0, (until - since) // MICROSECOND)


def seconds_left(due_at: datetime | None, state: AttemptState, now: datetime) -> Decimal | None:
    """Return the seconds until the deadline, exact and never negative; None without one, and for a finished attempt."""
    if due_at is None or state not in {AttemptState.OPEN, AttemptState.OVERDUE}:
        return None
    return in_seconds(max(timedelta(0), due_at - now))


def in_seconds(duration: timedelta) -> Decimal:
    """Return a duration in seconds, exact."""
    return _exact.plain(_exact.shifted(Decimal(duration // MICROSECOND), -6))


def finished_at(
    started_at: datetime, deadline: Deadline, *, last_received_at: datetime | None, now: datetime
) -> datetime:
    """Return the finishing time of an attempt that is closed now.

    While responses are accepted, that is now. Afterwards it is the deadline, or, if late responses have been received,
    the end of the time for late responses. It is never before the start, even if the deadline is damaged.
    """
    due, on_time, until = deadline
    if until is None or now <= until:
        return received_at(started_at, now)
    late = last_received_at is not None and on_time is not None and last_received_at > on_time
    end = until if late and until >= started_at else due
    return started_at if end is None else max(started_at, end)
