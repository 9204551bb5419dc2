"""Responses as takers send them, with ids derived from texts, built from those with the ids of the test."""

from __future__ import annotations

from typing import Any, TypeVar

from quizkit.questions import Blanks, Choice, Matching, Ordering, Question, Response
from quizkit.questions._content import distinct_handles, handle_of

T = TypeVar("T")


def id_of(text: str) -> str:
    """Return the id that takers see for a part with this plain text."""
    return handle_of("plain", text)


def sent(question: Question, response: T) -> T:
    """Replace the author's ids in a response by those that takers send; unknown ids are left unchanged."""
    known = _ids(question)

    def named(value: Any) -> Any:
        if isinstance(value, Response):
            return type(value).model_validate(named(value.model_dump()))
        if isinstance(value, dict):
            return {named(name): named(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(named(one) for one in value)
        return known.get(value, value) if isinstance(value, str) else value

    found: T = named(response)
    return found


def _ids(question: Question) -> dict[str, str]:
    if isinstance(question, Choice):
        parts: list[tuple[Any, Any]] = [(one.id, one.content) for one in question.options]
    elif isinstance(question, Ordering):
        parts = [(one.id, one.content) for one in question.items]
    elif isinstance(question, Matching):
        parts = [(one.id, one.premise) for one in question.pairs]
    elif isinstance(question, Blanks):
        gaps = [gap for gap in question.gaps if gap.kind == "choice"]
        parts = [(one.id, one.content) for gap in gaps for one in gap.options]
    else:
        parts = []
    return dict(zip((str(own) for own, _ in parts), distinct_handles(text for _, text in parts), strict=True))
