"""Access rules and time limits: of a quiz, an assignment, groups, one taker, and accommodations of a person.

A setting of the taker applies first, then the most lenient setting of their groups, then that of the assignment, then
that of the quiz. A window (opens, due, closes) is one value, and so is a lateness policy (what happens at the deadline,
for how long late responses are accepted, with which penalty): each comes as a whole from one layer. The fields that an
exception omits come from the assignment, never from another exception (decision 0058). An accommodation of the person
is added at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.errors import Invalid, Refused
from quizkit.rules import attempt_limits, timing, windows
from quizkit.rules.times import LAST_MOMENT, later
from quizkit.vocabulary import AccessSource, TimeUp

__all__ = [
    "LATENESS",
    "WINDOW",
    "Access",
    "Accommodation",
    "Ending",
    "Explained",
    "access_of",
    "completed",
    "ending",
    "refusal",
    "refuse_without_effect",
    "resolve",
]

Settings = Mapping[str, Any]

WINDOW: Final = ("opens_at", "due_at", "closes_at")
"""The fields of a window."""

LATENESS: Final = ("time_up", "late_seconds", "late_penalty")
"""The fields of a lateness policy."""


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
        min_delay_seconds: the time between the end of an attempt and the start of the next.
        time_up: what happens at the deadline of an attempt.
        late_seconds: how long late responses are accepted; None until the quiz closes.
        late_penalty: the share of its points that a late response loses.
        added_seconds: by how much an accommodation moves `due_at` and `closes_at`. No attempt can be started in this
            time: an accommodation makes an attempt longer, but does not allow a later start.
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
    added_seconds: int = 0

    @property
    def starts_before(self) -> datetime | None:
        """The time from which no attempt can be started, without the accommodation; None for no end."""
        return timing.last_start(
            due=self._for_others(self.due_at),
            closes_at=self._for_others(self.closes_at),
            time_up=self.time_up,
            late=_seconds(self.late_seconds),
        )

    def _for_others(self, end: datetime | None) -> datetime | None:
        # Nothing was added to a time at the latest supported one.
        return end if end is None or end >= LAST_MOMENT else end - timedelta(seconds=self.added_seconds)

    def deadline(self, started_at: datetime) -> timing.Deadline:
        """Return the deadline of an attempt that starts at this time."""
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
    """More time for a person: a factor for the normal time, and extra seconds."""

    time_factor: Fraction = Fraction(1)
    extra_seconds: int = 0

    def added_to(self, seconds: int | None) -> int:
        """Return the seconds added to a time, rounded up; without a time to multiply, only the extra seconds."""
        if seconds is None:
            return self.extra_seconds
        longer = -(-seconds * self.time_factor.numerator // self.time_factor.denominator)
        return longer - seconds + self.extra_seconds


class Explained(NamedTuple):
    """An access value and its source. `base` is the value before an accommodation."""

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
    now: datetime,
) -> dict[str, Explained]:
    """Return the values that apply to a taker at a time, by field, with their sources. Omitted fields are inherited.

    The windows of a taker's groups are alternatives. The window that is open now applies, and of several the one that
    ends last; otherwise the next one to open; otherwise the one that ended last.
    """
    layers = _Layers(quiz, assignment, groups or {}, taker or {})
    found = {name: layers.most_lenient(name, _DEFAULTS[name]) for name in _LENIENCE}
    policy: Mapping[str, Explained] = min(layers.alternatives(LATENESS), key=_strictness)
    found |= policy
    limit = found["time_limit_seconds"]
    windows = [_with_more_time(window, limit.value, person) for window in layers.alternatives(WINDOW)]
    window: Mapping[str, Explained] = min(windows, key=lambda one: _distance({**found, **one}, now))
    found |= window
    added = found["added_seconds"].value
    if added and limit.value is not None:
        found["time_limit_seconds"] = Explained(
            limit.value + added, AccessSource.ACCOMMODATION, limit.group, limit.value
        )
    return found


def access_of(explained: Mapping[str, Explained]) -> Access:
    """Return the values without their sources."""
    return Access(**{name: one.value for name, one in explained.items()})


def completed(override: Settings, quiz: Settings, assignment: Settings, names: Iterable[str]) -> dict[str, Any]:
    """Return the window or the lateness policy of an override; its omitted fields come from the assignment."""
    return {name: override.get(name, assignment.get(name, quiz.get(name, _DEFAULTS[name]))) for name in names}


@dataclass(frozen=True, slots=True)
class _Layers:
    """The settings of each layer, from the most general to the most specific."""

    quiz: Settings
    assignment: Settings
    groups: Mapping[str, Settings]
    taker: Settings

    def most_lenient(self, name: str, default: Any) -> Explained:
        """Return the value of a field that is independent of others."""
        if name in self.taker:
            return Explained(self.taker[name], AccessSource.TAKER)
        values = [(settings[name], group) for group, settings in sorted(self.groups.items()) if name in settings]
        if values:
            value, group = min(values, key=lambda one: _LENIENCE[name](one[0]))
            return Explained(value, AccessSource.GROUP, group)
        return self.below(name, default)

    def below(self, name: str, default: Any) -> Explained:
        """Return the value of a field for takers without an override."""
        if name in self.assignment:
            return Explained(self.assignment[name], AccessSource.ASSIGNMENT)
        if name in self.quiz:
            return Explained(self.quiz[name], AccessSource.QUIZ)
        return Explained(default, AccessSource.DEFAULT)

    def alternatives(self, names: tuple[str, ...]) -> list[dict[str, Explained]]:
        """Return the windows, or lateness policies, to choose from: the taker's, else their groups', else the default."""
        below = {name: self.below(name, _DEFAULTS[name]) for name in names}

        def whole(settings: Settings, source: AccessSource, group: str | None = None) -> dict[str, Explained]:
            return below | {name: Explained(settings[name], source, group) for name in names if name in settings}

        if not self.taker.keys().isdisjoint(names):
            return [whole(self.taker, AccessSource.TAKER)]
        found = [
            whole(settings, AccessSource.GROUP, group)
            for group, settings in sorted(self.groups.items())
            if not settings.keys().isdisjoint(names)
        ]
        return found or [below]


def _with_more_time(
    window: dict[str, Explained], limit: int | None, person: Accommodation | None
) -> dict[str, Explained]:
    """Return a window with an accommodation: its ends move by as much as the time limit, or its own length, grows."""
    ends = any(window[name].value is not None for name in ("due_at", "closes_at"))
    added = 0
    if person is not None and (ends or limit is not None):
        added = person.added_to(_length(window) if limit is None else limit)
    moved = dict(window)
    moved["added_seconds"] = Explained(added, AccessSource.ACCOMMODATION if added else AccessSource.DEFAULT)
    for name in ("due_at", "closes_at"):
        value, _, group, _ = window[name]
        if added and value is not None:
            moved[name] = Explained(later(value, timedelta(seconds=added)), AccessSource.ACCOMMODATION, group, value)
    return moved


def _length(window: Mapping[str, Explained]) -> int | None:
    """Return the length of a window in whole seconds; None if it has no start or no end."""
    opens = window["opens_at"].value
    ends = [window[name].value for name in ("due_at", "closes_at") if window[name].value is not None]
    if opens is None or not ends:
        return None
    return max(0, int(-((opens - min(ends)) // timedelta(seconds=1))))  # rounded up


def _strictness(policy: Mapping[str, Explained]) -> tuple[Any, ...]:
    """Return a sort key for strictness: first whether late responses are accepted, then the penalty, then for how long."""
    return _TIME_UP.index(policy["time_up"].value), policy["late_penalty"].value, _more(policy["late_seconds"].value)


def _distance(explained: Mapping[str, Explained], now: datetime) -> tuple[Any, ...]:
    """Return a sort key for windows: open ones, the one that ends last first; then future ones; then past ones."""
    window = access_of(explained)
    opens, last = window.opens_at, window.starts_before
    if last is not None and (now >= last or (opens is not None and opens >= last)):
        return 2, _more(last)
    if opens is not None and now < opens:
        return 1, opens
    ends = [end for end in (window.due_at, window.closes_at) if end is not None]
    return 0, _more(min(ends, default=None)), _more(window.closes_at)


# Sort keys for leniency: a smaller key is more lenient.


def _more(value: Any) -> tuple[bool, Any]:
    """For values that are more lenient the greater they are; None, no limit, is the most lenient."""
    if value is None:
        return False, 0
    return True, -value.timestamp() if isinstance(value, datetime) else -value


def _less(value: Any) -> tuple[bool, Any]:
    """For values that are more lenient the smaller they are; None is the most lenient."""
    return value is not None, value if value is not None else 0


_TIME_UP: Final = (TimeUp.ACCEPT_LATE, TimeUp.SUBMIT, TimeUp.ABANDON)

_LENIENCE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "max_attempts": _more,
    "time_limit_seconds": _more,
    "grace_seconds": _more,
    "min_delay_seconds": _less,
}

_DEFAULTS: Final[Mapping[str, Any]] = {field.name: field.default for field in fields(Access)}


def refusal(access: Access, *, used: int, last_finished_at: datetime | None, now: datetime) -> Refused | None:
    """Return why an attempt cannot be started now, None if it can. `opens_at` is inclusive, `closes_at` is exclusive."""
    if access.opens_at is not None and now < access.opens_at:
        return Refused("not_open_yet", "The quiz is not open yet", opens_at=access.opens_at.isoformat())
    last = access.starts_before
    if last is not None and now >= last:
        return Refused("closed", "The quiz is closed")
    if not attempt_limits.may_start(used, access.max_attempts):
        return Refused("no_attempts_left", "All attempts have been used", allowed=access.max_attempts)
    again = attempt_limits.next_start(last_finished_at, timedelta(seconds=access.min_delay_seconds))
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
    last = access.starts_before
    if last is not None and starts >= last:
        return Ending()
    limit = _seconds(access.time_limit_seconds)
    ends = {
        "time_limit_seconds": None if limit is None else later(starts, limit),
        "due_at": access.due_at,
        "closes_at": access.closes_at,
    }
    known = [(end, name) for name, end in ends.items() if end is not None]
    if not known:
        return Ending(starts)
    end, name = min(known, key=lambda one: one[0])
    return Ending(starts, max(end, starts), name)  # an attempt that starts after the due date is late from its start


def refuse_without_effect(override: Settings, quiz: Settings | None, assignment: Settings) -> None:
    """Raise Invalid if an override contradicts itself or the assignment. `quiz` is None before it is published.

    An override may accept late responses even if nothing can be late in the assignment: the lateness policy of one
    group can be combined with the due date or the time limit of another.

    Raises:
        Invalid: `window_order`: its window, completed with the assignment's, does not satisfy opens_at < due_at <=
            closes_at; `limit_beyond_window`: its time limit is longer than this window; `late_not_accepted`: it sets
            the late time or the late penalty, but late responses are not accepted.
    """
    window = completed(override, {}, assignment, WINDOW)
    if not override.keys().isdisjoint(WINDOW):
        windows.refuse_window(window["opens_at"], window["due_at"], window["closes_at"])
    limit = override.get("time_limit_seconds")
    opens, ends = window["opens_at"], [window[name] for name in ("due_at", "closes_at") if window[name] is not None]
    if limit is not None and opens is not None and ends and later(opens, timedelta(seconds=limit)) > min(ends):
        raise Invalid(
            "limit_beyond_window", "The time limit is longer than the window: shorten it, or extend the window"
        )
    if quiz is None or ("late_seconds" not in override and "late_penalty" not in override):
        return
    late = completed(override, quiz, assignment, LATENESS)
    if late["time_up"] is not TimeUp.ACCEPT_LATE:
        message = "Late responses are not accepted: set time_up to accept_late, or omit late_seconds and late_penalty"
        raise Invalid("late_not_accepted", message)


def _seconds(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
