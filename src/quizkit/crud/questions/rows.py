"""Convert questions between rows and what verbs return."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, NamedTuple

from quizkit.crud._core.canonical import content_hash
from quizkit.crud._core.changing import FIRST_VERSION
from quizkit.models.questions import SEARCHED
from quizkit.questions import Question
from quizkit.questions._guards.stored import body_of, question_of, view_and_identity
from quizkit.questions._searching import search_form, tag_form
from quizkit.schemas import QuestionReturn

__all__ = ["NewQuestion", "new_question", "returned", "returned_as_made", "revision_row", "searchable", "tag_rows"]


class NewQuestion(NamedTuple):
    """The rows of a new question with its first revision."""

    question: dict[str, Any]
    revision: dict[str, Any]
    tags: list[dict[str, Any]]


def new_question(
    question: Question,
    *,
    question_id: uuid.UUID,
    revision_id: uuid.UUID,
    bank_id: uuid.UUID,
    category_id: uuid.UUID | None,
    made_from: str | None,
    at: datetime,
) -> NewQuestion:
    """Return the rows of a new question.

    Raises:
        Invalid: `question_invalid`.
        UsageError: `type_failed`.
    """
    row = {
        "id": question_id,
        "bank_id": bank_id,
        "category_id": category_id,
        "type": question.type,
        "title": question.title,
        "revision": 1,
        "search": searchable(question),
        "version": FIRST_VERSION,
        "made_from": made_from,
        "created_at": at,
        "updated_at": at,
        "archived_at": None,
    }
    revision = revision_row(question, question_id, 1, revision_id=revision_id, at=at)
    return NewQuestion(row, revision, tag_rows(question, question_id))


def revision_row(
    question: Question, question_id: uuid.UUID, number: int, *, revision_id: uuid.UUID, at: datetime
) -> dict[str, Any]:
    """Return the row of a revision: the body with the key, and the taker's view without it.

    Raises:
        Invalid: `question_invalid`.
        UsageError: `type_failed`.
    """
    body = body_of(question)
    return {
        "id": revision_id,
        "question_id": question_id,
        "number": number,
        "type": question.type,
        "points": question.points,
        "body_version": question.body_version,
        "content_hash": content_hash(body),
        **view_and_identity(question),
        "body": body,
        "created_at": at,
    }


def searchable(question: Question) -> str:
    """Return the text by which a question is searched: its title and prompt."""
    text = f"{question.title or ''}\n{question.content.text}"
    return search_form(text[:SEARCHED])[:SEARCHED]


def tag_rows(question: Question, question_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the rows of the tags of a question, in the form in which tags are compared."""
    return [{"question_id": question_id, "tag": tag} for tag in dict.fromkeys(map(tag_form, question.tags))]


def returned(row: Any) -> QuestionReturn:
    """Return a question from its row, joined with its latest revision."""
    known = {name: getattr(row, name) for name in QuestionReturn.model_fields if name not in {"question", "equal_to"}}
    return QuestionReturn(question=question_of(row.body, row.revision_id), **known)


def returned_as_made(
    row: dict[str, Any], revision: dict[str, Any], question: Question, equal_to: uuid.UUID | None = None
) -> QuestionReturn:
    """Return a question from the rows that were just stored."""
    known = {name: row[name] for name in QuestionReturn.model_fields if name in row}
    return QuestionReturn(
        **known, revision_id=revision["id"], points=question.points, question=question, equal_to=equal_to
    )
