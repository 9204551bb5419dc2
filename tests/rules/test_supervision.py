"""What staff may do with an attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Invalid, Refused, UsageError
from quizkit.rules import lateness
from quizkit.rules import supervision as rules
from quizkit.rules.lateness import Stored
from quizkit.rules.timing import Deadline, deadline
from quizkit.vocabulary import AttemptState, TimeUp

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STORED = Deadline(NOON, NOON + MINUTE, NOON + 5 * MINUTE)
NONE = Deadline(None, None, None)


@pytest.mark.parametrize(
    ("stored", "due_at", "until"),
    [
        (NONE, None, NONE),
        (NONE, NOON + MINUTE, Deadline(*[NOON + MINUTE] * 3)),
        (STORED, NOON + 10 * MINUTE, Deadline(NOON + 10 * MINUTE, NOON + 11 * MINUTE, NOON + 15 * MINUTE)),
        (Deadline(NOON, NOON, None), NOON + MINUTE, Deadline(NOON + MINUTE, NOON + MINUTE, None)),
    ],
)
def test_a_new_deadline_keeps_the_grace_and_the_late_period(
    stored: Deadline, due_at: datetime | None, until: Deadline
) -> None:
    assert rules.reopened_until(stored, due_at, NOON) == until


def test_an_old_deadline_stays_while_it_is_in_the_future() -> None:
    assert rules.reopened_until(STORED, None, NOON - MINUTE) == STORED


@pytest.mark.parametrize("due_at", [None, NOON, NOON - MINUTE])
def test_a_deadline_that_is_not_in_the_future_is_refused(due_at: datetime | None) -> None:
    with pytest.raises(Invalid) as refused:
        rules.reopened_until(STORED, due_at, NOON)
    assert refused.value.code == "deadline_passed"


@given(limit=st.integers(1, 9), grace=st.integers(0, 9), late=st.integers(0, 9), moved=st.integers(1, 900))
def test_a_reopened_attempt_has_the_periods_of_one_that_starts_with_this_deadline(
    limit: int, grace: int, late: int, moved: int
) -> None:
    policy: dict[str, Any] = {"grace": grace * MINUTE, "time_up": TimeUp.ACCEPT_LATE, "late": late * MINUTE}
    stored = deadline(NOON, limit=limit * MINUTE, **policy)
    due = NOON + moved * MINUTE

    assert rules.reopened_until(stored, due, NOON) == deadline(NOON, limit=moved * MINUTE, **policy)


@pytest.mark.parametrize(
    ("refuse", "given", "code"),
    [
        (rules.refuse_no_reason, ("  ",), "reason_missing"),
        (rules.refuse_unfinished, (AttemptState.OPEN,), "attempt_open"),
        (rules.refuse_voided, (NOON,), "attempt_voided"),
        (rules.refuse_older, (1, 2), "attempt_not_newest"),
        (rules.refuse_without_taker, (None,), "taker_erased"),
        (rules.refuse_other_deadline, (NOON, NOON + MINUTE), "attempt_open"),
        (rules.refuse_other_deadline, (None, NOON), "attempt_open"),
        (rules.refuse_lateness, (-1,), "lateness_seconds"),
        (rules.refuse_lateness, (86_400 * 366 + 1,), "lateness_seconds"),
    ],
)
def test_what_staff_may_not_do(refuse: Any, given: tuple[Any, ...], code: str) -> None:
    with pytest.raises((Invalid, Refused, UsageError)) as refused:
        refuse(*given)
    assert refused.value.code == code


def test_what_staff_may_do() -> None:
    rules.refuse_no_reason("Fire alarm")
    rules.refuse_voided(None)
    rules.refuse_older(2, 2)
    rules.refuse_without_taker("ann")
    rules.refuse_other_deadline(NOON, None)
    rules.refuse_other_deadline(NOON, NOON)
    for state in (AttemptState.SUBMITTED, AttemptState.ABANDONED):
        rules.refuse_unfinished(state)
    for seconds in (None, 0, 86_400 * 366):
        rules.refuse_lateness(seconds)


points = st.none() | st.decimals(-9, 9, places=1)


@given(last=points, late=points, came_late=st.booleans(), kept=st.booleans(), kept_points=points)
def test_a_waived_lateness_never_costs_known_points(
    last: Any, late: Any, came_late: bool, kept: bool, kept_points: Any
) -> None:
    stored = Stored(last, late, came_late, kept, kept_points)
    waived = lateness.counted(lateness.decided(stored, 0))

    assert lateness.decided(stored, None) == stored
    assert not waived.late
    assert lateness.decided(stored, 60) == Stored(last, late, came_late=True, kept=False, kept_points=kept_points)
    if last is not None and last >= 0 and (late is None or last >= late):
        assert waived.known >= lateness.counted(stored).known
