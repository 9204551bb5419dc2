"""Whatever a question type returns is checked before it is used, because a host's type may return anything."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from quizkit.errors import MAX_PROBLEMS, Problem, UsageError
from quizkit.questions import Grade, GradeState, Lint, Text, Trace, TrueFalse, UnknownQuestion
from quizkit.questions._guards.checks import (
    sound_grade,
    sound_identity,
    sound_lint,
    sound_marker,
    sound_parts,
    sound_problems,
)
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.questions._guards.storable import storable, storable_text
from quizkit.questions._guards.stored import body_of, question_of, view_and_identity, view_of

REVISION = uuid.UUID(int=1)
QUESTION = TrueFalse(content="Is it?", answer=True)


def grade(**changes: Any) -> Any:
    return Grade(
        **{"fraction": Fraction(1), "state": GradeState.RIGHT, "marker": "x/1", "trace": Trace("x"), **changes}
    )


@pytest.mark.parametrize("value", ["\0", "\ud800", float("nan"), float("inf"), {"a": "\0"}, object(), "a" * 2_000_001])
def test_values_that_no_database_can_store_are_not_storable(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        storable(value)


def test_a_backslash_before_u0000_is_text_and_not_a_nul() -> None:
    assert storable({"a": "\\u0000"}) == {"a": "\\u0000"}


@pytest.mark.parametrize("value", ["\0", "\ud800", None, 7])
def test_text_that_no_database_can_store_is_not_storable(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        storable_text(value)


@pytest.mark.parametrize(
    "changes",
    [{"fraction": 0.5}, {"fraction": Fraction(11)}, {"state": "right"}, {"trace": None}, {"feedback": ["x"]},
     {"feedback": [Text.model_construct(text="\0")]}, {"marker": "m" * 74}, {"marker": None}],
)  # fmt: skip
def test_a_grade_that_cannot_be_stored_is_not_sound(changes: dict[str, Any]) -> None:
    assert sound_grade(grade()) == grade()
    with pytest.raises((ValueError, TypeError)):
        sound_grade(grade(**changes))


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        (sound_marker, "m" * 74),
        (sound_identity, ""),
        (sound_identity, "i" * 65),
        (sound_parts, {"a": 0.5}),
        (sound_parts, {"a": Fraction(11)}),
        (sound_parts, {1: Fraction(1)}),
        (sound_lint, ("x",)),
        (sound_lint, (Lint("code", "\0"),)),
        (sound_problems, ("x",)),
        (sound_problems, (Problem("", "code", "\0"),)),
    ],
)
def test_values_that_cannot_be_stored_or_sent_are_not_sound(check: Callable[[Any], Any], wrong: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        check(wrong)


def test_problems_are_bounded() -> None:
    many = tuple(Problem("", f"code_{n}", "x") for n in range(MAX_PROBLEMS + 1))

    assert sound_problems(many) == many[:MAX_PROBLEMS]


def test_a_question_that_its_type_cannot_read_is_unknown_and_shows_its_prompt() -> None:
    body = {**body_of(QUESTION), "answer": "neither"}

    assert isinstance(question_of(body, REVISION), UnknownQuestion)
    assert view_of({"type": "true_false", "content": 7}, REVISION).type == "true_false"
    assert question_of(body_of(QUESTION), REVISION) == QUESTION


def test_a_failing_type_is_reported_to_the_author() -> None:
    class Failing(TrueFalse):
        def view(self) -> Any:
            raise RuntimeError

        def model_dump(self, **_: Any) -> Any:
            raise RuntimeError

    failing = Failing(content="Is it?", answer=True)

    with pytest.raises(UsageError, match="failed to make a view"):
        view_and_identity(failing)
    with pytest.raises(UsageError, match="failed to write a question"):
        body_of(failing)


def test_a_guarded_question_has_a_safe_result_for_every_method_of_a_type_that_fails() -> None:
    class Failing(TrueFalse):
        def mark(self, _response: Any) -> Any:
            return grade(fraction=0.5)

        def canonical(self, _response: Any) -> Any:
            raise RuntimeError

        def classes(self, _response: Any) -> Any:
            raise RuntimeError

        def lint(self) -> Any:
            raise RuntimeError

    question = GuardedQuestion(Failing(content="Is it?", answer=True), REVISION)
    response = question.read({"answer": True})

    assert question.mark(response).state is GradeState.NEEDS_GRADING
    assert question.canonical(response) == question.canonical(question.read({"answer": True}))
    assert question.label(response) is None
    assert [one.code for one in question.lint()] == ["type_failed"]
