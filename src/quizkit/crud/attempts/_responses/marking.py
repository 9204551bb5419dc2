"""Mark a response when it is saved or checked. Pure: no session."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from quizkit.errors import Invalid, Problem
from quizkit.questions import Grade, Response
from quizkit.questions._base import given_in
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.rules.behaviours import Step
from quizkit.schemas import ResponseProblem
from quizkit.vocabulary import Action, Certainty

__all__ = [
    "Marked",
    "graded",
    "history",
    "is_after_checks",
    "is_same",
    "is_stored_in",
    "last_check_at",
    "marked",
    "meaning",
    "sent_problems",
    "step_of",
]


class Marked(NamedTuple):
    """A response and what marking made of it.

    Attributes:
        response: the response.
        grade: its grade.
        certainty: how certain the taker is; None if the behaviour does not ask for it.
        parts: the fractions of its parts, if they may count.
        picked: its single class, for statistics in SQL.
        problems: why it cannot be marked as it is.
    """

    response: Response
    grade: Grade
    certainty: Certainty | None = None
    parts: Mapping[str, Fraction] | None = None
    picked: str | None = None
    problems: tuple[Problem, ...] = ()


def marked(question: GuardedQuestion, response: Response, *, tried: bool, certainty: Certainty | None = None) -> Marked:
    """Return a response with its grade, its problems and its class.

    `tried` tells whether the response may be checked; only then the fractions of its parts may count.
    """
    problems = question.problems(response)
    marking = graded(question, response, tried=tried, certainty=certainty)._replace(problems=problems)
    return marking if marking.grade.fraction is None else marking._replace(picked=question.label(response))


def sent_problems(problems: Iterable[Problem]) -> tuple[ResponseProblem, ...]:
    """Return problems in the form that verbs return."""
    return tuple(ResponseProblem(**problem._asdict()) for problem in problems)


def graded(question: GuardedQuestion, response: Response, *, tried: bool, certainty: Certainty | None = None) -> Marked:
    """Return a response with its grade and, where `tried`, the points of its parts."""
    grade = question.mark(response)
    if not tried or grade.fraction is None:
        return Marked(response, grade, certainty)
    known, parts = question.parts(response)
    return Marked(response, grade if known else question.unmarked(), certainty, parts)


def step_of(action: Action, question: GuardedQuestion, marking: Marked) -> Step:
    """Return a taker's action on a response, as `rules.behaviours` uses it."""
    meaning, whole = question.canonical(marking.response), question.is_complete(marking.response)
    return Step(action, meaning, marking.grade.fraction, marking.certainty or Certainty.LOW, marking.parts, whole)


def is_same(question: GuardedQuestion, stored: Any, response: Response) -> bool:
    """Return whether a stored response means the same as another one, regardless of their spelling."""
    return bool(stored == given_in(response) or meaning(question, stored) == question.canonical(response))


def is_stored_in(row: Any, question: GuardedQuestion, marking: Marked) -> bool:
    """Return whether a row has this response, regardless of its spelling, with the same certainty."""
    same_certainty: bool = row.certainty == marking.certainty
    return same_certainty and is_same(question, row.response, marking.response)


def last_check_at(events: Sequence[Any]) -> datetime | None:
    """Return when a question was last checked; None if never."""
    return max((event.received_at for event in events if event.action == Action.CHECK), default=None)


def is_after_checks(sequence: int, events: Iterable[Any]) -> bool:
    """Return whether a response with this sequence was saved after every check among the try events of its slot."""
    return sequence > max((event.sequence for event in events if event.sequence is not None), default=0)


def meaning(question: GuardedQuestion, stored: Any) -> Hashable | None:
    """Return what a stored response says, however it is written; its JSON if its type can no longer read it."""
    try:
        return question.canonical(question.read(stored))
    except Invalid:  # the question type may have been removed or changed
        return "unread", json.dumps(stored, sort_keys=True, ensure_ascii=False)


def history(question: GuardedQuestion, events: Sequence[Any]) -> list[Step]:
    """Return the steps from the stored tries of one slot."""
    return [
        Step(
            Action(event.action),
            None if event.response is None else meaning(question, event.response),
            event.fraction,
            Certainty(event.certainty or Certainty.LOW),
            None if event.parts is None else {part: Fraction(share) for part, share in event.parts.items()},
        )
        for event in events
    ]
