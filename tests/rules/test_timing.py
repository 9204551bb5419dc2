from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Refused, UsageError
from quizkit.rules import timing
from quizkit.rules.timing import Deadline
from quizkit.vocabulary import AttemptState, TimeUp

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("seconds", [0, -1, 86_400 * 366 + 1])
def test_an_extension_is_between_a_second_and_a_year(seconds: int) -> None:
    timing.refuse_extension(1)
    timing.refuse_extension(86_400 * 366)
    with pytest.raises(UsageError) as refused:
        timing.refuse_extension(seconds)
    assert refused.value.code == "extension_seconds"


# ---------------------------------------------------------------------------------------------- due


def test_closing_time_cuts_the_time_limit_short() -> None:
    assert timing.earliest_end(NOON, limit=2 * HOUR, closes_at=NOON + HOUR) == NOON + HOUR


def test_the_time_limit_ends_before_a_later_closing_time() -> None:
    assert timing.earliest_end(NOON, limit=HOUR, closes_at=NOON + 2 * HOUR) == NOON + HOUR


def test_a_due_date_ends_an_attempt_before_the_quiz_closes() -> None:
    assert timing.earliest_end(NOON, limit=None, due=NOON + HOUR, closes_at=NOON + 2 * HOUR) == NOON + HOUR


def test_without_limit_due_date_and_closing_time_there_is_no_deadline() -> None:
    assert timing.earliest_end(NOON, limit=None, closes_at=None) is None
    assert timing.deadline(NOON, limit=None, grace=HOUR) == Deadline(None, None, None)


@pytest.mark.parametrize("time_up", [TimeUp.SUBMIT, TimeUp.ABANDON])
def test_responses_are_accepted_in_the_grace_period(time_up: TimeUp) -> None:
    made = timing.deadline(NOON, limit=HOUR, grace=MINUTE, time_up=time_up)

    assert made == Deadline(NOON + HOUR, NOON + HOUR + MINUTE, NOON + HOUR + MINUTE)


def test_late_responses_are_accepted_for_late_seconds() -> None:
    made = timing.deadline(NOON, limit=HOUR, grace=MINUTE, time_up=TimeUp.ACCEPT_LATE, late=2 * HOUR)

    assert made == Deadline(NOON + HOUR, NOON + HOUR + MINUTE, NOON + 3 * HOUR + MINUTE)


def test_late_responses_are_never_accepted_after_closes_at() -> None:
    made = timing.deadline(NOON, limit=HOUR, closes_at=NOON + 90 * MINUTE, time_up=TimeUp.ACCEPT_LATE, late=2 * HOUR)

    assert made.accepts_until == NOON + 90 * MINUTE


def test_late_responses_are_always_accepted_without_closes_at_and_late_seconds() -> None:
    assert timing.deadline(NOON, limit=HOUR, time_up=TimeUp.ACCEPT_LATE).accepts_until is None


def test_an_attempt_started_after_the_due_date_is_late_from_the_start() -> None:
    made = timing.deadline(NOON, limit=None, due=NOON - HOUR, time_up=TimeUp.ACCEPT_LATE, late=3 * HOUR)

    assert made == Deadline(NOON, NOON, NOON + 2 * HOUR)


@pytest.mark.parametrize(
    ("time_up", "late", "last"),
    [
        (TimeUp.SUBMIT, None, NOON),
        (TimeUp.ABANDON, HOUR, NOON),
        (TimeUp.ACCEPT_LATE, HOUR, NOON + HOUR),
        (TimeUp.ACCEPT_LATE, None, NOON + 2 * HOUR),
        (TimeUp.ACCEPT_LATE, 9 * HOUR, NOON + 2 * HOUR),
    ],
)
def test_an_attempt_can_start_as_long_as_responses_would_be_accepted(
    time_up: TimeUp, late: timedelta | None, last: datetime
) -> None:
    assert timing.starts_before(due=NOON, closes_at=NOON + 2 * HOUR, time_up=time_up, late=late) == last


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds
SPANS = st.timedeltas(timedelta(0), timedelta(days=2))


@given(
    start=MOMENTS,
    limit=st.none() | SPANS,
    due=st.none() | MOMENTS,
    closes=st.none() | MOMENTS,
    grace=SPANS,
    time_up=st.sampled_from(TimeUp),
    late=st.none() | SPANS,
)
def test_every_deadline_is_in_order_and_not_before_the_start(
    start: datetime,
    limit: timedelta | None,
    due: datetime | None,
    closes: datetime | None,
    grace: timedelta,
    time_up: TimeUp,
    late: timedelta | None,
) -> None:
    made = timing.deadline(start, limit=limit, due=due, closes_at=closes, grace=grace, time_up=time_up, late=late)

    if made.due_at is None or made.on_time_until is None:
        assert made == Deadline(None, None, None)
        assert (limit, due, closes) == (None, None, None)
        return
    assert start <= made.due_at <= made.on_time_until
    assert made.accepts_until is None or made.on_time_until <= made.accepts_until
    if closes is not None:
        assert made.due_at <= max(start, closes)
        assert made.accepts_until is not None
        assert made.accepts_until <= max(start, closes) + grace


