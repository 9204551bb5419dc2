from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Invalid
from quizkit.rules import access
from quizkit.rules.access import Access, Accommodation, Explained
from quizkit.rules.times import FIRST_MOMENT, LAST_MOMENT
from quizkit.vocabulary import AccessSource, TimeUp

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)

QUIZ = {"max_attempts": 1, "time_limit_seconds": 3600, "grace_seconds": 0, "time_up": TimeUp.SUBMIT}


def held(**layers: Any) -> Access:
    return access.access_of(access.resolve(QUIZ, layers.pop("assignment", {}), **{"now": NOON, **layers}))


# ---------------------------------------------------------------------------------------------- precedence


def test_without_settings_there_is_no_limit() -> None:
    assert access.access_of(access.resolve({}, {}, now=NOON)) == Access()


def test_an_assignment_overrides_its_quiz_field_by_field() -> None:
    found = access.resolve(QUIZ, {"max_attempts": 3}, now=NOON)

    assert found["max_attempts"] == Explained(3, AccessSource.ASSIGNMENT)
    assert found["time_limit_seconds"] == Explained(3600, AccessSource.QUIZ)
    assert found["closes_at"] == Explained(None, AccessSource.DEFAULT)


def test_an_assignment_may_remove_a_limit() -> None:
    found = access.resolve(QUIZ, {"max_attempts": None}, now=NOON)

    assert found["max_attempts"] == Explained(None, AccessSource.ASSIGNMENT)


def test_a_takers_override_wins_over_those_of_groups_even_if_it_is_stricter() -> None:
    found = access.resolve(
        QUIZ, {}, groups={"7b": {"max_attempts": 5, "time_limit_seconds": 9000}}, taker={"max_attempts": 2}, now=NOON
    )

    assert found["max_attempts"] == Explained(2, AccessSource.TAKER)
    assert found["time_limit_seconds"] == Explained(9000, AccessSource.GROUP, "7b")


@pytest.mark.parametrize(
    ("field", "one", "other", "lenient"),
    [
        ("max_attempts", 1, 3, 3),
        ("max_attempts", 3, None, None),
        ("time_limit_seconds", 60, 90, 90),
        ("time_limit_seconds", 60, None, None),
        ("grace_seconds", 0, 30, 30),
        ("min_time_seconds", 0, 30, 0),
        ("stop_after_passing", True, False, False),
        ("delays_seconds", (60,), (), ()),
        ("delays_seconds", (60,), (60, 120), (60,)),
        ("delays_seconds", (0, 120), (60,), (0, 120)),
        ("delays_seconds", (60, 0, 90), (60, 30), (60, 0, 90)),
    ],
)
def test_the_most_lenient_of_several_group_overrides_applies(field: str, one: Any, other: Any, lenient: Any) -> None:
    for groups in ({"a": {field: one}, "b": {field: other}}, {"a": {field: other}, "b": {field: one}}):
        found = access.resolve(QUIZ, {}, groups=groups, now=NOON)[field]
        assert found.value == lenient
        assert groups[str(found.group)][field] == lenient


def test_a_field_that_a_group_override_omits_is_inherited_from_the_assignment() -> None:
    assert held(assignment={"max_attempts": 4}, groups={"7b": {"grace_seconds": 9}}).max_attempts == 4


# ---------------------------------------------------------------------------------------------- accommodations


def test_a_time_factor_extends_the_limit_and_the_end_equally() -> None:
    ends = {"closes_at": NOON + HOUR, "due_at": NOON + HOUR}
    person = Accommodation(Fraction(5, 4), 60)
    found = access.resolve(QUIZ, ends, person=person, now=NOON)

    assert found["time_limit_seconds"] == Explained(3600 + 900 + 60, AccessSource.ACCOMMODATION, None, 3600)
    assert found["closes_at"].value == found["due_at"].value == NOON + HOUR + timedelta(seconds=960)
    assert found["closes_at"].base == NOON + HOUR


def test_an_accommodation_is_added_to_an_override() -> None:
    found = held(taker={"time_limit_seconds": 7200}, person=Accommodation(Fraction(3, 2)))

    assert found.time_limit_seconds == 10800


def test_without_a_time_limit_only_the_extra_seconds_extend_the_end() -> None:
    found = held(assignment={"time_limit_seconds": None, "closes_at": NOON}, person=Accommodation(Fraction(2), 600))

    assert (found.time_limit_seconds, found.closes_at) == (None, NOON + timedelta(minutes=10))


