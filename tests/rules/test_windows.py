from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from quizkit.errors import Invalid
from quizkit.rules.windows import refuse_window

OPENS = datetime(2026, 3, 2, tzinfo=UTC)
DUE = OPENS + timedelta(days=1)
CLOSES = DUE + timedelta(days=1)


@pytest.mark.parametrize(
    "window",
    [(OPENS, DUE, CLOSES), (OPENS, None, CLOSES), (OPENS, DUE, DUE), (None, None, None), (OPENS, None, None)],
)
def test_a_window_opens_before_it_is_due_and_closes_last(window: tuple[datetime | None, ...]) -> None:
    refuse_window(*window)


@pytest.mark.parametrize(
    "window", [(DUE, OPENS, None), (None, CLOSES, DUE), (OPENS, OPENS, None), (OPENS, None, OPENS), (CLOSES, DUE, None)]
)
def test_times_in_another_order_are_no_window(window: tuple[datetime | None, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_window(*window)
    assert refused.value.code == "window_order"
