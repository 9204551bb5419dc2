"""Checks of what question types return: each returns its argument, or raises anything if it cannot be used or stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final, TypeVar

from quizkit.errors import MAX_PROBLEMS, Problem
from quizkit.questions._base import Question, Response
from quizkit.questions._content import Text
from quizkit.questions._guards.storable import storable, storable_text
from quizkit.questions._lint import Lint
from quizkit.questions._marking import Grade, Trace
from quizkit.vocabulary import GradeState

__all__ = [
    "label_of",
    "of_kind",
    "sound_grade",
    "sound_identity",
    "sound_lint",
    "sound_marker",
    "sound_parts",
    "sound_problems",
]

T = TypeVar("T")

_MAX_SHARE: Final = 10
"""The maximum absolute fraction: points computed from what a type returns must fit into their column."""


def of_kind(value: Any, kind: type[T]) -> T:
    """Return a value if it is of a class, or raise."""
    if not isinstance(value, kind):
        raise TypeError
    return value


def sound_grade(grade: Grade) -> Grade:
    """Return a grade that can be stored, or raise."""
    share: Any = grade.fraction
    trace: Any = grade.trace
    state: Any = grade.state
    feedback: Any = tuple(grade.feedback)
    sound_marker(grade.marker)
    if share is not None and (not isinstance(share, Fraction) or abs(share) > _MAX_SHARE):
        raise TypeError
    if not isinstance(trace, Trace) or not isinstance(state, GradeState):
        raise TypeError
    if not all(isinstance(text, Text) and storable_text(text.text) is not None for text in feedback):
        raise TypeError
    return replace(grade, feedback=feedback)


def sound_problems(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return problems that can be sent, or raise."""
    checked: tuple[Any, ...] = tuple(problems)
    if not all(
        isinstance(problem, Problem) and all(storable_text(part) is not None for part in problem) for problem in checked
    ):
        raise TypeError
    return checked[:MAX_PROBLEMS]


def sound_lint(found: tuple[Lint, ...]) -> tuple[Lint, ...]:
    """Return warnings that can be sent, or raise."""
    checked: tuple[Any, ...] = tuple(found)
    if not all(isinstance(lint, Lint) and all(storable_text(part) is not None for part in lint) for lint in checked):
        raise TypeError
    return checked


_MARKER: Final = 80 - len(" failed")


def sound_marker(marker: Any) -> str:
    """Return the name and version of a marking, if they fit into their column, or raise."""
    if len(storable_text(marker)) > _MARKER:
        raise ValueError
    return str(marker)


def sound_parts(parts: Mapping[str, Fraction] | None) -> Mapping[str, Fraction] | None:
    """Return the fractions of the parts of a response, if they can be stored, or raise."""
    if parts is None:
        return None
    checked: Any = parts
    if not all(
        isinstance(part, str) and isinstance(share, Fraction) and abs(share) <= _MAX_SHARE
        for part, share in checked.items()
    ):
        raise TypeError
    storable({part: str(share) for part, share in parts.items()})
    return parts


_LABEL: Final = 32


def label_of(question: Question, response: Response) -> str | None:
    """Return the single class of a response; None if it has several, or one that cannot be stored."""
    classes = question.classes(response)
    if len(classes) != 1 or classes[0].part != "":
        return None
    label = storable_text(classes[0].label)
    return label if 0 < len(label) <= _LABEL else None


_IDENTITY: Final = 64


def sound_identity(identity: Any) -> str:
    """Return the identity of a question, if it fits into its column, or raise."""
    if not 0 < len(storable_text(identity)) <= _IDENTITY:
        raise ValueError
    return str(identity)
