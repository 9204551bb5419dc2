"""Which settings apply to a taker: their own override, those of their groups, the assignment's, or the quiz's.

`resolve` combines all of these for one taker. `completed` combines one override with what it inherits, for checks
of the override alone, and for the end of a quiz, which does not know the groups of takers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeVar

from quizkit.rules import attempt_limits
from quizkit.rules.access.values import Access, Accommodation
from quizkit.rules.additions import PLUS, absolute
from quizkit.rules.times import later
from quizkit.rules.windows import WINDOW
from quizkit.vocabulary import AccessSource, TimeUp

__all__ = [
    "LATENESS",
    "Explained",
    "Settings",
    "access_of",
    "completed",
    "resolve",
    "settings_in_force",
    "stricter_fields",
]

Settings = Mapping[str, Any]
Subject = TypeVar("Subject")

LATENESS: Final = ("time_up", "late_seconds", "late_penalty")
"""The fields of a lateness policy."""


class Explained(NamedTuple):
    """An access value and its source.

    `base` is the value before an accommodation, `plus` what an override adds to the value of the assignment.
    """

    value: Any
    source: AccessSource
    group: str | None = None
    base: Any = None
    plus: int | None = None


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
    given, own = groups or {}, taker or {}
    layers = _Layers(
        quiz,
        assignment,
        {group: absolute(settings, quiz, assignment) for group, settings in given.items()},
        absolute(own, quiz, assignment),
    )
    found = {name: layers.most_lenient(name, _DEFAULTS[name]) for name in _LENIENCE}
    policy: Mapping[str, Explained] = min(layers.alternatives(LATENESS), key=_strictness)
    found |= policy
    limit = found["time_limit_seconds"]
    windows = [_with_more_time(window, limit.value, person) for window in layers.alternatives(WINDOW)]
    window: Mapping[str, Explained] = min(windows, key=lambda candidate: _distance({**found, **candidate}, now))
    found |= window
    added = found["added_seconds"].value
    if added and limit.value is not None:
        found["time_limit_seconds"] = Explained(
            limit.value + added, AccessSource.ACCOMMODATION, limit.group, limit.value
        )
    return found | {
        name: found[name]._replace(plus=amount)
        for plus, name in PLUS.items()
        if (amount := _layer_of(found[name], given, own).get(plus)) is not None
    }


def _layer_of(entry: Explained, groups: Mapping[str, Settings], taker: Settings) -> Settings:
    """Return the override that a value comes from. One of the taker that names the field is stronger than any other."""
    return taker if entry.group is None else groups[entry.group]


def access_of(explained: Mapping[str, Explained]) -> Access:
    """Return the values without their sources."""
    return Access(**{name: entry.value for name, entry in explained.items()})


def settings_in_force(events: Iterable[tuple[Subject, Settings]]) -> dict[Subject, Settings]:
    """Return the settings in force for each subject: those of its newest event, which replace the earlier ones.

    `events` are pairs of subject and settings in the order in which they were stored.
    """
    return dict(events)


def completed(override: Settings, quiz: Settings, assignment: Settings, names: Iterable[str]) -> dict[str, Any]:
    """Return the window or the lateness policy of an override; its omitted fields come from the assignment."""
    override = absolute(override, quiz, assignment)
    return {name: override.get(name, assignment.get(name, quiz.get(name, _DEFAULTS[name]))) for name in names}


def stricter_fields(override: Settings, quiz: Settings, assignment: Settings) -> tuple[str, ...]:
    """Return the fields in which an override, with what it adds, is stricter than the assignment without it."""
    own = completed(override, quiz, assignment, _STRICTER)
    rule = completed({}, quiz, assignment, _STRICTER)
    return tuple(name for name, key in _STRICTER.items() if key(own[name]) > key(rule[name]))


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
            value, group = min(values, key=lambda candidate: _LENIENCE[name](candidate[0]))
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
    factor = Fraction(1) if person is None else person.time_factor
    moved["time_factor"] = Explained(factor, AccessSource.DEFAULT if factor == 1 else AccessSource.ACCOMMODATION)
    for name in ("due_at", "closes_at"):
        value, _, group, *_ = window[name]
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
    opens, before = window.opens_at, window.starts_before
    if before is not None and (now >= before or (opens is not None and opens >= before)):
        return 2, _more(before)
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


def _shorter(delays: Sequence[int]) -> Sequence[int]:
    """For delays between attempts: the first attempt after which two lists differ decides. No delays are the shortest."""
    return [attempt_limits.delay_after(number, delays) for number in range(1, _COMPARED + 1)]


_COMPARED: Final = 20
"""After how many attempts delays are compared: no policy names more."""

_TIME_UP: Final = (TimeUp.ACCEPT_LATE, TimeUp.SUBMIT, TimeUp.ABANDON)

_LENIENCE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "max_attempts": _more,
    "time_limit_seconds": _more,
    "grace_seconds": _more,
    "min_time_seconds": _less,
    "delays_seconds": _shorter,
    "stop_after_passing": _less,
}

_STRICTER: Final[Mapping[str, Callable[[Any], Any]]] = {
    **_LENIENCE,
    "opens_at": _less,
    "due_at": _more,
    "closes_at": _more,
    "time_up": _TIME_UP.index,
    "late_seconds": _more,
    "late_penalty": _less,
}

_DEFAULTS: Final[Mapping[str, Any]] = {field.name: field.default for field in fields(Access)}
