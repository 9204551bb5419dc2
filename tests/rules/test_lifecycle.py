from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from quizkit.errors import Refused
from quizkit.rules import lifecycle
from quizkit.vocabulary import QuizState

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def test_an_archived_quiz_cannot_be_changed_or_started() -> None:
    refusals: list[Callable[[], None]] = [
        lambda: lifecycle.refuse_change(QuizState.ARCHIVED),
        lambda: lifecycle.refuse_new_assignment(QuizState.ARCHIVED),
        lambda: lifecycle.refuse_publish(QuizState.ARCHIVED, 3),
        lambda: lifecycle.refuse_start(QuizState.ARCHIVED, published=True),
    ]
    for refuse in refusals:
        with pytest.raises(Refused) as refused:
            refuse()
        assert refused.value.code == "quiz_archived"


def test_an_archived_question_or_assignment_cannot_be_changed() -> None:
    lifecycle.refuse_question_change(None)
    lifecycle.refuse_assignment_change(None)
    with pytest.raises(Refused) as question:
        lifecycle.refuse_question_change(MONDAY)
    with pytest.raises(Refused) as assignment:
        lifecycle.refuse_assignment_change(MONDAY)
    assert (question.value.code, assignment.value.code) == ("question_archived", "assignment_archived")


def test_archiving_again_keeps_the_first_time() -> None:
    assert lifecycle.archive_time(None, MONDAY) == MONDAY
    assert lifecycle.archive_time(MONDAY, MONDAY + timedelta(days=1)) == MONDAY


def test_an_empty_quiz_cannot_be_published() -> None:
    with pytest.raises(Refused) as refused:
        lifecycle.refuse_publish(QuizState.DRAFT, 0)
    assert refused.value.code == "quiz_empty"
    lifecycle.refuse_publish(QuizState.PUBLISHED, 1)


def test_a_quiz_can_be_started_only_after_publishing() -> None:
    with pytest.raises(Refused) as refused:
        lifecycle.refuse_start(QuizState.DRAFT, published=False)
    assert refused.value.code == "quiz_not_published"
    lifecycle.refuse_start(QuizState.PUBLISHED, published=True)


def test_the_number_of_questions_of_a_quiz_is_bounded() -> None:
    lifecycle.refuse_too_long(2, most=2)
    with pytest.raises(Refused, match="at most 2 questions"):
        lifecycle.refuse_too_long(3, most=2)
