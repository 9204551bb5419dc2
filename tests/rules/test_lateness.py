from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules.lateness import Counted, Stored, counted, reduced

POINTS = st.none() | st.decimals(-6, 6, places=2)
HALF, ONE = Decimal("0.5"), Decimal(1)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (Stored(ONE, HALF), Counted(ONE, ONE, kept=False, late=False)),
        (Stored(ONE, HALF, came_late=True), Counted(HALF, HALF, kept=False, late=True)),
        # The response in time earns more, as much, or less.
        (Stored(ONE, HALF, came_late=True, kept=True, kept_points=ONE), Counted(ONE, ONE, kept=True, late=False)),
        (Stored(ONE, HALF, came_late=True, kept=True, kept_points=HALF), Counted(HALF, HALF, kept=True, late=False)),
        (Stored(ONE, HALF, came_late=True, kept=True, kept_points=Decimal(0)), Counted(HALF, HALF, kept=False, late=True)),
        # An extension was granted after the late response.
        (Stored(ONE, HALF, kept=True, kept_points=Decimal(0)), Counted(ONE, ONE, kept=False, late=False)),
        # A wrong late response costs nothing if there was none in time; a wrong one in time does.
        (Stored(-ONE, -ONE, came_late=True), Counted(Decimal(0), Decimal(0), kept=False, late=False)),
        (Stored(-ONE, -ONE), Counted(-ONE, -ONE, kept=False, late=False)),
        # One of the two needs manual grading.
        (Stored(None, None), Counted(None, Decimal(0), kept=False, late=False)),
        (Stored(None, None, came_late=True, kept=True, kept_points=HALF), Counted(None, HALF, kept=False, late=True)),
        (Stored(ONE, HALF, came_late=True, kept=True, kept_points=None), Counted(None, HALF, kept=False, late=True)),
    ],
)  # fmt: skip
def test_which_response_of_a_slot_counts(stored: Stored, expected: Counted) -> None:
    assert counted(stored) == expected


@given(POINTS, POINTS, POINTS)
def test_a_late_response_never_reduces_the_points_of_one_stored_in_time(
    in_time: Decimal | None, late: Decimal | None, reduced_to: Decimal | None
) -> None:
    before = counted(Stored(in_time))
    after = counted(Stored(late, reduced_to, came_late=True, kept=True, kept_points=in_time))

    assert after.known >= before.known
    assert after.points is None or before.points is None or after.points >= before.points
    assert after.points is None or after.points == after.known
    assert not (after.kept and after.late)


@given(POINTS, POINTS)
def test_a_late_response_without_one_in_time_never_costs_points(
    late: Decimal | None, reduced_to: Decimal | None
) -> None:
    assert counted(Stored(late, reduced_to, came_late=True)).known >= 0


@given(st.none() | st.fractions(-6, 3), st.fractions(0, 1))
def test_the_late_penalty_is_a_share_of_the_earned_points(fraction: Fraction | None, penalty: Fraction) -> None:
    late = reduced(fraction, penalty)

    if fraction is None:
        assert late is None
    else:
        assert late == (fraction * (1 - penalty) if fraction > 0 else fraction)
