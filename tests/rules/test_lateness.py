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
        # What was stored in time is more, as much, or less.
        (Stored(ONE, HALF, came_late=True, kept=True, kept_points=ONE), Counted(ONE, ONE, kept=True, late=False)),
        (Stored(ONE, HALF, came_late=True, kept=True, kept_points=HALF), Counted(HALF, HALF, kept=True, late=False)),
        (Stored(ONE, HALF, came_late=True, kept=True, kept_points=Decimal(0)), Counted(HALF, HALF, kept=False, late=True)),
        # More time was given after it came late.
        (Stored(ONE, HALF, kept=True, kept_points=Decimal(0)), Counted(ONE, ONE, kept=False, late=False)),
        # Wrong and late costs nothing where nothing was said in time; wrong in time does.
        (Stored(-ONE, -ONE, came_late=True), Counted(Decimal(0), Decimal(0), kept=False, late=False)),
        (Stored(-ONE, -ONE), Counted(-ONE, -ONE, kept=False, late=False)),
        # A person must grade one of the two.
        (Stored(None, None), Counted(None, Decimal(0), kept=False, late=False)),
        (Stored(None, None, came_late=True, kept=True, kept_points=HALF), Counted(None, HALF, kept=False, late=True)),
        (Stored(ONE, HALF, came_late=True, kept=True, kept_points=None), Counted(None, HALF, kept=False, late=True)),
    ],
)  # fmt: skip
def test_what_counts_of_a_slot(stored: Stored, expected: Counted) -> None:
    assert counted(stored) == expected


@given(POINTS, POINTS, POINTS)
def test_what_comes_late_never_makes_less_of_what_was_stored_in_time(
    in_time: Decimal | None, late: Decimal | None, reduced_to: Decimal | None
) -> None:
    before = counted(Stored(in_time))
    after = counted(Stored(late, reduced_to, came_late=True, kept=True, kept_points=in_time))

    assert after.known >= before.known
    assert after.points is None or before.points is None or after.points >= before.points
    assert after.points is None or after.points == after.known
    assert not (after.kept and after.late)


@given(POINTS, POINTS)
def test_what_comes_late_where_nothing_was_said_costs_nothing(late: Decimal | None, reduced_to: Decimal | None) -> None:
    assert counted(Stored(late, reduced_to, came_late=True)).known >= 0


@given(st.none() | st.fractions(-6, 3), st.fractions(0, 1))
def test_the_penalty_takes_its_share_of_what_is_earned(fraction: Fraction | None, penalty: Fraction) -> None:
    late = reduced(fraction, penalty)

    if fraction is None:
        assert late is None
    else:
        assert late == (fraction * (1 - penalty) if fraction > 0 else fraction)
