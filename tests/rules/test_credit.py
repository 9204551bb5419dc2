"""The credit of an attempt: its steps around the due date, and what an extension does to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules.credit import FULL, Credit, Step, share_at

DUE = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = 86_400
# A bonus until a day before, everything until the due date, 80 % for two days, then 50 % until a week after it.
STEPS = (
    Step(-DAY, Fraction(11, 10)),
    Step(0, Fraction(1)),
    Step(2 * DAY, Fraction(4, 5)),
    Step(7 * DAY, Fraction(1, 2)),
)


@pytest.mark.parametrize(
    ("seconds", "share"),
    [
        (-30 * DAY, "11/10"),
        (-DAY, "11/10"),
        (-DAY + 1, "1"),
        (0, "1"),
        (1, "4/5"),
        (2 * DAY, "4/5"),
        (2 * DAY + 1, "1/2"),
        (7 * DAY, "1/2"),
        (7 * DAY + 1, "0"),
    ],
)
def test_each_step_ends_with_its_last_second(seconds: int, share: str) -> None:
    assert share_at(STEPS, timedelta(seconds=seconds)) == Fraction(share)


def test_a_microsecond_after_the_due_date_is_after_it() -> None:
    assert share_at(STEPS, timedelta(microseconds=1)) == Fraction(4, 5)


def test_a_last_step_without_an_end_lasts_for_ever() -> None:
    assert share_at((*STEPS, Step(None, Fraction(1, 4))), timedelta(days=300)) == Fraction(1, 4)


def test_without_steps_or_a_due_date_all_points_count() -> None:
    assert share_at((), timedelta(days=300)) == FULL
    assert Credit.of((), due=DUE, deadline=DUE) is None
    assert Credit.of(STEPS, due=None, deadline=DUE) is None


@given(st.integers(1, 30 * DAY), st.integers(-9 * DAY, 9 * DAY))
def test_an_extension_moves_the_steps_as_it_moves_the_deadline(extension: int, after: int) -> None:
    rule = Credit.of(STEPS, due=DUE, deadline=DUE + timedelta(hours=1))
    assert rule is not None
    finished, longer = DUE + timedelta(seconds=after), timedelta(seconds=extension)

    assert rule.at(finished + longer, rule.deadline + longer) == rule.at(finished, rule.deadline)


@given(st.lists(st.integers(-9 * DAY, 9 * DAY), min_size=2, max_size=2))
def test_finishing_earlier_never_earns_less_if_the_shares_fall(ends: list[int]) -> None:
    earlier, later = (share_at(STEPS, timedelta(seconds=end)) for end in sorted(ends))

    assert earlier >= later


def test_a_rule_is_read_as_it_was_stored() -> None:
    rule = Credit.of((*STEPS, Step(None, Fraction(1, 3))), due=DUE, deadline=DUE + timedelta(microseconds=3))

    assert rule is not None
    assert Credit.read(rule.as_json()) == rule
