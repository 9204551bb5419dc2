"""Who may, when, how long, how often: the rules of a quiz, of an assignment, of groups, of one taker, of one person.

Field by field: what is said of a taker alone, else the most lenient of what is said of their groups, else the
assignment, else the quiz (Moodle's `quiz_update_effective_access`, with groups that may also be stricter than the
quiz). What a person is given everywhere comes on top, and moves the end as far as it moves the limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.errors import Refused
from quizkit.rules import timing, tries
from quizkit.rules.windows import later
from quizkit.vocabulary import AccessSource, TimeUp

__all__ = ["Access", "Accommodation", "Explained", "access_of", "refusal", "resolve"]

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Access:
    """What holds for one taker. Moments are aware, times in seconds; None means that there is no such limit.

    Attributes:
        opens_at: the first moment at which an attempt can be started.
        due_at: when the time of every attempt is up.
        closes_at: when nothing can be started any more, and the time of every attempt is up.
        max_attempts: how many attempts there are.
        time_limit_seconds: how long one attempt is.
        grace_seconds: how long after that answers that were under way are taken.
        min_delay_seconds: how long after an attempt the next one can be started.
        time_up: what happens when the time of an attempt is up.
        late_seconds: how long late answers are taken; None until the quiz closes.
        late_penalty: the share of the score that a late attempt loses.
    """

    opens_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    max_attempts: int | None = None
    time_limit_seconds: int | None = None
    grace_seconds: int = 0
    min_delay_seconds: int = 0
    time_up: TimeUp = TimeUp.SUBMIT
    late_seconds: int | None = None
    late_penalty: Fraction = Fraction(0)

    def deadline(self, started_at: datetime) -> timing.Deadline:
        """Return when the time of an attempt that starts at this moment is up."""
        return timing.deadline(
            started_at,
            limit=_seconds(self.time_limit_seconds),
            due=self.due_at,
            closes_at=self.closes_at,
            grace=timedelta(seconds=self.grace_seconds),
            time_up=self.time_up,
            late=_seconds(self.late_seconds),
        )


@dataclass(frozen=True, slots=True)
class Accommodation:
    """More time that belongs to a person: the limit times a factor, and extra seconds."""

    time_factor: Fraction = Fraction(1)
    extra_seconds: int = 0

    def added_to(self, limit_seconds: int | None) -> int:
        """Return by how many seconds the time limit grows, rounded up; where there is none, the extra seconds."""
        if limit_seconds is None:
            return self.extra_seconds
        longer = -(-limit_seconds * self.time_factor.numerator // self.time_factor.denominator)
        return longer - limit_seconds + self.extra_seconds


class Explained(NamedTuple):
    """A value of access, and the rule that it comes from. `base` is what it was before an accommodation."""

    value: Any
    source: AccessSource
    group: str | None = None
    base: Any = None


def resolve(
    quiz: Settings,
    assignment: Settings,
    *,
    groups: Mapping[str, Settings] | None = None,
    taker: Settings | None = None,
    person: Accommodation | None = None,
) -> dict[str, Explained]:
    """Return what holds for a taker, by field, each with its rule. A field that is not in a layer says nothing."""
    found: dict[str, Explained] = {}
    for field in fields(Access):
        found[field.name] = _one(field.name, field.default, quiz, assignment, groups or {}, taker or {})
    if person is not None:
        _accommodate(found, person)
    return found


def access_of(explained: Mapping[str, Explained]) -> Access:
    """Return the values alone."""
    return Access(**{name: one.value for name, one in explained.items()})


def _one(
    name: str, default: Any, quiz: Settings, assignment: Settings, groups: Mapping[str, Settings], taker: Settings
) -> Explained:
    if name in taker:
        return Explained(taker[name], AccessSource.TAKER)
    said = [(settings[name], group) for group, settings in sorted(groups.items()) if name in settings]
    if said:
        value, group = min(said, key=lambda one: _LENIENCE[name](one[0]))
        return Explained(value, AccessSource.GROUP, group)
    if name in assignment:
        return Explained(assignment[name], AccessSource.ASSIGNMENT)
    if name in quiz:
        return Explained(quiz[name], AccessSource.QUIZ)
    return Explained(default, AccessSource.DEFAULT)


def _accommodate(found: dict[str, Explained], person: Accommodation) -> None:
    added = person.added_to(found["time_limit_seconds"].value)
    if not added:
        return
    for name, by in (("time_limit_seconds", added), ("due_at", timedelta(seconds=added)), ("closes_at", timedelta(seconds=added))):  # fmt: skip
        base = found[name].value
        if base is not None:
            more = later(base, by) if isinstance(by, timedelta) else base + by
            found[name] = Explained(more, AccessSource.ACCOMMODATION, found[name].group, base)


# How lenient a value is: the smaller, the more.


def _more(value: Any) -> tuple[bool, Any]:
    """Later, longer, more often; no limit most of all."""
    if value is None:
        return False, 0
    return True, -value.timestamp() if isinstance(value, datetime) else -value


def _less(value: Any) -> tuple[bool, Any]:
    """Earlier, shorter, cheaper; none at all most of all."""
    return value is not None, value if value is not None else 0


_TIME_UP: Final = (TimeUp.ACCEPT_LATE, TimeUp.SUBMIT, TimeUp.ABANDON)

_LENIENCE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "opens_at": _less,
    "due_at": _more,
    "closes_at": _more,
    "max_attempts": _more,
    "time_limit_seconds": _more,
    "grace_seconds": _more,
    "min_delay_seconds": _less,
    "time_up": _TIME_UP.index,
    "late_seconds": _more,
    "late_penalty": _less,
}


def refusal(access: Access, *, used: int, last_finished_at: datetime | None, now: datetime) -> Refused | None:
    """Return why an attempt cannot be started now, None if it can. It opens at `opens_at` and closes at `closes_at`."""
    if access.opens_at is not None and now < access.opens_at:
        return Refused("not_open_yet", "The quiz is not open yet", opens_at=access.opens_at.isoformat())
    last = timing.last_start(
        due=access.due_at, closes_at=access.closes_at, time_up=access.time_up, late=_seconds(access.late_seconds)
    )
    if last is not None and now >= last:
        return Refused("closed", "The quiz is closed")
    if not tries.may_start(used, access.max_attempts):
        return Refused("no_attempts_left", "All attempts have been used", allowed=access.max_attempts)
    again = tries.next_start(last_finished_at, timedelta(seconds=access.min_delay_seconds))
    if again is not None and now < again:
        return Refused("too_soon", "The next attempt can be started later", starts_at=again.isoformat())
    return None


def _seconds(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