def test_an_accommodation_has_no_effect_without_a_deadline() -> None:
    assert held(assignment={"time_limit_seconds": None}, person=Accommodation(Fraction(2))).closes_at is None


@given(st.integers(1, 10**7), st.fractions(1, 10, max_denominator=100), st.integers(0, 86_400))
def test_an_accommodation_never_shortens_the_time(limit: int, factor: Fraction, extra: int) -> None:
    added = Accommodation(factor, extra).added_to(limit)

    assert limit * factor + extra <= limit + added < limit * factor + extra + 1


# ---------------------------------------------------------------------------------------------- starting

OPEN = Access(opens_at=NOON, closes_at=NOON + HOUR, max_attempts=2, delays_seconds=(60,))


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (NOON - TICK, "not_open_yet"),
        (NOON, None),
        (NOON + HOUR - TICK, None),
        (NOON + HOUR, "closed"),
    ],
)
def test_opens_at_is_inclusive_and_closes_at_is_exclusive(now: datetime, code: str | None) -> None:
    refused = access.refusal(OPEN, used=0, last_finished_at=None, now=now)

    assert (refused.code if refused else None) == code


def test_a_closed_quiz_says_since_when_no_attempt_starts() -> None:
    refused = access.refusal(OPEN, used=0, last_finished_at=None, now=NOON + HOUR)
    after_due = access.refusal(Access(due_at=NOON, closes_at=NOON + HOUR), used=0, last_finished_at=None, now=NOON)

    assert refused is not None
    assert refused.params == {"closes_at": (NOON + HOUR).isoformat()}
    assert after_due is not None
    assert after_due.params == {"closes_at": NOON.isoformat()}


def test_no_attempt_starts_after_the_last_allowed_one() -> None:
    refused = access.refusal(OPEN, used=2, last_finished_at=None, now=NOON)

    assert refused is not None
    assert (refused.code, refused.params) == ("no_attempts_left", {"allowed": 2})


@pytest.mark.parametrize(("after", "code"), [(timedelta(seconds=60) - TICK, "too_soon"), (timedelta(seconds=60), None)])
def test_the_end_of_the_delay_between_attempts_is_inclusive(after: timedelta, code: str | None) -> None:
    refused = access.refusal(OPEN, used=1, last_finished_at=NOON, now=NOON + after)

    assert (refused.code if refused else None) == code


@pytest.mark.parametrize(
    ("passed", "stop", "code"),
    [(True, True, "already_passed"), (False, True, None), (True, False, None)],
)
def test_no_attempt_starts_after_the_grade_passes_if_the_policy_says_so(
    passed: bool, stop: bool, code: str | None
) -> None:
    refused = access.refusal(Access(stop_after_passing=stop), used=1, last_finished_at=NOON, now=NOON, passed=passed)

    assert (refused.code if refused else None) == code


def test_without_attempts_left_nothing_says_whether_the_grade_passes() -> None:
    rules = Access(max_attempts=1, stop_after_passing=True)

    codes = {
        getattr(access.refusal(rules, used=1, last_finished_at=NOON, now=NOON, passed=passed), "code", "")
        for passed in (True, False)
    }

    assert codes == {"no_attempts_left"}


@pytest.mark.parametrize(("seconds", "at"), [(0, None), (60, NOON + timedelta(seconds=60))])
def test_an_attempt_can_be_submitted_after_the_minimum_time(seconds: int, at: datetime | None) -> None:
    assert Access(min_time_seconds=seconds).submittable_at(NOON) == at


def test_attempts_start_after_the_due_date_only_if_late_responses_are_accepted() -> None:
    due = Access(due_at=NOON, closes_at=NOON + HOUR)
    late = Access(due_at=NOON, closes_at=NOON + HOUR, time_up=TimeUp.ACCEPT_LATE, late_seconds=60)
    later = NOON + timedelta(seconds=60)

    assert access.refusal(due, used=0, last_finished_at=None, now=NOON - TICK) is None
    assert getattr(access.refusal(due, used=0, last_finished_at=None, now=NOON), "code", "") == "closed"
    assert access.refusal(late, used=0, last_finished_at=None, now=later - TICK) is None
    assert getattr(access.refusal(late, used=0, last_finished_at=None, now=later), "code", "") == "closed"


# ---------------------------------------------------------------------------------------------- windows

