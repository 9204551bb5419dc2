"""Whether a taker may start an attempt now, and when one that starts as soon as possible would end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from quizkit.errors import Refused
from quizkit.rules import attempt_limits
from quizkit.rules.access.values import Access, duration
from quizkit.rules.times import later

__all__ = ["Ending", "ending", "refusal"]


def refusal(
    access: Access, *, used: int, last_finished_at: datetime | None, now: datetime, passed: bool = False
) -> Refused | None:
    """Return why an attempt cannot be started now, None if it can. `opens_at` is inclusive, `closes_at` is exclusive.

    `passed` is whether the grade of the taker passes.
    """
    if access.opens_at is not None and now < access.opens_at:
        return Refused("not_open_yet", "The quiz is not open yet", opens_at=access.opens_at.isoformat())
    end = access.starts_before
    if end is not None and now >= end:
        return Refused("closed", "The quiz is closed", closes_at=end.isoformat())
    if not attempt_limits.may_start(used, access.max_attempts):
        return Refused("no_attempts_left", "All attempts have been used", allowed=access.max_attempts)
    if passed and access.stop_after_passing:
        return Refused("already_passed", "The quiz is passed, and then allows no further attempt")
    delay = attempt_limits.delay_after(used, access.delays_seconds)
    again = attempt_limits.next_start(last_finished_at, timedelta(seconds=delay))
    if again is not None and now < again:
        return Refused("too_soon", "The next attempt can be started later", starts_at=again.isoformat())
    return None


class Ending(NamedTuple):
    """The deadline of an attempt that starts as soon as possible.

    Attributes:
        starts_at: now, or when the window opens; None if no attempt can be started any longer.
        ends_at: the deadline; None for none, and if no attempt can be started.
        cut_by: the field that sets the deadline: `time_limit_seconds`, `due_at` or `closes_at`; None if none does.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    cut_by: str | None = None


def ending(access: Access, now: datetime) -> Ending:
    """Return the deadline of an attempt that starts as soon as the window allows. Used attempts are ignored."""
    starts = now if access.opens_at is None else max(now, access.opens_at)
    if access.starts_before is not None and starts >= access.starts_before:
        return Ending()
    limit = duration(access.time_limit_seconds)
    ends = {
        "time_limit_seconds": None if limit is None else later(starts, limit),
        "due_at": access.due_at,
        "closes_at": access.closes_at,
    }
    known = [(end, name) for name, end in ends.items() if end is not None]
    if not known:
        return Ending(starts)
    end, name = min(known, key=lambda candidate: candidate[0])
    return Ending(starts, max(end, starts), name)  # an attempt that starts after the due date is late from its start
