"""What an exception changes for a taker whose attempt is open (decision 0080)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from quizkit.rules.access.values import Access
from quizkit.rules.times import later
from quizkit.vocabulary import TimeUp

__all__ = ["Ends", "ends_under", "ends_with"]


class Ends(NamedTuple):
    """The times at which an attempt ends. None: there is no such end.

    Attributes:
        due_at: the deadline.
        on_time_until: the last time, inclusive, at which a response is on time.
        accepts_until: the last time, inclusive, at which a response is accepted at all.
        closes_at: when the quiz closes for the taker.
        time_up: what happens at the deadline.
    """

    due_at: datetime | None
    on_time_until: datetime | None
    accepts_until: datetime | None
    closes_at: datetime | None
    time_up: TimeUp


def ends_under(rules: Access, started_at: datetime) -> Ends:
    """Return the ends of an attempt that starts at this time under these rules."""
    return Ends(*rules.deadline(started_at), rules.closes_at, rules.time_up)


def ends_with(stored: Ends, before: Access, after: Access, started_at: datetime) -> Ends | None:
    """Return the ends of an open attempt with a new exception, or None if the exception cannot reach it.

    Each end moves by as much as the exception changes it, so that time that was added meanwhile is kept. An exception
    reaches an attempt as a whole or not at all: not if the deadline, the grace or the late time would end earlier, if
    the deadline became stricter, or if the late penalty or the minimum time would change, which an attempt keeps from
    its start.

    Args:
        stored: the ends as they are now.
        before: the rules with the exceptions that the attempt already has.
        after: the rules with the new exception in addition.
        started_at: the start of the attempt.
    """
    time_up = stored.time_up if after.time_up is before.time_up else after.time_up
    if any(getattr(after, name) != getattr(before, name) for name in _FIXED):
        return None
    if _STRICTER[time_up] > _STRICTER[stored.time_up]:
        return None
    old = ends_under(replace(before, time_up=stored.time_up), started_at)
    new = ends_under(replace(after, time_up=time_up), started_at)
    if any(_is_earlier(end, than) for end, than in zip(new[:3], old[:3], strict=True)):
        return None
    closes = _moved(stored.closes_at, old.closes_at, new.closes_at)
    due = _within(_moved(stored.due_at, old.due_at, new.due_at), closes, stored.due_at)
    grace = timedelta(seconds=after.grace_seconds)
    last = None if closes is None else later(closes, grace)
    on_time = _within(_moved(stored.on_time_until, old.on_time_until, new.on_time_until), last, stored.on_time_until)
    until = _within(_moved(stored.accepts_until, old.accepts_until, new.accepts_until), last, stored.accepts_until)
    on_time = _not_before(on_time, due)
    return Ends(due, on_time, _not_before(until, on_time), closes, time_up)


def _is_earlier(end: datetime | None, than: datetime | None) -> bool:
    """Return whether an end is earlier than another; None is the latest."""
    return end is not None and (than is None or end < than)


def _moved(stored: datetime | None, before: datetime | None, after: datetime | None) -> datetime | None:
    """Return a stored end that moves as far as the rules move it, and never to an earlier time."""
    if stored is None or after is None:
        return None
    return max(stored, after if before is None else later(stored, after - before))


def _within(end: datetime | None, last: datetime | None, stored: datetime | None) -> datetime | None:
    """Return an end that is not after the last possible time, unless the stored one already is."""
    if end is None or last is None or stored is None:
        return end
    return max(stored, min(end, last))


def _not_before(end: datetime | None, first: datetime | None) -> datetime | None:
    """Return an end that is not before another one: the grace period may have been changed since the start."""
    return end if end is None or first is None else max(end, first)


_FIXED: Final = ("late_penalty", "min_time_seconds")
"""The rules that an attempt keeps from its start."""

_STRICTER: Final = {TimeUp.ACCEPT_LATE: 0, TimeUp.SUBMIT: 1, TimeUp.ABANDON: 2}
