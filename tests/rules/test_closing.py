from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules import access, closing
from quizkit.rules.access import Accommodation
from quizkit.vocabulary import TimeUp

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
CLOSE = NOON + 60 * MINUTE

LATE = {"time_up": TimeUp.ACCEPT_LATE}


@pytest.mark.parametrize(
    ("settings", "overrides", "until"),
    [
        ({}, [], None),
        ({"closes_at": CLOSE}, [], CLOSE),
        ({"due_at": CLOSE}, [], CLOSE),
        ({"due_at": CLOSE, "closes_at": CLOSE + 9 * MINUTE}, [], CLOSE),
        # Attempts may start as long as late responses are accepted.
        ({"due_at": CLOSE, **LATE}, [], None),
        ({"due_at": CLOSE, "late_seconds": 60, **LATE}, [], CLOSE + MINUTE),
        ({"due_at": CLOSE, "late_seconds": 600, "closes_at": CLOSE + MINUTE, **LATE}, [], CLOSE + MINUTE),
        ({"due_at": CLOSE, "late_seconds": 60}, [LATE], CLOSE + MINUTE),
        ({"due_at": CLOSE}, [{"late_seconds": 120, **LATE}], CLOSE + 2 * MINUTE),
        ({"due_at": CLOSE}, [{"late_seconds": 120, **LATE}, LATE], None),
        # An override makes it later, never earlier; None means never.
        ({"closes_at": CLOSE}, [{"closes_at": CLOSE + MINUTE}], CLOSE + MINUTE),
        ({"closes_at": CLOSE}, [{"closes_at": CLOSE - MINUTE}], CLOSE),
        ({"closes_at": CLOSE}, [{"closes_at": None}], None),
        ({"closes_at": CLOSE}, [{"closes_plus_seconds": 60}], CLOSE + MINUTE),
        ({"closes_at": CLOSE}, [{"closes_plus_seconds": -60}], CLOSE),
        ({"closes_at": CLOSE}, [{"max_attempts": 9}], CLOSE),
        # A taker with a later due date may be in a group that accepts late responses.
        ({"due_at": CLOSE}, [{"due_at": CLOSE + MINUTE}, {"late_seconds": 60, **LATE}], CLOSE + 2 * MINUTE),
    ],
)
def test_the_last_possible_start_follows_from_the_windows(
    settings: dict[str, Any], overrides: list[dict[str, Any]], until: datetime | None
) -> None:
    rules = closing.AssignmentRules(settings, overrides)

    assert closing.starts_before(rules) == until
    for now, over in ((CLOSE - 99 * MINUTE, False), *(((until - TICK, False), (until, True)) if until else ())):
        assert closing.is_over([rules], has_open_attempt=False, now=now) is over
        assert not closing.is_over([rules], has_open_attempt=True, now=now)
        # Another assignment never closes.
        assert not closing.is_over([rules, closing.AssignmentRules({})], has_open_attempt=False, now=now)


def test_a_quiz_that_cannot_be_started_is_over_once_no_attempt_is_open() -> None:
    assert closing.is_over([], has_open_attempt=False, now=NOON)
    assert not closing.is_over([], has_open_attempt=True, now=NOON)


MOMENTS = st.none() | st.integers(0, 9).map(lambda minutes: CLOSE + minutes * MINUTE)
LAYERS = st.fixed_dictionaries(
    {},
    optional={
        "due_at": MOMENTS,
        "closes_at": MOMENTS,
        "time_up": st.sampled_from(TimeUp),
        "late_seconds": st.none() | st.sampled_from([0, 60, 300]),
        "time_limit_seconds": st.none() | st.sampled_from([60, 600]),
    },
)
PLUS = st.none() | st.sampled_from([-120, 60, 300])
OVERRIDES = st.one_of(
    LAYERS,
    st.builds(
        lambda layer, due, closes: {
            **{name: value for name, value in layer.items() if name not in {"due_at", "closes_at"}},
            **({} if due is None else {"due_plus_seconds": due}),
            **({} if closes is None else {"closes_plus_seconds": closes}),
        },
        LAYERS, PLUS, PLUS,
    ),
)  # fmt: skip
PERSONS = st.builds(
    Accommodation, st.sampled_from([Fraction(1), Fraction(5, 4), Fraction(2)]), st.sampled_from([0, 90])
)


@given(
    LAYERS,
    LAYERS,
    st.lists(OVERRIDES, max_size=3),
    st.none() | OVERRIDES,
    st.lists(PERSONS, max_size=2),
    st.integers(0, 30),
)
def test_a_quiz_is_not_over_while_any_taker_may_start(
    quiz: dict[str, Any],
    assignment: dict[str, Any],
    groups: list[dict[str, Any]],
    taker: dict[str, Any] | None,
    persons: list[Accommodation],
    minute: int,
) -> None:
    """The reference is the rule for starting, with any of the groups and any of the accommodations."""
    now = CLOSE + minute * MINUTE
    rules = closing.AssignmentRules({**quiz, **assignment}, [*groups, *([] if taker is None else [taker])])
    over = closing.is_over([rules], has_open_attempt=False, now=now)

    for chosen in (dict(enumerate(groups[:size])) for size in range(len(groups) + 1)):
        named = {str(number): override for number, override in chosen.items()}
        for person in (None, *persons):
            for own in (None, taker):
                explained = access.resolve(quiz, assignment, groups=named, taker=own, person=person, now=now)
                refused = access.refusal(access.access_of(explained), used=0, last_finished_at=None, now=now)
                assert refused is not None or not over
