from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules import access
from quizkit.rules.access import Access, Accommodation, Explained
from quizkit.rules.windows import FIRST_MOMENT, LAST_MOMENT
from quizkit.vocabulary import AccessSource, TimeUp

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)

QUIZ = {"max_attempts": 1, "time_limit_seconds": 3600, "grace_seconds": 0, "time_up": TimeUp.SUBMIT}


def held(**layers: Any) -> Access:
    return access.access_of(access.resolve(QUIZ, layers.pop("assignment", {}), **layers))


# ---------------------------------------------------------------------------------------------- who says what


def test_without_anything_said_there_is_no_limit() -> None:
    assert access.access_of(access.resolve({}, {})) == Access()


def test_an_assignment_comes_before_its_quiz_field_by_field() -> None:
    found = access.resolve(QUIZ, {"max_attempts": 3})

    assert found["max_attempts"] == Explained(3, AccessSource.ASSIGNMENT)
    assert found["time_limit_seconds"] == Explained(3600, AccessSource.QUIZ)
    assert found["closes_at"] == Explained(None, AccessSource.DEFAULT)


def test_an_assignment_may_say_that_there_is_no_limit() -> None:
    assert access.resolve(QUIZ, {"max_attempts": None})["max_attempts"] == Explained(None, AccessSource.ASSIGNMENT)


def test_a_takers_own_word_comes_before_their_groups_even_if_it_is_stricter() -> None:
    found = access.resolve(
        QUIZ, {}, groups={"7b": {"max_attempts": 5, "time_limit_seconds": 9000}}, taker={"max_attempts": 2}
    )

    assert found["max_attempts"] == Explained(2, AccessSource.TAKER)
    assert found["time_limit_seconds"] == Explained(9000, AccessSource.GROUP, "7b")


@pytest.mark.parametrize(
    ("field", "one", "other", "lenient"),
    [
        ("opens_at", NOON, NOON + HOUR, NOON),
        ("opens_at", NOON, None, None),
        ("due_at", NOON, NOON + HOUR, NOON + HOUR),
        ("closes_at", NOON, NOON + HOUR, NOON + HOUR),
        ("closes_at", NOON, None, None),
        ("max_attempts", 1, 3, 3),
        ("max_attempts", 3, None, None),
        ("time_limit_seconds", 60, 90, 90),
        ("time_limit_seconds", 60, None, None),
        ("grace_seconds", 0, 30, 30),
        ("min_delay_seconds", 0, 30, 0),
        ("time_up", TimeUp.ABANDON, TimeUp.SUBMIT, TimeUp.SUBMIT),
        ("time_up", TimeUp.SUBMIT, TimeUp.ACCEPT_LATE, TimeUp.ACCEPT_LATE),
        ("late_seconds", 60, None, None),
        ("late_penalty", Fraction(1, 10), Fraction(0), Fraction(0)),
    ],
)
def test_of_several_groups_the_most_lenient_counts(field: str, one: Any, other: Any, lenient: Any) -> None:
    for groups in ({"a": {field: one}, "b": {field: other}}, {"a": {field: other}, "b": {field: one}}):
        found = access.resolve(QUIZ, {}, groups=groups)[field]
        assert found.value == lenient
        assert groups[str(found.group)][field] == lenient


def test_a_group_that_says_nothing_of_a_field_leaves_it_to_the_assignment() -> None:
    assert held(assignment={"max_attempts": 4}, groups={"7b": {"grace_seconds": 9}}).max_attempts == 4


# ---------------------------------------------------------------------------------------------- accommodations


def test_a_time_factor_moves_the_limit_and_the_end_as_far() -> None:
    ends = {"closes_at": NOON + HOUR, "due_at": NOON + HOUR}
    person = Accommodation(Fraction(5, 4), 60)
    found = access.resolve(QUIZ, ends, person=person)

    assert found["time_limit_seconds"] == Explained(3600 + 900 + 60, AccessSource.ACCOMMODATION, None, 3600)
    assert found["closes_at"].value == found["due_at"].value == NOON + HOUR + timedelta(seconds=960)
    assert found["closes_at"].base == NOON + HOUR


def test_an_accommodation_comes_on_top_of_an_override() -> None:
    found = held(taker={"time_limit_seconds": 7200}, person=Accommodation(Fraction(3, 2)))

    assert found.time_limit_seconds == 10800


def test_without_a_time_limit_only_the_extra_minutes_move_the_end() -> None:
    found = held(assignment={"time_limit_seconds": None, "closes_at": NOON}, person=Accommodation(Fraction(2), 600))

    assert (found.time_limit_seconds, found.closes_at) == (None, NOON + timedelta(minutes=10))


def test_where_nothing_ends_an_accommodation_changes_nothing() -> None:
    assert held(assignment={"time_limit_seconds": None}, person=Accommodation(Fraction(2))).closes_at is None


@given(st.integers(1, 10**7), st.fractions(1, 10, max_denominator=100), st.integers(0, 86_400))
def test_nobody_ever_gets_less_time_by_an_accommodation(limit: int, factor: Fraction, extra: int) -> None:
    added = Accommodation(factor, extra).added_to(limit)

    assert limit * factor + extra <= limit + added < limit * factor + extra + 1


