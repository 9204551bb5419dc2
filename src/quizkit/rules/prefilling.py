"""What a new attempt takes over from the last one of its taker."""

from __future__ import annotations

from fractions import Fraction

from quizkit.rules import behaviours
from quizkit.vocabulary import Behaviour, Prefill

__all__ = ["is_taken_over", "takes_over"]


def takes_over(prefill: Prefill, behaviour: Behaviour, *, same_revision: bool, late: bool) -> bool:
    """Return whether a new attempt has the paper of the last one, and responses of it.

    Not if the quiz was published anew, because the paper would be that of an older revision; not if questions can be
    checked, because a taken-over response would count as a first try; and not after the due date, because responses that
    were late would be stored at the start of the attempt, which is on time.

    Args:
        prefill: what the policy says.
        behaviour: the behaviour of the new attempt.
        same_revision: whether the last attempt has the published revision of the quiz.
        late: whether the new attempt starts at its deadline, or after the due date.
    """
    return prefill is not Prefill.NONE and same_revision and not late and not behaviours.has_checks(behaviour)


def is_taken_over(prefill: Prefill, fraction: Fraction | None) -> bool:
    """Return whether a response is taken over; `fraction` is what it earns now, None if it needs manual grading."""
    if prefill is Prefill.RIGHT:
        return fraction is not None and fraction >= 1
    return prefill is Prefill.ALL
