"""Whether a taker may start an attempt: the reasons against it, in one order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quizkit.errors import Refused
from quizkit.rules.access import Access
from quizkit.rules.admission import AssignmentState, Used, continues, refuse_attempt, refuse_preview
from quizkit.vocabulary import AttemptState, QuizState

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASSIGNMENT = AssignmentState(QuizState.PUBLISHED, others=True, has_rules=True)


def reason(assignment: AssignmentState, held: Access, used: Used | None = None, *, named: bool = True) -> str | None:
    try:
        refuse_attempt(assignment, held, used or Used(), NOON, named=named)
    except Refused as refused:
        return refused.code
    return None


def test_an_attempt_may_start_if_no_rule_forbids_it() -> None:
    assert reason(ASSIGNMENT, Access()) is None


@pytest.mark.parametrize(
    ("assignment", "held", "used", "code"),
    [
        (replace(ASSIGNMENT, quiz=QuizState.ARCHIVED), Access(), Used(), "quiz_archived"),
        (replace(ASSIGNMENT, default=True, has_rules=False), Access(), Used(), "assignment_needed"),
        (replace(ASSIGNMENT, archived=True), Access(), Used(), "assignment_archived"),
        (ASSIGNMENT, Access(opens_at=NOON + HOUR), Used(), "not_open_yet"),
        (ASSIGNMENT, Access(closes_at=NOON), Used(), "closed"),
        (ASSIGNMENT, Access(max_attempts=2), Used(2, NOON - HOUR), "no_attempts_left"),
        (ASSIGNMENT, Access(delays_seconds=(7200,)), Used(1, NOON - HOUR), "too_soon"),
        (ASSIGNMENT, Access(stop_after_passing=True), Used(1, NOON - HOUR, passed=True), "already_passed"),
    ],
)
def test_an_attempt_is_refused_with_its_reason(
    assignment: AssignmentState, held: Access, used: Used, code: str
) -> None:
    assert reason(assignment, held, used) == code


def test_the_quiz_is_checked_before_the_assignment_and_the_assignment_before_its_rules() -> None:
    shut = Access(closes_at=NOON)
    default = replace(ASSIGNMENT, quiz=QuizState.ARCHIVED, default=True, archived=True)

    codes = [
        reason(default, shut, named=False),
        reason(replace(default, quiz=QuizState.PUBLISHED), shut, named=False),
        reason(replace(ASSIGNMENT, archived=True), shut),
        reason(ASSIGNMENT, shut),
    ]

    assert codes == ["quiz_archived", "assignment_needed", "assignment_archived", "closed"]


def test_the_default_assignment_is_implicit_if_there_is_no_other() -> None:
    default = replace(ASSIGNMENT, default=True)

    assert reason(replace(default, others=False, has_rules=False), Access(), named=False) is None
    assert reason(default, Access(), named=True) is None
    assert reason(default, Access(), named=False) == "assignment_needed"


def test_no_access_rule_applies_to_an_authors_preview() -> None:
    refuse_preview(QuizState.PUBLISHED)
    with pytest.raises(Refused) as refused:
        refuse_preview(QuizState.ARCHIVED)

    assert refused.value.code == "quiz_archived"


@pytest.mark.parametrize(
    ("newest", "accepts_until", "expected"),
    [
        (AttemptState.OPEN, None, True),
        (AttemptState.OPEN, NOON, True),
        (AttemptState.OPEN, NOON - HOUR, False),
        (AttemptState.SUBMITTED, None, False),
        (AttemptState.ABANDONED, None, False),
    ],
)
def test_a_start_continues_the_newest_attempt_while_it_accepts_responses(
    newest: AttemptState, accepts_until: datetime | None, expected: bool
) -> None:
    assert continues(newest, accepts_until, NOON) is expected


@pytest.mark.parametrize(
    ("changes", "takes", "archived"),
    [
        ({}, True, False),
        ({"archived": True}, False, True),
        ({"quiz": QuizState.ARCHIVED}, False, True),
        ({"default": True}, True, False),
        ({"default": True, "has_rules": False}, False, False),
        ({"default": True, "has_rules": False, "others": False}, True, False),
        ({"has_rules": False}, True, False),
    ],
)
def test_a_default_assignment_without_settings_accepts_attempts_only_if_there_is_no_other(
    changes: dict[str, Any], takes: bool, archived: bool
) -> None:
    assignment = replace(ASSIGNMENT, **changes)

    assert (assignment.takes_attempts, assignment.is_archived) == (takes, archived)
