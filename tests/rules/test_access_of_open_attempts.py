"""What an exception changes for a taker whose attempt is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules.access import Access, Ends, ends_under, ends_with
from quizkit.rules.times import LAST_MOMENT
from quizkit.vocabulary import TimeUp

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def ends(before: Access, after: Access, more: timedelta = timedelta(0)) -> Ends | None:
    """The ends of an attempt that started at noon, was extended by `more`, and gets an exception."""
    return ends_with(extended(ends_under(before, NOON), more), before, after, NOON)


def extended(stored: Ends, more: timedelta) -> Ends:
    due, on_time, until, closes = (None if end is None else end + more for end in stored[:4])
    return Ends(due, on_time, until, closes, stored.time_up)


def rules(**given: Any) -> Access:
    return Access(**{"time_limit_seconds": 3600, "grace_seconds": 30, **given})


def test_an_attempt_ends_as_if_it_had_been_started_with_the_exception() -> None:
    assert ends(rules(), rules(time_limit_seconds=5400)) == ends_under(rules(time_limit_seconds=5400), NOON)


def test_time_that_was_added_before_the_exception_remains() -> None:
    found = ends(rules(), rules(time_limit_seconds=5400), 10 * MINUTE)

    assert found is not None
    assert found.due_at == NOON + 100 * MINUTE


def test_a_longer_time_limit_does_not_pass_the_close() -> None:
    """An extension for everybody has moved the deadline, and the close in the rules too."""
    closing = {"closes_at": NOON + 75 * MINUTE}
    stored = ends_under(rules(**closing), NOON)
    due, on_time = NOON + 70 * MINUTE, NOON + 70 * MINUTE + timedelta(seconds=30)
    stored = stored._replace(due_at=due, on_time_until=on_time, accepts_until=on_time)

    found = ends_with(stored, rules(**closing), rules(**closing, time_limit_seconds=5400), NOON)

    assert found is not None
    last = NOON + 75 * MINUTE + timedelta(seconds=30)
    assert (found.due_at, found.on_time_until, found.accepts_until) == (NOON + 75 * MINUTE, last, last)


def test_an_exception_without_a_limit_removes_the_deadline() -> None:
    assert ends(rules(), rules(time_limit_seconds=None)) == Ends(None, None, None, None, TimeUp.SUBMIT)


@pytest.mark.parametrize(
    "stricter",
    [
        {"time_limit_seconds": 3599},
        {"grace_seconds": 29},
        {"due_at": NOON + 59 * MINUTE},
        {"closes_at": NOON + 59 * MINUTE},
        {"time_up": TimeUp.ABANDON},
        {"min_time_seconds": 60},
        {"time_up": TimeUp.ACCEPT_LATE, "late_penalty": Fraction(1, 2)},
    ],
)
def test_an_exception_that_is_stricter_does_not_reach_an_open_attempt(stricter: dict[str, Any]) -> None:
    assert ends(rules(), rules(**stricter)) is None


def test_late_responses_can_be_accepted_from_now_on() -> None:
    found = ends(rules(), rules(time_up=TimeUp.ACCEPT_LATE, late_seconds=600))

    assert found is not None
    assert (found.time_up, found.due_at) == (TimeUp.ACCEPT_LATE, NOON + HOUR)
    assert found.accepts_until == NOON + 70 * MINUTE + timedelta(seconds=30)


def test_late_responses_accepted_for_a_shorter_time_do_not_reach_it() -> None:
    late = {"time_up": TimeUp.ACCEPT_LATE}
    assert ends(rules(**late, late_seconds=600), rules(**late, late_seconds=599)) is None


def test_an_end_does_not_pass_the_latest_supported_time() -> None:
    found = ends(rules(), rules(closes_at=LAST_MOMENT, time_limit_seconds=2**40))

    assert found is not None
    assert found.due_at == LAST_MOMENT


SECONDS = st.integers(1, 20_000)
ACCESS = st.builds(
    Access,
    due_at=st.none() | SECONDS.map(lambda seconds: NOON + timedelta(seconds=seconds)),
    closes_at=st.none() | SECONDS.map(lambda seconds: NOON + timedelta(seconds=seconds)),
    time_limit_seconds=st.none() | SECONDS,
    grace_seconds=st.integers(0, 100),
    time_up=st.sampled_from(TimeUp),
    late_seconds=st.none() | SECONDS,
    late_penalty=st.sampled_from([Fraction(0), Fraction(1, 2)]),
)


def key(end: datetime | None) -> datetime:
    return datetime.max.replace(tzinfo=UTC) if end is None else end


@given(ACCESS, ACCESS, st.integers(0, 5000).map(lambda seconds: timedelta(seconds=seconds)))
def test_no_exception_ends_an_open_attempt_earlier(before: Access, after: Access, more: timedelta) -> None:
    stored = extended(ends_under(before, NOON), more)
    found = ends_with(stored, before, after, NOON)

    if found is not None:
        assert all(key(new) >= key(old) for new, old in zip(found[:4], stored[:4], strict=True))
        assert key(found.due_at) <= key(found.on_time_until) <= key(found.accepts_until)
        assert key(found.due_at) <= key(found.closes_at) or key(stored.due_at) > key(stored.closes_at)


@given(ACCESS, ACCESS)
def test_without_an_extension_an_exception_that_reaches_an_attempt_sets_its_ends(before: Access, after: Access) -> None:
    found = ends(before, after)

    if found is not None:
        assert found[:3] == ends_under(after, NOON)[:3]


@given(ACCESS, st.integers(0, 5000).map(lambda seconds: timedelta(seconds=seconds)))
def test_an_exception_that_changes_nothing_moves_nothing(before: Access, more: timedelta) -> None:
    stored = extended(ends_under(before, NOON), more)

    assert ends_with(stored, before, before, NOON) == stored


@given(SECONDS, SECONDS)
def test_two_longer_limits_in_turn_move_as_far_as_the_second_alone(one: int, other: int) -> None:
    first, second = (Access(time_limit_seconds=20_000 + seconds) for seconds in sorted((one, other)))
    start = Access(time_limit_seconds=20_000)
    stored = ends_under(start, NOON)
    halfway = ends_with(stored, start, first, NOON)

    assert halfway is not None
    assert ends_with(halfway, first, second, NOON) == ends_with(stored, start, second, NOON)
