"""Limits on the number of attempts, and the delay between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from quizkit.rules.times import later

__all__ = ["attempts_left", "attempts_left_at_most", "delay_after", "may_start", "next_start"]


def attempts_left(used: int, allowed: int | None) -> int | None:
    """Return how many attempts can still be started; None for no limit."""
    return None if allowed is None else max(0, allowed - used)


def attempts_left_at_most(used: int, allowed: Iterable[int | None]) -> int | None:
    """Return how many attempts can still be started by the most lenient of several limits; None for no limit."""
    limits = list(allowed)
    known = [limit for limit in limits if limit is not None]
    return attempts_left(used, max(known) if len(known) == len(limits) else None)


def may_start(used: int, allowed: int | None) -> bool:
    """Return whether one more attempt can be started."""
    return allowed is None or used < allowed


def delay_after(used: int, delays: Sequence[int]) -> int:
    """Return the seconds between the end of the attempt with this number and the start of the next.

    `delays` has those after the first attempt, after the second, and so on; the last one repeats.
    """
    return delays[min(used, len(delays)) - 1] if used and delays else 0


def next_start(last_finished_at: datetime | None, delay: timedelta) -> datetime | None:
    """Return the time, inclusive, from which the next attempt can be started; None if there is no delay."""
    return None if last_finished_at is None or not delay else later(last_finished_at, delay)
