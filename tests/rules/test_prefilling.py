from __future__ import annotations

from fractions import Fraction

import pytest

from quizkit.rules import prefilling
from quizkit.vocabulary import Behaviour, Prefill


@pytest.mark.parametrize(
    ("prefill", "behaviour", "same", "takes"),
    [
        (Prefill.ALL, Behaviour.DEFERRED, True, True),
        (Prefill.RIGHT, Behaviour.DEFERRED_CBM, True, True),
        (Prefill.NONE, Behaviour.DEFERRED, True, False),
        (Prefill.ALL, Behaviour.DEFERRED, False, False),
        (Prefill.ALL, Behaviour.INTERACTIVE, True, False),
        (Prefill.RIGHT, Behaviour.IMMEDIATE, True, False),
    ],
)
def test_an_attempt_takes_over_the_last_one_at_the_same_revision_without_checks(
    prefill: Prefill, behaviour: Behaviour, same: bool, takes: bool
) -> None:
    assert prefilling.takes_over(prefill, behaviour, same_revision=same, late=False) is takes


def test_an_attempt_after_the_due_date_takes_nothing_over() -> None:
    assert not prefilling.takes_over(Prefill.ALL, Behaviour.DEFERRED, same_revision=True, late=True)


@pytest.mark.parametrize(
    ("fraction", "kept"),
    [(Fraction(1), True), (Fraction(999, 1000), False), (Fraction(0), False), (None, False)],
)
def test_only_a_response_that_earns_everything_is_right(fraction: Fraction | None, kept: bool) -> None:
    assert prefilling.is_taken_over(Prefill.RIGHT, fraction) is kept
    assert prefilling.is_taken_over(Prefill.ALL, fraction)
    assert not prefilling.is_taken_over(Prefill.NONE, fraction)