NINE, TEN, TWO, THREE = (NOON + n * HOUR for n in (-3, -2, 2, 3))
MORNING = {"opens_at": NINE, "closes_at": TEN}
AFTERNOON = {"opens_at": TWO, "closes_at": THREE}


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NINE - TICK, "not_open_yet"),
        (NINE, None),
        (TEN - TICK, None),
        (TEN, "not_open_yet"),
        (NOON, "not_open_yet"),
        (TWO, None),
        (THREE - TICK, None),
        (THREE, "closed"),
    ],
)
def test_the_windows_of_two_groups_are_alternatives_and_are_never_merged(at: datetime, code: str | None) -> None:
    found = held(groups={"a": MORNING, "b": AFTERNOON}, now=at)

    refused = access.refusal(found, used=0, last_finished_at=None, now=at)
    assert (refused.code if refused else None) == code
    assert (found.opens_at, found.closes_at) == ((NINE, TEN) if at < TEN else (TWO, THREE))


def test_of_two_open_windows_the_one_that_closes_last_applies() -> None:
    two: list[dict[str, dict[str, Any]]] = [
        {"a": {"closes_at": TWO}, "b": {"closes_at": THREE}},
        {"a": {"closes_at": None}, "b": AFTERNOON},
    ]
    for groups in two:
        found = access.resolve(QUIZ, {"closes_at": TEN}, groups=groups, now=NOON)["closes_at"]
        assert found.value in {THREE, None}
        assert groups[str(found.group)]["closes_at"] == found.value


def test_after_all_windows_the_last_one_is_reported() -> None:
    found = held(groups={"a": MORNING, "b": AFTERNOON}, now=THREE + HOUR)

    assert (found.opens_at, found.closes_at) == (TWO, THREE)


def test_omitted_fields_of_a_window_come_from_the_assignment_and_never_from_another_group() -> None:
    found = access.resolve(QUIZ, MORNING, groups={"a": {"closes_at": NOON + HOUR}, "b": AFTERNOON}, now=NOON)

    assert found["opens_at"] == Explained(NINE, AccessSource.ASSIGNMENT)
    assert found["closes_at"] == Explained(NOON + HOUR, AccessSource.GROUP, "a")
    assert held(assignment=MORNING, groups={"b": AFTERNOON}, taker={"closes_at": NOON}).opens_at == NINE