# ---------------------------------------------------------------------------------------------- state


@pytest.mark.parametrize(
    ("late_by", "state"),
    [(-TICK, AttemptState.OPEN), (timedelta(0), AttemptState.OPEN), (TICK, AttemptState.OVERDUE)],
)
def test_the_end_of_the_grace_period_is_inclusive(late_by: timedelta, state: AttemptState) -> None:
    until = timing.deadline(NOON - HOUR, limit=HOUR, grace=timedelta(seconds=30)).accepts_until

    assert until == NOON + timedelta(seconds=30)
    assert timing.state_at(AttemptState.OPEN, until, until + late_by) is state


@pytest.mark.parametrize("state", [AttemptState.SUBMITTED, AttemptState.ABANDONED])
def test_a_finished_attempt_is_never_overdue(state: AttemptState) -> None:
    assert timing.state_at(state, NOON, NOON + HOUR) is state


# ---------------------------------------------------------------------------------------------- finished

END = Deadline(NOON, NOON + MINUTE, NOON + HOUR)


@pytest.mark.parametrize(
    ("now", "last", "expected"),
    [
        (NOON - MINUTE, None, NOON - MINUTE),
        (NOON + MINUTE, None, NOON + MINUTE),
        (NOON + MINUTE + TICK, None, NOON + MINUTE + TICK),
        (NOON + HOUR, None, NOON + HOUR),
        (NOON + HOUR + TICK, None, NOON),
        (NOON + HOUR + TICK, NOON + MINUTE, NOON),
        (NOON + HOUR + TICK, NOON + MINUTE + TICK, NOON + HOUR),
    ],
)
def test_the_finishing_time_of_an_attempt_follows_from_its_deadline(
    now: datetime, last: datetime | None, expected: datetime
) -> None:
    """Now, while responses are accepted; afterwards the deadline, or the end of lateness if a response was late."""
    assert timing.finished_at(NOON - HOUR, END, last_received_at=last, now=now) == expected


@given(MOMENTS, MOMENTS)
def test_nothing_is_ever_received_or_finished_before_the_start(start: datetime, now: datetime) -> None:
    never = Deadline(None, None, None)

    assert timing.received_at(start, now) >= start
    assert timing.finished_at(start, never, last_received_at=None, now=now) >= start


@pytest.mark.parametrize("state", [AttemptState.OPEN, AttemptState.OVERDUE])
@pytest.mark.parametrize(
    ("now", "left"),
    [(NOON, "3600"), (NOON + TICK, "3599.999999"), (NOON + HOUR - TICK, "0.000001"), (NOON + HOUR, "0"), (NOON + 2 * HOUR, "0")],
)  # fmt: skip
def test_the_seconds_left_are_exact_and_never_negative(state: AttemptState, now: datetime, left: str) -> None:
    assert str(timing.seconds_left(NOON + HOUR, state, now)) == left


def test_no_seconds_are_left_without_a_deadline_and_after_the_end() -> None:
    assert timing.seconds_left(None, AttemptState.OPEN, NOON) is None
    for state in (AttemptState.SUBMITTED, AttemptState.ABANDONED):
        assert timing.seconds_left(NOON + HOUR, state, NOON) is None


def test_the_time_spent_on_a_question_never_decreases_if_a_clock_was_set_back() -> None:
    assert timing.time_spent(5, NOON, NOON + timedelta(seconds=1)) == 1_000_005
    assert timing.time_spent(5, NOON, NOON - timedelta(seconds=1)) == 5


@pytest.mark.parametrize(("seconds", "on_time"), [(-1, True), (0, True), (1, False)])
def test_what_is_received_at_the_last_time_on_time_is_on_time(seconds: int, on_time: bool) -> None:
    received = NOON + timedelta(seconds=seconds)

    assert timing.is_on_time(received, NOON) is on_time
    assert timing.is_on_time(received, None)


@pytest.mark.parametrize(
    ("submittable_at", "due_at", "first"),
    [
        (None, None, None),
        (None, NOON, None),
        (NOON, None, NOON),
        (NOON, NOON + MINUTE, NOON),
        (NOON + MINUTE, NOON, NOON),
    ],
)
def test_an_attempt_can_be_submitted_at_its_deadline_whatever_the_minimum_time(
    submittable_at: datetime | None, due_at: datetime | None, first: datetime | None
) -> None:
    assert timing.submittable_from(submittable_at, due_at) == first


def test_a_submit_before_the_minimum_time_is_refused_with_the_seconds_left() -> None:
    timing.refuse_early_submit(NOON, None, NOON)
    timing.refuse_early_submit(None, None, NOON)

    with pytest.raises(Refused) as refused:
        timing.refuse_early_submit(NOON + MINUTE, None, NOON + TICK)

    assert refused.value.code == "submit_too_early"
    assert refused.value.params == {"submittable_at": (NOON + MINUTE).isoformat(), "seconds_left": "59.999999"}
