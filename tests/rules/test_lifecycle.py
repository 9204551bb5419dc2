from __future__ import annotations

from collections.abc import Callable

import pytest

from quizkit.errors import Refused
from quizkit.rules import lifecycle
from quizkit.vocabulary import QuizState


def test_an_archived_quiz_cannot_be_changed_or_started() -> None:
    refusals: list[Callable[[], None]] = [
        lambda: lifecycle.refuse_change(QuizState.ARCHIVED),
        lambda: lifecycle.refuse_publish(QuizState.ARCHIVED, 3),
        lambda: lifecycle.refuse_start(QuizState.ARCHIVED, published=True),
    ]
    for refuse in refusals:
        with pytest.raises(Refused) as refused:
            refuse()
        assert refused.value.code == "quiz_archived"


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
