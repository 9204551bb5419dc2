"""The access rules that apply to one taker, and the additional time of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from quizkit.rules import timing
from quizkit.rules.times import LAST_MOMENT, later
from quizkit.vocabulary import TimeUp

__all__ = ["Access", "Accommodation", "duration"]


@dataclass(frozen=True, slots=True)
class Access:
    """The rules that apply to one taker. Times are aware, durations are in seconds; None means no such limit.

    Attributes:
        opens_at: the first time at which an attempt can be started, inclusive.
        due_at: the deadline of every attempt.
        closes_at: the time from which no attempt can be started; also a deadline of every attempt.
        max_attempts: the maximum number of attempts.
        time_limit_seconds: the time limit of one attempt.
        grace_seconds: how long after the deadline responses in transit are accepted.
        min_time_seconds: how long after its start an attempt can be submitted at the earliest.
        delays_seconds: the times between the end of an attempt and the start of the next, by the number of the attempt
            that ended; the last one repeats.
        stop_after_passing: whether a taker whose grade passes can start no further attempt.
        time_up: what happens at the deadline of an attempt.
        late_seconds: how long late responses are accepted; None until the quiz closes.
        late_penalty: the share of its points that a late response loses.
        time_factor: by how much an accommodation lengthens the time for a section or a question.
        added_seconds: by how much an accommodation moves `due_at` and `closes_at`. No attempt can be started in this
            time: an accommodation makes an attempt longer, but does not allow a later start.
    """

    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    max_attempts: int | None = None
    time_limit_seconds: int | None = None
    grace_seconds: int = 0
    min_time_seconds: int = 0
    delays_seconds: tuple[int, ...] = ()
    stop_after_passing: bool = False
    time_up: TimeUp = TimeUp.SUBMIT
    late_seconds: int | None = None
    late_penalty: Fraction = Fraction(0)
    time_factor: Fraction = Fraction(1)
    added_seconds: int = 0

    @property
    def starts_before(self) -> datetime | None:
        """The time from which no attempt can be started, without the accommodation; None for no end."""
        return timing.starts_before(
            due=self._for_others(self.due_at),
            closes_at=self._for_others(self.closes_at),
            time_up=self.time_up,
            late=duration(self.late_seconds),
        )

    def _for_others(self, end: datetime | None) -> datetime | None:
        # Nothing was added to a time at the latest supported one.
        return end if end is None or end >= LAST_MOMENT else end - timedelta(seconds=self.added_seconds)

    def submittable_at(self, started_at: datetime) -> datetime | None:
        """Return the first time at which the taker can submit an attempt that starts at this time; None for any time."""
        return later(started_at, timedelta(seconds=self.min_time_seconds)) if self.min_time_seconds else None

    def deadline(self, started_at: datetime) -> timing.Deadline:
        """Return the deadline of an attempt that starts at this time."""
        return timing.deadline(
            started_at,
            limit=duration(self.time_limit_seconds),
            due=self.due_at,
            closes_at=self.closes_at,
            grace=timedelta(seconds=self.grace_seconds),
            time_up=self.time_up,
            late=duration(self.late_seconds),
        )


@dataclass(frozen=True, slots=True)
class Accommodation:
    """More time for a person: a factor for the normal time, and extra seconds."""

    time_factor: Fraction = Fraction(1)
    extra_seconds: int = 0

    def added_to(self, seconds: int | None) -> int:
        """Return the seconds added to a time, rounded up; without a time to multiply, only the extra seconds."""
        if seconds is None:
            return self.extra_seconds
        longer = -(-seconds * self.time_factor.numerator // self.time_factor.denominator)
        return longer - seconds + self.extra_seconds


def duration(seconds: int | None) -> timedelta | None:
    """Return seconds as a duration; None stays None: no limit."""
    return None if seconds is None else timedelta(seconds=seconds)
