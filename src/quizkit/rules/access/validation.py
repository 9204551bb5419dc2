"""Whether an override contradicts itself or its assignment."""

from __future__ import annotations

from datetime import timedelta

from quizkit.errors import Invalid
from quizkit.rules import windows
from quizkit.rules.access.overrides import LATENESS, Settings, completed
from quizkit.rules.additions import absolute
from quizkit.rules.times import later
from quizkit.vocabulary import TimeUp

__all__ = ["refuse_contradiction"]


def refuse_contradiction(override: Settings, quiz: Settings | None, assignment: Settings) -> None:
    """Raise Invalid if an override contradicts itself or the assignment. `quiz` is None before it is published.

    An override may accept late responses even if nothing can be late in the assignment: the lateness policy of one
    group can be combined with the due date or the time limit of another.

    Raises:
        Invalid: `window_order`: its window, completed with the assignment's, does not satisfy opens_at < due_at <=
            closes_at; `limit_beyond_window`: its time limit is longer than this window; `late_not_accepted`: it sets
            the late time or the late penalty, but late responses are not accepted.
    """
    override = absolute(override, quiz or {}, assignment)
    window = completed(override, {}, assignment, windows.WINDOW)
    if not override.keys().isdisjoint(windows.WINDOW):
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
