"""Who may, when, how long, how often: the rules of a quiz, of an assignment, of groups, of one taker, of one person.

What is said of a taker alone comes first, else the most lenient of what is said of their groups, else the assignment,
else the quiz. A window (opens, due, closes) is one value, and so is a lateness policy (what happens when time is up, for
how long, at which price): each is taken whole from one of them. What an exception leaves out of one is completed with
the assignment, never with another exception (decision 0058). What a person is given everywhere comes on top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.errors import Invalid, Refused
from quizkit.rules import lifecycle, timing, tries
from quizkit.rules.windows import LAST_MOMENT, later
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
"""The fields that make a window together."""

LATENESS: Final = ("time_up", "late_seconds", "late_penalty")
"""The fields that make a lateness policy together."""


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
        late_penalty: the share of its points that a late answer loses.
        added_seconds: how much later than for others an accommodation has made it due, and closed. Nothing can be
            started in this time: an accommodation makes an attempt longer, it does not let in later.
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
        """The first moment at which nothing can be started any more, by the window that others have; None for no end."""
        return timing.last_start(
            due=self._for_others(self.due_at),
            closes_at=self._for_others(self.closes_at),
            time_up=self.time_up,
            late=_seconds(self.late_seconds),
        )

    def _for_others(self, end: datetime | None) -> datetime | None:
        # Nothing was added beyond the last moment that there is.
        return end if end is None or end >= LAST_MOMENT else end - timedelta(seconds=self.added_seconds)

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
    """More time that belongs to a person: the time that others have times a factor, and extra seconds."""

    time_factor: Fraction = Fraction(1)
    extra_seconds: int = 0

    def added_to(self, seconds: int | None) -> int:
        """Return by how many seconds a time grows, rounded up; where there is none to multiply, the extra seconds."""
        if seconds is None:
            return self.extra_seconds
        longer = -(-seconds * self.time_factor.numerator // self.time_factor.denominator)
        return longer - seconds + self.extra_seconds


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
    now: datetime,
) -> dict[str, Explained]:
    """Return what holds for a taker at a moment, by field, each with its rule. A field that is not in a layer says nothing.

    The windows of a taker's groups are alternatives: the one that is open now holds, the one that ends last if there are
    several; else the next one to open; else the one that was over last.
    """
    said = _Layers(quiz, assignment, groups or {}, taker or {})
    found = {name: said.most_lenient(name, _DEFAULTS[name]) for name in _LENIENCE}
    policy: Mapping[str, Explained] = min(said.alternatives(LATENESS), key=_price)
    found |= policy
    limit = found["time_limit_seconds"]
    windows = [_with_more_time(window, limit.value, person) for window in said.alternatives(WINDOW)]
    window: Mapping[str, Explained] = min(windows, key=lambda one: _distance({**found, **one}, now))
    found |= window
    added = found["added_seconds"].value
    if added and limit.value is not None:
        found["time_limit_seconds"] = Explained(
            limit.value + added, AccessSource.ACCOMMODATION, limit.group, limit.value
        )
    return found


def access_of(explained: Mapping[str, Explained]) -> Access:
    """Return the values alone."""
    return Access(**{name: one.value for name, one in explained.items()})


def completed(said: Settings, quiz: Settings, assignment: Settings, names: Iterable[str]) -> dict[str, Any]:
    """Return a window or a lateness policy as an exception makes it: what it leaves out is the assignment's."""
    return {name: said.get(name, assignment.get(name, quiz.get(name, _DEFAULTS[name]))) for name in names}


@dataclass(frozen=True, slots=True)
class _Layers:
    """What is said, from the general to the particular."""

    quiz: Settings
    assignment: Settings
    groups: Mapping[str, Settings]
    taker: Settings

    def most_lenient(self, name: str, default: Any) -> Explained:
        """Return what holds of a field that is a value of its own."""
        if name in self.taker:
            return Explained(self.taker[name], AccessSource.TAKER)
        said = [(settings[name], group) for group, settings in sorted(self.groups.items()) if name in settings]
        if said:
            value, group = min(said, key=lambda one: _LENIENCE[name](one[0]))
            return Explained(value, AccessSource.GROUP, group)
        return self.below(name, default)

    def below(self, name: str, default: Any) -> Explained:
        """Return what holds of a field for those for whom there is no exception."""
        if name in self.assignment:
            return Explained(self.assignment[name], AccessSource.ASSIGNMENT)
        if name in self.quiz:
            return Explained(self.quiz[name], AccessSource.QUIZ)
        return Explained(default, AccessSource.DEFAULT)

    def alternatives(self, names: tuple[str, ...]) -> list[dict[str, Explained]]:
        """Return the windows, or lateness policies, of which one holds: the taker's, else their groups', else the other."""
        below = {name: self.below(name, _DEFAULTS[name]) for name in names}

        def whole(said: Settings, source: AccessSource, group: str | None = None) -> dict[str, Explained]:
            return below | {name: Explained(said[name], source, group) for name in names if name in said}

        if not self.taker.keys().isdisjoint(names):
            return [whole(self.taker, AccessSource.TAKER)]
        found = [
            whole(said, AccessSource.GROUP, group)
            for group, said in sorted(self.groups.items())
            if not said.keys().isdisjoint(names)
        ]
        return found or [below]


