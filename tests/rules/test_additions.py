"""Overrides that add to the rules of the assignment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Invalid
from quizkit.rules import access, additions
from quizkit.rules.access import Access, Accommodation, Explained
from quizkit.rules.additions import PLUS
from quizkit.rules.times import FIRST_MOMENT, LAST_MOMENT
from quizkit.vocabulary import AccessSource

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

QUIZ = {"max_attempts": 1, "time_limit_seconds": 3600}
WINDOW = {"opens_at": NOON, "due_at": NOON + HOUR, "closes_at": NOON + 2 * HOUR}
MORE = {
    "opens_plus_seconds": -60,
    "due_plus_seconds": 120,
    "closes_plus_seconds": 180,
    "time_limit_plus_seconds": 240,
    "plus_attempts": 2,
}


def held(assignment: dict[str, Any], **layers: Any) -> Access:
    return access.access_of(access.resolve(QUIZ, assignment, now=NOON, **layers))


@pytest.mark.parametrize("layer", [{"taker": MORE}, {"groups": {"7b": MORE}}])
def test_an_addition_counts_from_the_assignment_or_else_from_the_quiz(layer: dict[str, Any]) -> None:
    found = held({**WINDOW, "max_attempts": 4}, **layer)

    assert (found.opens_at, found.due_at) == (NOON - timedelta(seconds=60), NOON + HOUR + timedelta(seconds=120))
    assert found.closes_at == NOON + 2 * HOUR + timedelta(seconds=180)
    assert (found.time_limit_seconds, found.max_attempts) == (3840, 6)


def test_an_addition_follows_an_assignment_that_moves() -> None:
    later = {name: moment + 24 * HOUR for name, moment in WINDOW.items()}

    more = {"closes_plus_seconds": 60}
    assert held(later, taker=more).closes_at == NOON + 26 * HOUR + timedelta(seconds=60)


def test_where_there_is_no_limit_there_is_nothing_to_add_to() -> None:
    found = access.access_of(access.resolve({}, {}, taker=MORE, now=NOON))

    assert found == Access()


def test_an_addition_of_a_taker_does_not_count_from_an_override_of_their_group() -> None:
    found = held(WINDOW, groups={"7b": {"time_limit_seconds": 9000}}, taker={"time_limit_plus_seconds": 60})

    assert found.time_limit_seconds == 3660


@pytest.mark.parametrize(("other", "most"), [(3, 3), (2, 2), (None, None)])
def test_additions_and_values_of_groups_compare_by_what_they_result_in(other: int | None, most: int | None) -> None:
    groups = {"a": {"plus_attempts": 1}, "b": {"max_attempts": other}}

    assert held({}, groups=groups).max_attempts == most


def test_an_accommodation_applies_to_the_sum() -> None:
    person = Accommodation(Fraction(3, 2))

    assert held({}, taker={"time_limit_plus_seconds": 400}, person=person).time_limit_seconds == 6000


def test_a_value_names_what_was_added_to_it() -> None:
    found = access.resolve(
        QUIZ, WINDOW, groups={"7b": MORE}, taker={"plus_attempts": 5}, person=Accommodation(Fraction(2)), now=NOON
    )

    assert found["max_attempts"] == Explained(6, AccessSource.TAKER, plus=5)
    assert found["opens_at"] == Explained(NOON - timedelta(seconds=60), AccessSource.GROUP, "7b", plus=-60)
    assert found["time_limit_seconds"] == Explained(7680, AccessSource.ACCOMMODATION, "7b", 3840, 240)
    assert found["grace_seconds"].plus is None


@pytest.mark.parametrize("name", PLUS)
def test_a_value_and_an_addition_to_it_are_refused_together(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        additions.refuse_both({name: 1, PLUS[name]: None})
    assert refused.value.code == "relative_and_absolute"
    additions.refuse_both({name: 1, **{other: None for plus, other in PLUS.items() if plus != name}})


@pytest.mark.parametrize(
    ("override", "code"),
    [
        ({"closes_plus_seconds": -7200}, "window_order"),
        ({"opens_plus_seconds": 3600}, "window_order"),
        ({"time_limit_plus_seconds": 1}, "limit_beyond_window"),
    ],
)
def test_an_addition_that_cannot_have_an_effect_is_refused(override: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        access.refuse_contradiction(override, {"time_limit_seconds": 3600}, WINDOW)
    assert refused.value.code == code
    access.refuse_contradiction({**override, "due_plus_seconds": 0}, {}, {})


MOMENTS = st.none() | st.integers(0, 9).map(lambda hours: NOON + hours * HOUR)
SECONDS = st.integers(1, 9000)
BELOW = st.fixed_dictionaries(
    {},
    optional={
        "opens_at": MOMENTS,
        "due_at": MOMENTS,
        "closes_at": MOMENTS,
        "time_limit_seconds": st.none() | SECONDS,
        "max_attempts": st.none() | st.integers(1, 9),
    },
)
PLUSES = st.fixed_dictionaries(
    {},
    optional={
        "opens_plus_seconds": st.integers(-9000, 9000),
        "due_plus_seconds": st.integers(-9000, 9000),
        "closes_plus_seconds": st.integers(-9000, 9000),
        "time_limit_plus_seconds": SECONDS,
        "plus_attempts": st.integers(1, 9),
    },
)
PERSONS = st.none() | st.just(Accommodation(Fraction(5, 4), 60))


@given(BELOW, BELOW, st.dictionaries(st.sampled_from("ab"), st.one_of(BELOW, PLUSES)), PLUSES, PERSONS)
def test_an_addition_is_the_same_as_its_sum(
    quiz: dict[str, Any],
    assignment: dict[str, Any],
    groups: dict[str, dict[str, Any]],
    taker: dict[str, Any],
    person: Accommodation | None,
) -> None:
    def sums(override: dict[str, Any]) -> dict[str, Any]:
        written = {name: value for name, value in override.items() if name not in PLUS}
        for plus, name in PLUS.items():
            if plus in override:
                base, more = assignment.get(name, quiz.get(name)), override[plus]
                written[name] = base and base + (more if isinstance(base, int) else timedelta(seconds=more))
        return written

    added = access.resolve(quiz, assignment, groups=groups, taker=taker, person=person, now=NOON)
    written = access.resolve(
        quiz, assignment, groups={key: sums(one) for key, one in groups.items()}, taker=sums(taker), person=person,
        now=NOON,
    )  # fmt: skip
    assert {name: found._replace(plus=None) for name, found in added.items()} == written


@given(
    st.datetimes(FIRST_MOMENT.replace(tzinfo=None), LAST_MOMENT.replace(tzinfo=None), timezones=st.just(UTC)),
    st.integers(-31_536_000, 31_536_000),
)
def test_a_sum_is_a_valid_time(base: datetime, seconds: int) -> None:
    found = additions.absolute({"closes_plus_seconds": seconds}, {}, {"closes_at": base})["closes_at"]

    assert FIRST_MOMENT <= found <= LAST_MOMENT
    assert (found - base) / timedelta(seconds=1) == seconds or found in (FIRST_MOMENT, LAST_MOMENT)
