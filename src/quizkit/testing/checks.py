"""A check of the interface that every question type must implement, for built-in types and those of a host."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from quizkit.questions import GradeState, Question, Response, parse, registered
from quizkit.rules.drawing import SEED_BYTES, SeededRandom

__all__ = ["check_question"]

_MAX_SAMPLES = 50


def _require(condition: bool, requirement: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        raise AssertionError(requirement)


def check_question(question: Question, *, wrong: Any = None, twin: Question | None = None) -> None:
    """Raise AssertionError with the broken requirement if a question violates the interface of its type.

    Args:
        question: a question of a registered type.
        wrong: a response, or its JSON values, that must not earn full points.
        twin: a question that differs only in its key; its view must be the same.
    """
    _require(registered().get(question.type) is type(question), "the type is registered under its own name")
    _require(parse(question.model_dump_json()) == question, "a question is the same after JSON")
    _require(parse(question.model_dump(mode="json")) == question, "a question is the same after JSON values")
    _check_view(question)
    _check_responses(question)
    if wrong is not None:
        grade = question.mark(wrong if isinstance(wrong, Response) else question.read(wrong))
        _require(grade.state in {GradeState.WRONG, GradeState.PARTLY}, "a wrong response does not mark as right")
    if twin is not None:
        _check_twin(question, twin)


def _check_view(question: Question) -> None:
    view = question.view()
    _require(type(view) is question.view_type, "a view is of the view type of its question")
    _require(not isinstance(view, Question), "a view is not a question")
    _require(question.view_type.model_validate_json(view.model_dump_json()) == view, "a view is the same after JSON")
    first, second = (view.permuted(SeededRandom(bytes(SEED_BYTES), "check")) for _ in range(2))
    _require(first == second, "the same seed results in the same order")


def _check_responses(question: Question) -> None:
    low, high = question.bounds()
    blank = question.mark(question.response_type())
    _require(blank.fraction == 0 and blank.state is GradeState.NOT_ANSWERED, "a blank response earns nothing")
    _require(question.mark(None) == blank, "None is marked like a blank response")
    key = question.key()
    if key is not None:
        grade = question.mark(key)
        _require(not question.problems(key), "the key has no problems")
        _require(grade.state is GradeState.RIGHT, "the key earns full points")
        _require(question.is_complete(key), "the key is complete")
        right = question.right_part(key)
        _require(right is None or right.response == key, "all parts of the key are right")
    for response in itertools.islice(question._samples(), _MAX_SAMPLES):
        grade = question.mark(response)
        _require(question.read(response.model_dump(mode="json")) == response, "a response is the same after JSON")
        _require(grade == question.mark(response), "the same response has the same grade")
        _require(not question.problems(response), "a sample has no problems")
        _require(grade.fraction is None or isinstance(grade.fraction, Fraction), "a fraction is exact")
        _require(grade.fraction is None or low <= grade.fraction <= high, "a fraction is within the bounds")
        _require(isinstance(question.summarise(response), str), "a response can be summarised")
        _require(
            all(c.fraction is None or c.fraction <= 1 for c in question.classes(response)),
            "the fraction of a class is at most 1",
        )
        _check_sameness(question, response)
        _check_right_part(question, response)
        _require(
            key is None or (grade.fraction or 0) <= (question.mark(key).fraction or 0),
            "no response earns more than the key",
        )


def _check_sameness(question: Question, response: Response) -> None:
    again = question.read(response.model_dump_json())
    _require(question.is_same(response, again), "a response is equivalent to itself")
    _require(question.is_same(response, None) == response.is_blank(), "only a blank response is equivalent to None")
    _require(not (response.is_blank() and question.is_complete(response)), "a blank response is not complete")
    hash(question.canonical(response))


def _check_right_part(question: Question, response: Response) -> None:
    right = question.right_part(response)
    if right is None:
        return
    left = right.response
    _require(
        left.is_blank() or question.read(left.model_dump(mode="json")) == left, "the right part is a valid response"
    )
    again = question.right_part(left)
    _require(left.is_blank() if again is None else again.response == left, "the right part has no wrong parts")


def _check_twin(question: Question, twin: Question) -> None:
    view, view_of_twin = question.view(), twin.view()
    _require(view.model_dump_json() == view_of_twin.model_dump_json(), "a view says nothing about the key")
    seed = bytes(range(SEED_BYTES))
    same = (
        view.permuted(SeededRandom(seed, "a")).model_dump_json()
        == view_of_twin.permuted(SeededRandom(seed, "a")).model_dump_json()
    )
    _require(same, "the order of a view says nothing about the key")
