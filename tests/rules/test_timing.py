from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules import timing
from quizkit.vocabulary import AttemptState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def test_closing_time_cuts_the_time_limit_short() -> None:
    assert timing.due_at(NOON, limit=2 * HOUR, closes_at=NOON + HOUR) == NOON + HOUR


def test_the_time_limit_ends_before_a_later_closing_time() -> None:
    assert timing.due_at(NOON, limit=HOUR, closes_at=NOON + 2 * HOUR) == NOON + HOUR


def test_without_limit_and_closing_time_nothing_is_due() -> None:
    assert timing.due_at(NOON, limit=None, closes_at=None) is None
    assert timing.accepts_until(None, grace=HOUR) is None


@pytest.mark.parametrize(
    ("late_by", "state"),
    [(-TICK, AttemptState.OPEN), (timedelta(0), AttemptState.OPEN), (TICK, AttemptState.OVERDUE)],
)
def test_the_last_moment_of_grace_is_included(late_by: timedelta, state: AttemptState) -> None:
    until = timing.accepts_until(NOON, grace=timedelta(seconds=30))

    assert until == NOON + timedelta(seconds=30)
    assert timing.state_at(AttemptState.OPEN, until, until + late_by) is state


def test_a_submitted_attempt_is_never_overdue() -> None:
    assert timing.state_at(AttemptState.SUBMITTED, NOON, NOON + HOUR) is AttemptState.SUBMITTED


def test_an_attempt_that_nobody_closed_was_finished_when_it_was_due() -> None:
    until = NOON + timedelta(seconds=30)

    assert timing.finished_at(NOON - HOUR, due=NOON, until=until, now=NOON + HOUR) == NOON
    assert timing.finished_at(NOON - HOUR, due=NOON, until=until, now=until) == until


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_nothing_is_ever_received_or_finished_before_the_start(start: datetime, now: datetime) -> None:
    assert timing.received_at(start, now) >= start
    assert timing.finished_at(start, due=None, until=None, now=now) >= start
