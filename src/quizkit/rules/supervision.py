"""What staff may do with an attempt: reopen it with a new deadline, void it, and set how late it is."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from quizkit.errors import Invalid, Refused, UsageError
from quizkit.rules.times import later
from quizkit.rules.timing import Deadline
from quizkit.vocabulary import AttemptState

__all__ = [
    "not_newest",
    "refuse_lateness",
    "refuse_no_reason",
    "refuse_older",
    "refuse_other_deadline",
    "refuse_unfinished",
    "refuse_voided",
    "refuse_without_taker",
    "reopened_until",
]

_MAX_LATENESS: Final = 86_400 * 366
"""The greatest lateness in seconds: a year."""


def refuse_no_reason(reason: str) -> None:
    """Raise Invalid if a reason is empty.

    Raises:
        Invalid: `reason_missing`.
    """
    if not reason.strip():
        raise Invalid("reason_missing", "Say why: the reason is kept with the attempt")


def refuse_lateness(seconds: int | None) -> None:
    """Raise UsageError unless a lateness is at most 366 days; None is the one by the clock.

    Raises:
        UsageError: `lateness_seconds`.
    """
    if seconds is not None and not 0 <= seconds <= _MAX_LATENESS:
        raise UsageError("lateness_seconds", "A lateness must be between 0 seconds and 366 days", most=_MAX_LATENESS)


def refuse_unfinished(state: AttemptState) -> None:
    """Raise Refused while an attempt is open: what it has earned is not known yet.

    Raises:
        Refused: `attempt_open`.
    """
    if state is AttemptState.OPEN:
        raise Refused("attempt_open", "The attempt is not finished yet: finish it first")


def refuse_voided(voided_at: datetime | None) -> None:
    """Raise Refused if an attempt is voided: it never counts, so nobody should work on it.

    Raises:
        Refused: `attempt_voided`.
    """
    if voided_at is not None:
        raise Refused("attempt_voided", "The attempt is voided: undo that first")


def refuse_older(number: int, newest: int) -> None:
    """Raise Refused if a taker has started another attempt since: only the newest one can be open.

    Raises:
        Refused: `attempt_not_newest`.
    """
    if number < newest:
        raise not_newest()


def not_newest() -> Refused:
    """Return the error for an attempt after which its taker has started another one."""
    return Refused("attempt_not_newest", "The taker has started another attempt since: give them one more instead")


def refuse_without_taker(taker: object) -> None:
    """Raise Refused if nobody is left who could work on an attempt.

    Raises:
        Refused: `taker_erased`.
    """
    if taker is None:
        raise Refused("taker_erased", "The attempt has no taker any longer")


def refuse_other_deadline(due_at: datetime | None, wanted: datetime | None) -> None:
    """Raise Refused if an open attempt should get another deadline than it has.

    Raises:
        Refused: `attempt_open`.
    """
    if wanted is not None and wanted != due_at:
        raise Refused("attempt_open", "The attempt is open: give more time with assignments.extend")


def reopened_until(stored: Deadline, due_at: datetime | None, now: datetime) -> Deadline:
    """Return the deadline of an attempt that is opened again; the grace period and the late period stay as long.

    Args:
        stored: its deadline until now.
        due_at: the new deadline; None for the one that it has.
        now: the current time.

    Raises:
        Invalid: `deadline_passed`: the deadline is not in the future.
    """
    due = stored.due_at if due_at is None else due_at
    if due is not None and due <= now:
        raise Invalid("deadline_passed", "The deadline must be in the future: pass due_at")
    if due is None or due == stored.due_at:
        return stored
    if stored.due_at is None:
        return Deadline(due, due, due)
    moved = due - stored.due_at
    on_time, until = stored.on_time_until, stored.accepts_until
    return Deadline(
        due, None if on_time is None else later(on_time, moved), None if until is None else later(until, moved)
    )