def test_lateness_policies_of_two_groups_are_not_merged() -> None:
    half = {"time_up": TimeUp.ACCEPT_LATE, "late_penalty": Fraction(1, 2)}
    never = {"time_up": TimeUp.SUBMIT, "late_penalty": Fraction(0)}
    found = held(groups={"a": half, "b": never})

    assert (found.time_up, found.late_penalty) == (TimeUp.ACCEPT_LATE, Fraction(1, 2))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"time_up": TimeUp.ACCEPT_LATE, "late_penalty": Fraction(1)}, {"time_up": TimeUp.SUBMIT}),
        ({"time_up": TimeUp.SUBMIT}, {"time_up": TimeUp.ABANDON}),
        ({"time_up": TimeUp.ACCEPT_LATE, "late_seconds": 60}, {"time_up": TimeUp.ACCEPT_LATE, "late_seconds": 9}),
        (
            {"time_up": TimeUp.ACCEPT_LATE, "late_seconds": 9, "late_penalty": Fraction(0)},
            {"time_up": TimeUp.ACCEPT_LATE, "late_seconds": None, "late_penalty": Fraction(1, 9)},
        ),
    ],
)
def test_lateness_policies_rank_by_acceptance_then_penalty_then_duration(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    for groups in ({"a": one, "b": other}, {"b": one, "a": other}):
        found = held(groups=groups)
        assert {name: getattr(found, name) for name in one} == one


# ---------------------------------------------------------------------------------------------- accommodations of windows


def test_a_time_factor_extends_the_window_if_that_is_the_only_limit() -> None:
    found = held(assignment={**MORNING, "time_limit_seconds": None}, person=Accommodation(Fraction(3, 2), 60), now=NINE)

    assert found.closes_at == TEN + timedelta(minutes=31)


def test_an_accommodation_does_not_allow_a_start_after_the_common_window() -> None:
    found = held(assignment=MORNING, person=Accommodation(Fraction(2)), now=TEN)

    assert found.closes_at == TEN + HOUR
    assert found.starts_before == TEN
    assert access.refusal(found, used=0, last_finished_at=None, now=TEN - TICK) is None
    assert getattr(access.refusal(found, used=0, last_finished_at=None, now=TEN), "code", "") == "closed"
    assert found.deadline(TEN - TICK).due_at == TEN + HOUR


def test_an_accommodation_does_not_reopen_a_closed_window() -> None:
    found = held(
        groups={"a": MORNING, "b": {"opens_at": TEN, "closes_at": TEN + HOUR}},
        person=Accommodation(Fraction(9)),
        now=TEN,
    )

    assert found.opens_at == TEN


# ---------------------------------------------------------------------------------------------- effects


@pytest.mark.parametrize(
    ("rules", "now", "expected"),
    [
        ({}, NOON, (NOON, None, None)),
        ({"time_limit_seconds": 60}, NOON, (NOON, NOON + timedelta(seconds=60), "time_limit_seconds")),
        ({**MORNING, "time_limit_seconds": 7200}, NINE - HOUR, (NINE, TEN, "closes_at")),
        ({**MORNING, "time_limit_seconds": 3600}, NINE, (NINE, TEN, "time_limit_seconds")),
        ({**MORNING, "due_at": TEN - TICK}, NINE, (NINE, TEN - TICK, "due_at")),
        (MORNING, TEN, (None, None, None)),
        ({"due_at": NINE, "time_up": TimeUp.ACCEPT_LATE}, NOON, (NOON, NOON, "due_at")),
    ],
)
def test_the_end_of_an_attempt_is_reported_with_the_rule_that_sets_it(
    rules: dict[str, Any], now: datetime, expected: Any
) -> None:
    assert access.ending(Access(**rules), now) == expected


WRONG: list[tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any], str | None]] = [
    ({"closes_at": NINE}, {}, MORNING, "window_order"),
    ({"due_at": TEN + TICK}, {}, MORNING, "window_order"),
    ({"opens_at": TEN}, {}, MORNING, "window_order"),
    ({"opens_at": TEN, "closes_at": NOON}, {}, MORNING, None),
    ({"due_at": TEN, "closes_at": None}, {}, MORNING, None),
    ({"time_limit_seconds": 3601}, {}, MORNING, "limit_beyond_window"),
    ({"time_limit_seconds": 3600}, {}, MORNING, None),
    ({"time_limit_seconds": 7200, "closes_at": NOON}, {}, MORNING, None),
    ({"time_limit_seconds": 7200}, {}, {"closes_at": TEN}, None),
    ({"time_limit_seconds": None}, {}, MORNING, None),
    ({"late_penalty": Fraction(0)}, QUIZ, {}, "late_not_accepted"),
    ({"late_seconds": 60}, QUIZ, {"time_up": TimeUp.ACCEPT_LATE}, None),
    ({"late_seconds": 60, "time_up": TimeUp.ABANDON}, None, {}, None),
    ({"time_up": TimeUp.ACCEPT_LATE, "late_penalty": Fraction(1, 2)}, QUIZ, {"closes_at": TEN}, None),
    ({}, QUIZ, MORNING, None),
]


@pytest.mark.parametrize(("settings", "quiz", "assignment", "code"), WRONG)
def test_an_override_that_cannot_have_an_effect_is_refused(
    settings: dict[str, Any], quiz: dict[str, Any] | None, assignment: dict[str, Any], code: str | None
) -> None:
    found = None
    try:
        access.refuse_contradiction(settings, quiz, assignment)
    except Invalid as refused:
        found = refused.code
    assert found == code


# ---------------------------------------------------------------------------------------------- all rules combined

SECONDS = st.none() | st.integers(1, 10_000)
MOMENTS = st.sampled_from([None, *(NOON + n * HOUR for n in range(-3, 4))])
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "opens_at": MOMENTS,
        "due_at": MOMENTS,
        "closes_at": MOMENTS,
        "max_attempts": st.none() | st.integers(1, 5),
        "time_limit_seconds": SECONDS,
        "grace_seconds": st.integers(0, 60),
        "time_up": st.sampled_from(TimeUp),
        "late_seconds": SECONDS,
        "late_penalty": st.sampled_from([Fraction(0), Fraction(1, 2)]),
    },
)
GROUPS = st.dictionaries(st.sampled_from("abc"), SETTINGS)
POLICY = st.fixed_dictionaries({}, optional={"time_up": st.sampled_from(TimeUp), "late_seconds": SECONDS})
NOWS = st.sampled_from([NOON + n * HOUR / 2 for n in range(-8, 9)])


