"""Probable mistakes of authors, and the checks that all question types share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from quizkit.questions._base import Question
    from quizkit.questions._content import Text


class Lint(NamedTuple):
    """A probable mistake of an author. The question is valid anyway."""

    code: str
    message: str
    path: str = ""


def lint_common(question: Question) -> Iterator[Lint]:
    """Yield the probable mistakes that any question can have."""
    from quizkit.questions._searching import tag_form  # noqa: PLC0415 - only lint needs it, not every import

    if question.points == 0 and question.answerable:
        yield Lint("no_points", "The question has 0 points", "points")
    if len(set(map(tag_form, question.tags))) < len(question.tags):
        yield Lint("equal_tags", "The question has a duplicate tag", "tags")
    yield from _lint_hints(question)


def _lint_hints(question: Question) -> Iterator[Lint]:
    key = question.key() if any(hint.clear_wrong or hint.show_right_parts for hint in question.hints) else None
    if key is None:
        return
    right = question.right_part(key)
    for place, hint in enumerate(question.hints):
        if (hint.clear_wrong and right is None) or (hint.show_right_parts and (right is None or right.parts is None)):
            yield Lint(
                "hint_without_parts", "The hint clears or counts parts, but the question has none", f"hints.{place}"
            )


def first_repeated(texts: Iterable[Text], fold: Callable[[str], str] = str.casefold) -> int | None:
    """Return the position of the first text that equals an earlier one after folding."""
    seen = set()
    for position, text in enumerate(texts):
        looks = (" ".join(fold(text.text).split()), tuple(media.sha256 for media in text.media))
        if looks in seen:
            return position
        seen.add(looks)
    return None
