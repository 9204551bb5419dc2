"""Convert quizzes between rows and what verbs return."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from quizkit.crud._core.canonical import content_hash
from quizkit.crud._core.changing import FIRST_VERSION
from quizkit.crud._core.context import S
from quizkit.crud._drafts.rows import outline_of
from quizkit.crud._terms.policy import POLICY, as_columns
from quizkit.models.quizzes import SEARCHED
from quizkit.questions._searching import search_form
from quizkit.rules import quiz_checks
from quizkit.schemas import QuizCreate, QuizReturn
from quizkit.vocabulary import Counting, QuizState

__all__ = ["FROZEN", "RETURNED", "frozen", "new_quiz", "quiz_row", "returned", "searched"]

RETURNED: Final = tuple(QuizReturn.model_fields)
"""The columns of a quiz that verbs return."""

FROZEN: Final = (*POLICY, "max_score", "content_hash")
"""The columns of a revision that publishing sets, besides the time."""


def new_quiz(
    data: QuizCreate, author: S | None = None, *, quiz_id: uuid.UUID, bank_id: uuid.UUID, at: datetime
) -> QuizReturn[S]:
    """Return a quiz that is about to be stored."""
    policy = {name: getattr(data, name) for name in POLICY}
    dated: dict[str, Any] = {"version": FIRST_VERSION, "created_at": at, "updated_at": at}
    return QuizReturn(
        id=quiz_id,
        author_id=author,
        bank_id=bank_id,
        state=QuizState.DRAFT,
        question_count=len(data.questions),
        **dated,
        **policy,
    )


def quiz_row(quiz: QuizReturn[Any]) -> dict[str, Any]:
    """Return the row of a new quiz, without columns that only the call determines."""
    return as_columns({name: getattr(quiz, name) for name in RETURNED}) | searched(quiz.title, quiz.description)


def searched(title: str, description: str | None) -> dict[str, str]:
    """Return the column by which a quiz is searched."""
    return {"search": search_form(f"{title}\n{description or ''}")[:SEARCHED]}


def returned(row: Mapping[str, Any]) -> QuizReturn[Any]:
    """Return a quiz from its row."""
    return QuizReturn.model_validate({name: row[name] for name in RETURNED})


def frozen(quiz: Row[Any], slots: Sequence[Row[Any]]) -> dict[str, Any]:
    """Return the columns that publishing a quiz freezes."""
    outline = outline_of(slots).model_dump(mode="json", exclude={"version"})
    # The hash includes the ids: caches are keyed by it, and must not mix up identical questions.
    questions = [[str(slot.revision_id), slot.content_hash, str(slot.max_points)] for slot in slots]
    max_score = quiz_checks.max_score(
        (Counting(slot.counting), slot.max_points, slot.draw_count or 1) for slot in slots
    )
    policy = {name: getattr(quiz, name) for name in POLICY}
    return {**policy, "max_score": max_score, "content_hash": content_hash([outline, questions])}
