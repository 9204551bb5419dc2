"""What a taker may be shown of a result, and when."""

from __future__ import annotations

from typing import NamedTuple

from quizkit.vocabulary import AttemptState

__all__ = ["Released", "released"]


class Released(NamedTuple):
    """What may be shown: the score and the points; the right answers and how the points came about."""

    marks: bool
    answers: bool


def released(state: AttemptState, *, attempts_left: int | None) -> Released:
    """Return what may be shown of an attempt.

    Marks once it is submitted. Right answers, and the traces that would tell them, only when no attempt is
    left: else the first attempt gives away the key to the next.
    """
    submitted = state is AttemptState.SUBMITTED
    return Released(marks=submitted, answers=submitted and attempts_left == 0)
