from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Refused
from quizkit.rules import closing_times
from quizkit.rules.closing_times import NO_LIMITS, Limits

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)
ONE = Fraction(1)
OPENED = {"2": (NOON + 10 * SECOND).isoformat(), "3": (NOON + 20 * SECOND).isoformat()}


def code_of(limits: Limits, now: datetime, *, factor: Fraction = ONE, grace: int = 0) -> str | None:
    try:
        closing_times.refuse_closed(limits, OPENED, NOON, now, factor=factor, grace=grace)
    except Refused as refused:
        return refused.code
    return None


def test_the_first_page_opens_with_the_attempt_and_others_with_their_first_visit() -> None:
    found = [closing_times.opened_at(page, OPENED, NOON) for page in (1, 2, 3, 4)]

    assert found == [NOON, NOON + 10 * SECOND, NOON + 20 * SECOND, None]


def test_a_later_visit_does_not_open_a_page_again() -> None:
    opened = closing_times.with_visit(2, {}, NOON)

    assert closing_times.with_visit(2, opened, NOON + SECOND) == opened == {"2": NOON.isoformat()}
    assert closing_times.with_visit(1, {}, NOON) == {}


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(question=30, page=3, first_page=2), "question_closed"),
        (Limits(section=40, page=3, first_page=2), "section_closed"),
    ],
)
def test_the_last_microsecond_of_a_limit_is_inclusive(limits: Limits, code: str) -> None:
    end = NOON + 50 * SECOND

    assert code_of(limits, end) is None
    assert code_of(limits, end + TICK) == code
    assert code_of(limits, end + 5 * SECOND, grace=5) is None
    assert code_of(limits, end + 5 * SECOND + TICK, grace=5) == code


def test_a_page_that_was_not_visited_and_a_question_without_limits_never_close() -> None:
    late = NOON + timedelta(days=9)

    assert code_of(Limits(question=1, page=4, first_page=4), late) is None
    assert code_of(NO_LIMITS, late) is None
    assert (bool(NO_LIMITS), bool(Limits(question=1)), bool(Limits(section=1))) == (False, True, True)


def test_the_factor_of_a_person_lengthens_a_limit_rounded_up_to_seconds() -> None:
    assert closing_times.closing_time(NOON, 10, Fraction(5, 4)) == NOON + 13 * SECOND


def test_the_earlier_of_both_ends_closes_a_question() -> None:
    both = Limits(question=30, section=35, page=3, first_page=2)

    assert closing_times.closes_at(both, OPENED, NOON, factor=ONE) == NOON + 45 * SECOND
    assert closing_times.closes_at(NO_LIMITS, OPENED, NOON, factor=ONE) is None


@given(
    st.none() | st.integers(1, 100),
    st.none() | st.integers(1, 100),
    st.integers(0, 200),
    st.fractions(1, 3, max_denominator=9),
)
def test_a_question_is_closed_exactly_after_its_closing_time(
    question: int | None, section: int | None, after: int, factor: Fraction
) -> None:
    limits = Limits(question, section, page=3, first_page=2)
    end = closing_times.closes_at(limits, OPENED, NOON, factor=factor)
    now = NOON + after * SECOND

    assert (code_of(limits, now, factor=factor) is None) == (end is None or now <= end)