def _with_more_time(
    window: dict[str, Explained], limit: int | None, person: Accommodation | None
) -> dict[str, Explained]:
    """Return a window as an accommodation makes it: its ends move as far as the limit, or as its length, grows."""
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
    """Return how long a window is, in whole seconds; None where it has no beginning or no end."""
    opens = window["opens_at"].value
    ends = [window[name].value for name in ("due_at", "closes_at") if window[name].value is not None]
    if opens is None or not ends:
        return None
    return max(0, int(-((opens - min(ends)) // timedelta(seconds=1))))  # rounded up


def _price(policy: Mapping[str, Explained]) -> tuple[Any, ...]:
    """Return how strict a lateness policy is: first whether late work is taken, then its price, then for how long."""
    return _TIME_UP.index(policy["time_up"].value), policy["late_penalty"].value, _more(policy["late_seconds"].value)


def _distance(explained: Mapping[str, Explained], now: datetime) -> tuple[Any, ...]:
    """Return how far from a moment a window is: open then, the one that ends last first; then those to come; then over."""
    held = access_of(explained)
    opens, last = held.opens_at, held.starts_before
    if last is not None and (now >= last or (opens is not None and opens >= last)):
        return 2, _more(last)
    if opens is not None and now < opens:
        return 1, opens
    ends = [end for end in (held.due_at, held.closes_at) if end is not None]
    return 0, _more(min(ends, default=None)), _more(held.closes_at)


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
    "max_attempts": _more,
    "time_limit_seconds": _more,
    "grace_seconds": _more,
    "min_delay_seconds": _less,
}

_DEFAULTS: Final[Mapping[str, Any]] = {field.name: field.default for field in fields(Access)}


def refusal(access: Access, *, used: int, last_finished_at: datetime | None, now: datetime) -> Refused | None:
    """Return why an attempt cannot be started now, None if it can. It opens at `opens_at` and closes at `closes_at`."""
    if access.opens_at is not None and now < access.opens_at:
        return Refused("not_open_yet", "The quiz is not open yet", opens_at=access.opens_at.isoformat())
    last = access.starts_before
    if last is not None and now >= last:
        return Refused("closed", "The quiz is closed")
    if not tries.may_start(used, access.max_attempts):
        return Refused("no_attempts_left", "All attempts have been used", allowed=access.max_attempts)
    again = tries.next_start(last_finished_at, timedelta(seconds=access.min_delay_seconds))
    if again is not None and now < again:
        return Refused("too_soon", "The next attempt can be started later", starts_at=again.isoformat())
    return None


class Ending(NamedTuple):
    """When an attempt would end that is started as soon as its taker may.

    Attributes:
        starts_at: now, or when it opens; None where nothing can be started any more.
        ends_at: when its time is up; None for never, and where nothing can be started.
        cut_by: the field that ends it: `time_limit_seconds`, `due_at` or `closes_at`; None where nothing does.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    cut_by: str | None = None


def ending(access: Access, now: datetime) -> Ending:
    """Return when an attempt would end that is started as soon as the window allows. Attempts left are not counted."""
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
    return Ending(starts, max(end, starts), name)  # who starts after the due date is late from the start


def refuse_without_effect(said: Settings, quiz: Settings | None, assignment: Settings) -> None:
    """Refuse an exception that contradicts itself or the assignment. `quiz` is None before it is published.

    Late work may be taken where nothing can come late in the assignment: what is taken of one group meets the due date or
    the limit of another.

    Raises:
        Invalid: `window_order`: its window, completed with the assignment's, does not open, is due and close in this
            order; `limit_beyond_window`: it gives a time limit that is longer than this window; `late_not_accepted`: it
            says for how long or at which price late work is taken, and none is.
    """
    window = completed(said, {}, assignment, WINDOW)
    if not said.keys().isdisjoint(WINDOW):
        lifecycle.refuse_window(window["opens_at"], window["due_at"], window["closes_at"])
    limit = said.get("time_limit_seconds")
    opens, ends = window["opens_at"], [window[name] for name in ("due_at", "closes_at") if window[name] is not None]
    if limit is not None and opens is not None and ends and later(opens, timedelta(seconds=limit)) > min(ends):
        raise Invalid("limit_beyond_window", "The window ends before this time limit could be used up")
    if quiz is None or ("late_seconds" not in said and "late_penalty" not in said):
        return
    late = completed(said, quiz, assignment, LATENESS)
    if late["time_up"] is not TimeUp.ACCEPT_LATE:
        raise Invalid("late_not_accepted", "No late work is taken, so nothing can be said of it")


def _seconds(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=value)
