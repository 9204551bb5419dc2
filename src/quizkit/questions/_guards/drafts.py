"""Read drafts as questions, whatever their types do."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, NamedTuple

from pydantic_core import PydanticCustomError

from quizkit.errors import MAX_PROBLEMS, Invalid, Problem
from quizkit.questions._base import Question
from quizkit.questions._content import MAX_CHOICES, MAX_SHORT_TEXT, MAX_TEXT
from quizkit.questions._draft import QuestionDraft
from quizkit.questions._guards.log import log_failure
from quizkit.questions._registry import parse
from quizkit.questions._unicode import clean

__all__ = ["Incomplete", "read_written"]

MAX_TAG_LENGTH: Final = 64


class Incomplete(NamedTuple):
    """What is known of a question that cannot be read: why, and how authors find it."""

    body: dict[str, Any]
    problems: tuple[Problem, ...]

    @property
    def type(self) -> str:
        """The type that the question will have."""
        return str(self.body["type"])

    @property
    def title(self) -> str | None:
        """Its title; None if there is none, or one that is not valid."""
        return _text(self.body.get("title"), MAX_SHORT_TEXT)

    @property
    def prompt(self) -> str:
        """The text of its prompt; "" if there is none, or one that is not valid."""
        content = self.body.get("content")
        return _text(content.get("text") if isinstance(content, dict) else content, MAX_TEXT) or ""

    @property
    def tags(self) -> tuple[str, ...]:
        """Its valid tags."""
        tags = self.body.get("tags")
        found = (_text(tag, MAX_TAG_LENGTH) for tag in tags[:MAX_CHOICES]) if isinstance(tags, list) else ()
        return tuple(dict.fromkeys(tag for tag in found if tag))


def _text(value: object, most: int) -> str | None:
    """Return a text as a complete question would have it; None for what is no text, or no valid one."""
    if not isinstance(value, str) or len(value) > most:
        return None
    with suppress(PydanticCustomError):
        text = clean(value)
        return text if len(text) <= most else None
    return None


def read_written(written: object) -> Question | Incomplete:
    """Return what an author has written as a question; of a draft that is not complete, why not.

    Raises:
        Invalid: `question_invalid`: it is no draft, and no valid question.
    """
    return _read_draft(written) if isinstance(written, QuestionDraft) else parse(written)


def _question(read: Any) -> Question:
    if not isinstance(read, Question):
        raise TypeError
    return read


def _read_draft(draft: QuestionDraft) -> Question | Incomplete:
    try:
        return _question(parse(draft.body))
    except Invalid as invalid:
        problems = invalid.problems or (Problem("", invalid.code, invalid.message),)
        return Incomplete(draft.body, problems[:MAX_PROBLEMS])
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        log_failure(draft.body["type"], "parse", None, error)
    failed = Problem("", "type_failed", "The question type failed while reading this draft")
    return Incomplete(draft.body, (failed,))
