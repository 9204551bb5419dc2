from __future__ import annotations

import pytest

from quizkit.rules.release import released
from quizkit.vocabulary import AttemptState


@pytest.mark.parametrize(
    ("state", "left", "marks", "answers"),
    [
        (AttemptState.OPEN, 0, False, False),
        (AttemptState.OVERDUE, 0, False, False),
        (AttemptState.SUBMITTED, 0, True, True),
        (AttemptState.SUBMITTED, 1, True, False),
        (AttemptState.SUBMITTED, None, True, False),
    ],
)
def test_right_answers_come_out_only_when_no_attempt_is_left(
    state: AttemptState, left: int | None, marks: bool, answers: bool
) -> None:
    assert released(state, attempts_left=left) == (marks, answers)
