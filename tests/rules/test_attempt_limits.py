from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules import attempt_limits


@pytest.mark.parametrize(
    ("used", "allowed", "left", "may"),
    [(0, 1, 1, True), (1, 1, 0, False), (2, 1, 0, False), (5, None, None, True), (2, 3, 1, True)],
)
def test_attempts_left_decrease_to_zero(used: int, allowed: int | None, left: int | None, may: bool) -> None:
    assert attempt_limits.attempts_left(used, allowed) == left
    assert attempt_limits.may_start(used, allowed) is may


def test_the_next_attempt_starts_when_the_delay_is_over() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert attempt_limits.next_start(noon, timedelta(hours=1)) == noon + timedelta(hours=1)
    assert attempt_limits.next_start(noon, timedelta(0)) is None
    assert attempt_limits.next_start(None, timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("used", "delays", "seconds"),
    [(0, (60,), 0), (1, (), 0), (1, (60, 120), 60), (2, (60, 120), 120), (3, (60, 120), 120), (9, (0, 5), 5)],
)
def test_each_attempt_has_its_own_delay_and_the_last_one_repeats(
    used: int, delays: tuple[int, ...], seconds: int
) -> None:
    assert attempt_limits.delay_after(used, delays) == seconds


@given(st.integers(1, 30), st.lists(st.integers(0, 1000), max_size=5))
def test_repeating_the_last_delay_in_the_list_changes_nothing(used: int, delays: list[int]) -> None:
    assert attempt_limits.delay_after(used, delays) == attempt_limits.delay_after(used, [*delays, *delays[-1:]])


@pytest.mark.parametrize(("allowed", "left"), [([1], 0), ([1, 3], 2), ([3, None], None), ([None], None)])
def test_the_most_lenient_of_several_limits_applies(allowed: list[int | None], left: int | None) -> None:
    assert attempt_limits.attempts_left_at_most(1, allowed) == left
