"""Whether a question takes a response or a check now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quizkit.errors import Refused
from quizkit.rules import answering
from quizkit.rules.behaviours import MAX_CHECKS, QuestionProgress, TryPolicy
from quizkit.rules.navigation import Reach
from quizkit.vocabulary import AttemptState, Behaviour, TryState

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def code(refuse: Callable[..., None], *args: Any, **named: Any) -> str | None:
    try:
        refuse(*args, **named)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    ("state", "until", "expected"),
    [
        (AttemptState.OPEN, None, None),
        (AttemptState.OPEN, NOON, None),
        (AttemptState.OPEN, NOON - TICK, "attempt_overdue"),
        (AttemptState.SUBMITTED, None, "attempt_submitted"),
        (AttemptState.ABANDONED, NOON, "attempt_submitted"),
    ],
)
def test_an_attempt_accepts_responses_while_it_is_open_and_in_time(
    state: AttemptState, until: datetime | None, expected: str | None
) -> None:
    assert code(answering.refuse_ended, state, until, NOON) == expected


def test_an_overdue_attempt_says_until_when_it_accepted_responses() -> None:
    with pytest.raises(Refused) as refused:
        answering.refuse_ended(AttemptState.OPEN, NOON - TICK, NOON)
    assert refused.value.params == {"accepts_until": (NOON - TICK).isoformat()}


@pytest.mark.parametrize(("current", "expected"), [(1, "page_ahead"), (2, None), (3, None), (4, "page_left")])
def test_a_question_accepts_responses_on_its_own_pages(current: int, expected: str | None) -> None:
    page = 3 if current < 3 else 2

    assert code(answering.refuse_page, Reach(2, 3), current, page) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (TryState.TODO, None),
        (TryState.COMPLETE, None),
        (TryState.TRY_AGAIN, "try_again_first"),
        (TryState.RIGHT, "question_finished"),
        (TryState.NEEDS_GRADING, "question_finished"),
    ],
)
def test_a_question_accepts_responses_until_it_is_finished_and_after_its_hint_is_read(
    state: TryState, expected: str | None
) -> None:
    assert code(answering.refuse_finished, QuestionProgress(state)) == expected


@pytest.mark.parametrize(("number", "expected"), [(1, "try_number"), (2, "try_number"), (3, None), (4, "try_number")])
def test_a_check_must_have_the_number_of_the_next_try(number: int, expected: str | None) -> None:
    assert code(answering.refuse_try, QuestionProgress(tries=2), number) == expected


@pytest.mark.parametrize(
    ("behaviour", "tries", "length", "expected"),
    [
        (Behaviour.ADAPTIVE, MAX_CHECKS - 1, answering.MAX_CHECKED_LENGTH, None),
        (Behaviour.ADAPTIVE, MAX_CHECKS, 1, "checks_used"),
        (Behaviour.ADAPTIVE, 1, answering.MAX_CHECKED_LENGTH + 1, "checks_used"),
        (Behaviour.ADAPTIVE, 0, answering.MAX_CHECKED_LENGTH + 1, None),
        (Behaviour.INTERACTIVE, 1, 1, "checks_used"),
    ],
)
def test_checks_are_used_up_by_number_and_by_length_but_the_first_is_always_possible(
    behaviour: Behaviour, tries: int, length: int, expected: str | None
) -> None:
    assert code(answering.refuse_used_up, TryPolicy(behaviour), QuestionProgress(tries=tries), length) == expected


@pytest.mark.parametrize(
    ("behaviour", "progress", "answered", "done"),
    [
        (Behaviour.DEFERRED, QuestionProgress(), False, False),
        (Behaviour.DEFERRED, QuestionProgress(), True, True),
        (Behaviour.INTERACTIVE, QuestionProgress(), True, False),
        (Behaviour.INTERACTIVE, QuestionProgress(TryState.TRY_AGAIN, tries=1), True, False),
        (Behaviour.INTERACTIVE, QuestionProgress(TryState.COMPLETE), True, True),
        (Behaviour.INTERACTIVE, QuestionProgress(TryState.WRONG, tries=3), True, True),
        # It must not reveal whether the check was right.
        (Behaviour.ADAPTIVE, QuestionProgress(TryState.TODO, tries=1), True, True),
        (Behaviour.ADAPTIVE, QuestionProgress(TryState.TODO), True, False),
    ],
)
def test_a_question_is_locked_until_the_previous_one_is_answered_or_complete(
    behaviour: Behaviour, progress: QuestionProgress, answered: bool, done: bool
) -> None:
    found = code(answering.refuse_unanswered_previous, TryPolicy(behaviour), progress, answered=answered, slot=1)

    assert found == (None if done else "previous_first")