@given(POLICY, SETTINGS, GROUPS, SETTINGS, NOWS)
def test_every_value_comes_from_the_rule_that_is_named_as_its_source(
    quiz: dict[str, Any],
    assignment: dict[str, Any],
    groups: dict[str, dict[str, Any]],
    taker: dict[str, Any],
    now: datetime,
) -> None:
    settings: dict[AccessSource, Any] = {
        AccessSource.QUIZ: quiz,
        AccessSource.ASSIGNMENT: assignment,
        AccessSource.TAKER: taker,
    }
    found = access.resolve(quiz, assignment, groups=groups, taker=taker, now=now)
    for name, (value, source, group, *_) in found.items():
        if source is AccessSource.DEFAULT:
            assert not any(name in layer for layer in (quiz, assignment))
            continue
        layer = groups[str(group)] if source is AccessSource.GROUP else settings[source]
        assert layer[name] == value
        if name in taker:
            assert source is AccessSource.TAKER


@given(POLICY, SETTINGS, GROUPS, SETTINGS, NOWS, st.booleans())
def test_a_window_and_a_lateness_policy_each_come_from_one_source(
    quiz: dict[str, Any],
    assignment: dict[str, Any],
    groups: dict[str, dict[str, Any]],
    taker: dict[str, Any],
    now: datetime,
    accommodated: bool,
) -> None:
    """A taker can start now exactly if one of these windows is open, with any accommodation."""
    person = Accommodation(Fraction(3, 2), 60) if accommodated else None
    found = held_by(quiz, assignment, groups, taker, person, now)

    def made(names: tuple[str, ...]) -> list[dict[str, Any]]:
        for exceptions in ([taker], list(groups.values())):
            relevant = [one for one in exceptions if set(one) & set(names)]
            if relevant:
                return [access.completed(one, quiz, assignment, names) for one in relevant]
        return [access.completed({}, quiz, assignment, names)]

    added = timedelta(seconds=found.added_seconds)
    window = {
        "opens_at": found.opens_at,
        "due_at": found.due_at and found.due_at - added,
        "closes_at": found.closes_at and found.closes_at - added,
    }
    assert window in made(access.WINDOW)
    assert {name: getattr(found, name) for name in access.LATENESS} in made(access.LATENESS)

    def lets_in(one: dict[str, Any]) -> bool:
        late = found.late_seconds if found.time_up is TimeUp.ACCEPT_LATE else 0
        due = None if one["due_at"] is None or late is None else one["due_at"] + timedelta(seconds=late)
        ends = [end for end in (due, one["closes_at"]) if end is not None]
        return (one["opens_at"] is None or one["opens_at"] <= now) and all(now < end for end in ends)

    refused = access.refusal(found, used=0, last_finished_at=None, now=now)
    assert (refused is None) == any(lets_in(one) for one in made(access.WINDOW))


def held_by(quiz: Any, assignment: Any, groups: Any, taker: Any, person: Accommodation | None, now: datetime) -> Access:
    return access.access_of(access.resolve(quiz, assignment, groups=groups, taker=taker, person=person, now=now))


# ---------------------------------------------------------------------------------------------- extreme times

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
            **dict.fromkeys(("grace_seconds", "min_time_seconds"), SECONDS),
            "delays_seconds": st.lists(SECONDS, max_size=3).map(tuple),
            "time_up": st.sampled_from(TimeUp),
        },
    ),
    person=st.builds(Accommodation, st.fractions(1, 10), SECONDS),
    started_at=MOMENTS,
    now=MOMENTS,
)
def test_no_limit_factor_or_grace_exceeds_the_last_time(
    layer: dict[str, Any], person: Accommodation, started_at: datetime, now: datetime
) -> None:
    found = access.access_of(access.resolve(QUIZ, layer, person=person, now=now))

    ending = access.ending(found, now)
    ends = (*found.deadline(started_at), found.due_at, found.closes_at, found.starts_before, *ending[:2])
    assert all(end is None or FIRST_MOMENT <= end <= LAST_MOMENT for end in ends)
    refused = access.refusal(found, used=0, last_finished_at=started_at, now=now)
    assert refused is None or refused.code in {"not_open_yet", "closed", "too_soon", "no_attempts_left"}


def test_the_newest_event_about_a_subject_replaces_the_earlier_ones_as_a_whole() -> None:
    events = [("ann", {"max_attempts": 2}), ("ben", {"max_attempts": 3}), ("ann", {"grace_seconds": 9})]

    assert access.settings_in_force(events) == {"ann": {"grace_seconds": 9}, "ben": {"max_attempts": 3}}
    assert access.settings_in_force([*events, ("ann", {})])["ann"] == {}
