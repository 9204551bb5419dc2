"""What every question must keep, as one function: for quizkit's own types and for a host's."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from quizkit.questions import GradeState, Question, Response, parse, registered
from quizkit.rules.drawing import SEED_BYTES, SeededRandom

__all__ = ["check_question"]

_MOST_SAMPLES = 50


def _ask(holds: bool, promise: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise AssertionError(promise)


def check_question(question: Question, *, wrong: Any = None, twin: Question | None = None) -> None:
    """Raise AssertionError, with the promise that is broken, unless a question keeps all that its type promises.

    Args:
        question: of a registered type.
        wrong: a response, or its JSON values, that must not earn everything.
        twin: a question that differs only in its key: takers must see no difference.
    """
    _ask(registered().get(question.type) is type(question), "the type is registered under its own name")
    _ask(parse(question.model_dump_json()) == question, "a question is the same after JSON")
    _ask(parse(question.model_dump(mode="json")) == question, "a question is the same after JSON values")
    _check_view(question)
    _check_responses(question)
    if wrong is not None:
        grade = question.mark(wrong if isinstance(wrong, Response) else question.read(wrong))
        _ask(grade.state in {GradeState.WRONG, GradeState.PARTLY}, "a wrong response does not mark as right")
    if twin is not None:
        _check_twin(question, twin)


def _check_view(question: Question) -> None:
    view = question.view()
    _ask(type(view) is question.view_type, "a view is of the view type of its question")
    _ask(not isinstance(view, Question), "a view is no question")
    _ask(question.view_type.model_validate_json(view.model_dump_json()) == view, "a view is the same after JSON")
    dice = SeededRandom(bytes(SEED_BYTES), "check")
    _ask(
        view.permuted(dice) == view.permuted(SeededRandom(bytes(SEED_BYTES), "check")),
        "the same dice give the same order",
    )


def _check_responses(question: Question) -> None:
    low, high = question.bounds()
    blank = question.mark(question.response_type())
    _ask(blank.fraction == 0 and blank.state is GradeState.NOT_ANSWERED, "a blank response earns nothing")
    _ask(question.mark(None) == blank, "no response is a blank one")
    key = question.key()
    if key is not None:
        grade = question.mark(key)
        _ask(not question.problems(key), "the key can be marked as it is")
        _ask(grade.state is GradeState.RIGHT, "the key marks as full")
        _ask(question.is_complete(key), "the key leaves nothing out")
        right = question.right_part(key)
        _ask(right is None or right.response == key, "nothing is taken away from the key")
    for response in itertools.islice(question._samples(), _MOST_SAMPLES):
        grade = question.mark(response)
        _ask(question.read(response.model_dump(mode="json")) == response, "a response is the same after JSON")
        _ask(grade == question.mark(response), "the same response has the same grade")
        _ask(not question.problems(response), "a sample can be marked as it is")
        _ask(grade.fraction is None or isinstance(grade.fraction, Fraction), "a fraction is exact")
        _ask(grade.fraction is None or low <= grade.fraction <= high, "a mark stays in its bounds")
        _ask(isinstance(question.summarise(response), str), "a response can be summarised")
        _ask(all(c.fraction is None or c.fraction <= 1 for c in question.classes(response)), "classes have fractions")
        _check_sameness(question, response)
        _check_right_part(question, response)
        _ask(
            key is None or (grade.fraction or 0) <= (question.mark(key).fraction or 0),
            "nothing earns more than the key",
        )


def _check_sameness(question: Question, response: Response) -> None:
    again = question.read(response.model_dump_json())
    _ask(question.is_same(response, again), "a response is the same as itself")
    _ask(question.is_same(response, None) == response.is_blank(), "only a blank response is the same as none")
    _ask(not (response.is_blank() and question.is_complete(response)), "a blank response is not complete")
    hash(question.canonical(response))


def _check_right_part(question: Question, response: Response) -> None:
    right = question.right_part(response)
    if right is None:
        return
    left = right.response
    _ask(left.is_blank() or question.read(left.model_dump(mode="json")) == left, "what is right is a response")
    again = question.right_part(left)
    _ask(left.is_blank() if again is None else again.response == left, "nothing is wrong in what is right")


def _check_twin(question: Question, twin: Question) -> None:
    ours, theirs = question.view(), twin.view()
    _ask(ours.model_dump_json() == theirs.model_dump_json(), "a view says nothing about the key")
    seed = bytes(range(SEED_BYTES))
    same = (
        ours.permuted(SeededRandom(seed, "a")).model_dump_json()
        == theirs.permuted(SeededRandom(seed, "a")).model_dump_json()
    )
    _ask(same, "the order of a view says nothing about the key")