# ---------------------------------------------------------------------------------------------- may one start

OPEN = Access(opens_at=NOON, closes_at=NOON + HOUR, max_attempts=2, min_delay_seconds=60)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (NOON - TICK, "not_open_yet"),
        (NOON, None),
        (NOON + HOUR - TICK, None),
        (NOON + HOUR, "closed"),
    ],
)
def test_it_opens_at_the_first_moment_and_is_closed_at_the_last(now: datetime, code: str | None) -> None:
    refused = access.refusal(OPEN, used=0, last_finished_at=None, now=now)

    assert (refused.code if refused else None) == code


def test_the_last_attempt_is_the_last() -> None:
    refused = access.refusal(OPEN, used=2, last_finished_at=None, now=NOON)

    assert refused is not None
    assert (refused.code, refused.params) == ("no_attempts_left", {"allowed": 2})


@pytest.mark.parametrize(("after", "code"), [(timedelta(seconds=60) - TICK, "too_soon"), (timedelta(seconds=60), None)])
def test_between_two_attempts_there_is_a_delay_whose_end_is_included(after: timedelta, code: str | None) -> None:
    refused = access.refusal(OPEN, used=1, last_finished_at=NOON, now=NOON + after)

    assert (refused.code if refused else None) == code


def test_after_the_due_date_one_starts_only_where_late_answers_are_taken() -> None:
    due = Access(due_at=NOON, closes_at=NOON + HOUR)
    late = Access(due_at=NOON, closes_at=NOON + HOUR, time_up=TimeUp.ACCEPT_LATE, late_seconds=60)
    later = NOON + timedelta(seconds=60)

    assert access.refusal(due, used=0, last_finished_at=None, now=NOON - TICK) is None
    assert getattr(access.refusal(due, used=0, last_finished_at=None, now=NOON), "code", "") == "closed"
    assert access.refusal(late, used=0, last_finished_at=None, now=later - TICK) is None
    assert getattr(access.refusal(late, used=0, last_finished_at=None, now=later), "code", "") == "closed"


SECONDS = st.none() | st.integers(1, 10_000)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "opens_at": st.none() | st.just(NOON),
        "closes_at": st.none() | st.sampled_from([NOON + HOUR, NOON + 2 * HOUR]),
        "max_attempts": st.none() | st.integers(1, 5),
        "time_limit_seconds": SECONDS,
        "grace_seconds": st.integers(0, 60),
        "time_up": st.sampled_from(TimeUp),
        "late_seconds": SECONDS,
    },
)


@given(SETTINGS, SETTINGS, st.dictionaries(st.sampled_from("abc"), SETTINGS), SETTINGS)
def test_every_value_is_one_that_the_named_rule_says(
    quiz: dict[str, Any], assignment: dict[str, Any], groups: dict[str, dict[str, Any]], taker: dict[str, Any]
) -> None:
    said: dict[AccessSource, Any] = {
        AccessSource.QUIZ: quiz,
        AccessSource.ASSIGNMENT: assignment,
        AccessSource.TAKER: taker,
    }
    for name, (value, source, group, _) in access.resolve(quiz, assignment, groups=groups, taker=taker).items():
        if source is AccessSource.DEFAULT:
            assert not any(name in layer for layer in (quiz, assignment, taker, *groups.values()))
            continue
        layer = groups[str(group)] if source is AccessSource.GROUP else said[source]
        assert layer[name] == value
        if source is not AccessSource.TAKER:
            assert name not in taker


# ---------------------------------------------------------------------------------------------- far moments

MOMENTS = st.datetimes(
    FIRST_MOMENT.replace(tzinfo=None), LAST_MOMENT.replace(tzinfo=None), timezones=st.just(UTC)
) | st.just(LAST_MOMENT)
SECONDS = st.integers(0, 366 * 86_400) | st.just(366 * 86_400)


@given(
    layer=st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("opens_at", "due_at", "closes_at"), st.none() | MOMENTS),
            **dict.fromkeys(("time_limit_seconds", "late_seconds"), st.none() | SECONDS),
            **dict.fromkeys(("grace_seconds", "min_delay_seconds"), SECONDS),
            "time_up": st.sampled_from(TimeUp),
        },
    ),
    person=st.builds(Accommodation, st.fractions(1, 10), SECONDS),
    started_at=MOMENTS,
    now=MOMENTS,
)
def test_no_limit_factor_or_grace_leads_past_the_last_moment(
    layer: dict[str, Any], person: Accommodation, started_at: datetime, now: datetime
) -> None:
    found = access.access_of(access.resolve(QUIZ, layer, person=person))

    ends = (*found.deadline(started_at), found.due_at, found.closes_at)
    assert all(end is None or FIRST_MOMENT <= end <= LAST_MOMENT for end in ends)
    refused = access.refusal(found, used=0, last_finished_at=started_at, now=now)
    assert refused is None or refused.code in {"not_open_yet", "closed", "too_soon", "no_attempts_left"}
