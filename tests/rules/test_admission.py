"""Whether a taker may start an attempt: the reasons against it, in one order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quizkit.errors import Refused
from quizkit.rules.access import Access
from quizkit.rules.admission import Offered, Used, refuse_attempt
from quizkit.vocabulary import QuizState

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFERED = Offered(QuizState.PUBLISHED, archived=False, default=False, others=True, ruled=True, named=True)


def reason(offered: Offered, held: Access | None, used: Used | None = None) -> str | None:
    try:
        refuse_attempt(offered, held, used or Used(), NOON)
    except Refused as refused:
        return refused.code
    return None


def test_where_nothing_stands_against_it_an_attempt_may_be_started() -> None:
    assert reason(OFFERED, Access()) is None


@pytest.mark.parametrize(
    ("offered", "held", "used", "code"),
    [
        (replace(OFFERED, state=QuizState.ARCHIVED), Access(), Used(), "quiz_archived"),
        (replace(OFFERED, default=True, named=False), Access(), Used(), "assignment_needed"),
        (replace(OFFERED, default=True, ruled=False), Access(), Used(), "assignment_needed"),
        (replace(OFFERED, archived=True), Access(), Used(), "assignment_archived"),
        (OFFERED, Access(opens_at=NOON + HOUR), Used(), "not_open_yet"),
        (OFFERED, Access(closes_at=NOON), Used(), "closed"),
        (OFFERED, Access(max_attempts=2), Used(2, NOON - HOUR), "no_attempts_left"),
        (OFFERED, Access(min_delay_seconds=7200), Used(1, NOON - HOUR), "too_soon"),
    ],
)
def test_an_attempt_is_refused_with_its_reason(offered: Offered, held: Access, used: Used, code: str) -> None:
    assert reason(offered, held, used) == code


def test_the_quiz_comes_before_the_assignment_and_that_before_its_rules() -> None:
    shut = Access(closes_at=NOON)
    default = replace(OFFERED, state=QuizState.ARCHIVED, default=True, named=False, archived=True)

    codes = [
        reason(default, shut),
        reason(replace(default, state=QuizState.PUBLISHED), shut),
        reason(replace(OFFERED, archived=True), shut),
        reason(OFFERED, shut),
    ]

    assert codes == ["quiz_archived", "assignment_needed", "assignment_archived", "closed"]


def test_a_default_assignment_needs_no_name_where_there_is_no_other() -> None:
    alone = replace(OFFERED, default=True, others=False, named=False, ruled=False)

    assert reason(alone, Access()) is None


def test_no_rule_of_access_holds_for_an_authors_preview() -> None:
    assert reason(replace(OFFERED, archived=True, default=True, named=False), None) is None
    assert reason(replace(OFFERED, state=QuizState.ARCHIVED), None) == "quiz_archived"
