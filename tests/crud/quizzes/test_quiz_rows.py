from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from quizkit.crud.quizzes.rows import FROZEN, frozen, new_quiz, quiz_row, returned
from quizkit.schemas import QuizCreate
from quizkit.vocabulary import Behaviour

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUIZ, BANK, QUESTION = (uuid.UUID(int=n) for n in range(1, 4))
DATA = QuizCreate(title="Rivers", behaviour=Behaviour.ADAPTIVE, pass_grade=Decimal(5))


def row(**more: Any) -> Any:
    return SimpleNamespace(**quiz_row(new_quiz(DATA, quiz_id=QUIZ, bank_id=BANK, at=NOON)) | more)


def slot(**more: Any) -> Any:
    section = {
        "section_position": 1,
        "section_title": None,
        "shuffle": False,
        "navigation": "free",
        "per_page": None,
        "section_pass_share": None,
        "show_tags": False,
        "section_time_limit": None,
    }
    place = {
        "id": uuid.uuid4(), "question_id": QUESTION, "question_revision_id": None, "pinned": False, "points": None,
        "counting": "counts", "requires_previous": False, "pass_share": None, "draw_count": None,
        "time_limit_seconds": None,
    }  # fmt: skip
    asked = {"revision_id": uuid.UUID(int=9), "content_hash": "0" * 64, "max_points": Decimal(2)}
    return SimpleNamespace(**section | place | asked | more)


def test_a_quiz_is_read_back_unchanged_from_its_row() -> None:
    quiz = new_quiz(DATA, "ann", quiz_id=QUIZ, bank_id=BANK, at=NOON)

    assert returned(quiz_row(quiz)) == quiz
    assert quiz_row(quiz)["behaviour"] == "adaptive"


def test_published_content_differs_if_a_question_differs() -> None:
    first = frozen(row(), [slot()])

    assert tuple(first) == FROZEN
    assert first["max_score"] == Decimal(2)
    assert frozen(row(), [slot()]) == first
    assert frozen(row(), [slot(revision_id=uuid.UUID(int=10))])["content_hash"] != first["content_hash"]
    assert frozen(row(), [slot(counting="extra")])["max_score"] == 0
