"""Convert questions between rows and what verbs return."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from quizkit.crud._core.canonical import content_hash
from quizkit.crud._core.changing import FIRST_VERSION
from quizkit.models.questions import SEARCHED
from quizkit.questions import Question, QuestionDraft
from quizkit.questions._guards.drafts import Incomplete
from quizkit.questions._guards.stored import body_of, question_of, view_and_identity
from quizkit.questions._searching import search_form, tag_form
from quizkit.schemas import QuestionProblem, QuestionReturn

__all__ = [
    "Content",
    "NewQuestion",
    "content_columns",
    "new_question",
    "returned",
    "returned_as_made",
    "returned_from",
    "revision_row",
    "tag_rows",
]

Content: TypeAlias = Question | Incomplete
"""What an author has written: a question, or a draft that is not complete."""

_OF_CONTENT: Final = frozenset({"question", "draft", "problems", "equal_to"})


class NewQuestion(NamedTuple):
    """The rows of a new question with its first revision, if it is complete."""

    question: dict[str, Any]
    revision: dict[str, Any] | None
    tags: list[dict[str, Any]]


def new_question(
    content: Content,
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
        **content_columns(content),
        "revision": None if isinstance(content, Incomplete) else 1,
        "version": FIRST_VERSION,
        "made_from": made_from,
        "created_at": at,
        "updated_at": at,
        "archived_at": None,
    }
    tags = tag_rows(content, question_id)
    if isinstance(content, Incomplete):
        return NewQuestion(row, None, tags)
    return NewQuestion(row, revision_row(content, question_id, 1, revision_id=revision_id, at=at), tags)


def content_columns(content: Content) -> dict[str, Any]:
    """Return the columns of a question that its newest content determines, besides the number of its revision."""
    prompt = content.prompt if isinstance(content, Incomplete) else content.content.text
    return {
        "type": content.type,
        "title": content.title,
        "search": search_form(f"{content.title or ''}\n{prompt}"[:SEARCHED])[:SEARCHED],
        "draft": _draft_column(content),
    }


def _draft_column(content: Content) -> dict[str, Any] | None:
    if not isinstance(content, Incomplete):
        return None
    draft = {"body": content.body, "problems": [problem._asdict() for problem in content.problems]}
    # Python holds 1 and True for equal; the hash tells them apart.
    return {**draft, "hash": content_hash(draft)}


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
        "tags": list(question.tags),
        "body": body,
        "created_at": at,
    }


def tag_rows(question: Content, question_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the rows of the tags of a question, in the form in which tags are compared."""
    return [{"question_id": question_id, "tag": tag} for tag in dict.fromkeys(map(tag_form, question.tags))]


def returned(row: Any) -> QuestionReturn:
    """Return a question from its row, joined with its latest revision, if there is one."""
    return returned_from(row._mapping)  # noqa: SLF001 - the public name of SQLAlchemy


def returned_from(columns: Mapping[str, Any]) -> QuestionReturn:
    """Return a question from the columns of such a row."""
    known = {name: columns[name] for name in QuestionReturn.model_fields if name not in _OF_CONTENT}
    revision_id = columns["revision_id"]
    question = None if revision_id is None else question_of(columns["body"], revision_id)
    return QuestionReturn(question=question, **known, **_draft(columns["draft"]))


def returned_as_made(
    row: dict[str, Any], revision: dict[str, Any] | None, content: Content, equal_to: uuid.UUID | None = None
) -> QuestionReturn:
    """Return a question from the rows that were just stored."""
    known = {name: row[name] for name in QuestionReturn.model_fields if name in row and name not in _OF_CONTENT}
    if revision is not None:
        known |= {"revision_id": revision["id"], "points": revision["points"], "question": content}
    return QuestionReturn(**known, **_draft(row["draft"]), equal_to=equal_to)


def _draft(stored: dict[str, Any] | None) -> dict[str, Any]:
    """Return the fields of a draft. Its body was checked when it was stored; its type may no longer be registered."""
    if stored is None:
        return {}
    problems = tuple(QuestionProblem(**problem) for problem in stored["problems"])
    return {"draft": QuestionDraft.model_construct(body=stored["body"]), "problems": problems}
