"""A question whose methods never raise the errors of its type: each has a safe result if the type fails."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from pydantic import ValidationError

from quizkit.errors import Invalid, Problem
from quizkit.questions._base import Question, Response, RightPart, given_in
from quizkit.questions._content import Hint, Text
from quizkit.questions._guards.checks import (
    label_of,
    of_kind,
    sound_grade,
    sound_lint,
    sound_marker,
    sound_parts,
    sound_problems,
)
from quizkit.questions._guards.log import log_failure
from quizkit.questions._guards.storable import storable, storable_text
from quizkit.questions._guards.stored import response_of
from quizkit.questions._lint import Lint
from quizkit.questions._marking import Grade, Trace
from quizkit.vocabulary import GradeState

__all__ = ["GuardedQuestion"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GuardedQuestion:
    """A question with its key. Its methods never raise the errors of the type's own code."""

    question: Question
    revision_id: uuid.UUID

    @property
    def answerable(self) -> bool:
        """Whether the question can be answered."""
        return self.question.answerable

    @property
    def hints(self) -> tuple[Hint, ...]:
        """The hints of the question."""
        return self.question.hints

    @property
    def general_feedback(self) -> Text | None:
        """The feedback that is shown with every result."""
        return self.question.general_feedback

    @property
    def marker(self) -> str:
        """The name and version of the marking; only the name if the type fails to return them."""
        return self._or("marker", lambda: sound_marker(self.question.marker), lambda: self.question.type)

    def read(self, data: object) -> Response:
        """Parse a response.

        Raises:
            Invalid: `response_invalid`.
        """
        try:
            return self._own(self.question.read(data))
        except Invalid:
            raise
        except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
            self._failed("read", error)
        try:
            return self.question.response_type.model_validate(data)
        except ValidationError as error:
            invalid = Invalid.of(error, "response", "response_invalid")
        except Exception as error:  # noqa: BLE001 - as above
            self._failed("response_type", error)
            invalid = Invalid("response_invalid", "The response cannot be read")
        raise invalid

    def written(self, response: Response) -> Any:
        """Return a response as the JSON that is stored: without its type, which the question has.

        Raises:
            Invalid: `response_invalid`: its class fails to write it.
        """
        try:
            return storable(given_in(response))
        except Exception as error:  # noqa: BLE001 - a host's response class may raise anything
            self._failed("model_dump", error)
        raise Invalid("response_invalid", "The response cannot be written")

    def mark(self, response: Response | None) -> Grade:
        """Grade a response. A failed or invalid grade needs manual grading and is never silently wrong."""
        return self._or("mark", lambda: sound_grade(self.question.mark(response)), self.unmarked)

    def problems(self, response: Response | None) -> tuple[Problem, ...]:
        """Return why a response cannot be marked as it is; nothing if the type fails: then it needs manual grading."""
        return self._or("problems", lambda: sound_problems(self.question.problems(response)), tuple)

    def unmarked(self) -> Grade:
        """Return the grade of a response that the type failed to mark."""
        return Grade(None, GradeState.NEEDS_GRADING, f"{self.marker} failed", Trace("marker_failed"))

    def parts(self, response: Response) -> tuple[bool, Mapping[str, Fraction] | None]:
        """Return whether the type could compute what the parts of a response earned, and the result."""
        return self._or("parts", lambda: (True, sound_parts(self.question.parts(response))), lambda: (False, None))

    def label(self, response: Response) -> str | None:
        """Return the single class of a response; None if it has several, or one that cannot be stored."""
        return self._or("classes", lambda: label_of(self.question, response), _none)

    def canonical(self, response: Response) -> Hashable | None:
        """Return the canonical form of a response; its JSON if the type fails to return one."""

        def meaning() -> Hashable | None:
            value = self.question.canonical(response)
            return None if value is None else _Meaning(self, value, _hash_of(value))

        return self._or("canonical", meaning, lambda: _as_json(response))

    def is_complete(self, response: Response) -> bool:
        """Return whether checking a response uses a try; True if the type fails to tell."""
        return self._or("is_complete", lambda: bool(self.question.is_complete(response)), lambda: True)

    def right_part(self, response: Response | None) -> RightPart | None:
        """Return the correct part of a response; None if the type has no parts, or fails."""

        def right() -> RightPart | None:
            found: Any = self.question.right_part(response)
            if found is None:
                return None
            parts, too_many = found.parts, found.too_many
            storable(self._own(found.response).model_dump(mode="json"))
            if not isinstance(found, RightPart) or type(too_many) is not bool or type(parts) not in {int, type(None)}:
                raise TypeError
            return found

        return self._or("right_part", right, _none)

    def summarise(self, response: Response) -> str:
        """Return a response as a line of text; "" if the type fails."""
        return self._or("summarise", lambda: storable_text(self.question.summarise(response)), str)

    def shown(self, stored: Any) -> Response:
        """Return a stored response as its taker sees it; `UnreadableResponse` if the type can no longer read it."""
        return response_of(stored, self.question.response_type, self.revision_id)

    def key(self) -> Response | None:
        """Return a response that earns full marks; None if there is none, or the type fails."""

        def key() -> Response | None:
            found = self.question.key()
            if found is not None:
                storable(self._own(found).model_dump(mode="json"))
            return found

        return self._or("key", key, _none)

    def lint(self) -> tuple[Lint, ...]:
        """Return probable mistakes of the author; if the type fails, one warning that says so."""
        failed = Lint("type_failed", "The question type failed while checking the question for mistakes")
        return self._or("lint", lambda: sound_lint(self.question.lint()), lambda: (failed,))

    def trace_of(self, grade: Grade) -> dict[str, Any]:
        """Return the trace of a grade as JSON that can be stored."""

        def trace() -> dict[str, Any]:
            return storable(grade.trace.as_dict())

        return self._or("trace", trace, lambda: Trace("trace_failed").as_dict())

    def is_equal(self, one: Hashable, other: Hashable) -> bool:
        """Return whether two values of `canonical` are equal; False if the comparison fails."""
        return self._or("canonical", lambda: of_kind(one == other, bool), lambda: False)

    def _own(self, response: Any) -> Response:
        """Return the response if it is of this type, or raise."""
        return of_kind(response, self.question.response_type)

    def _or(self, method: str, call: Callable[[], T], fallback: Callable[[], T]) -> T:
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
            self._failed(method, error)
            return fallback()

    def _failed(self, method: str, error: Exception) -> None:
        log_failure(self.question.type, method, self.revision_id, error)


def _none() -> None:
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _Meaning:
    """The canonical form of a response, whose comparison never raises."""

    question: GuardedQuestion
    value: Hashable
    hash_value: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Meaning) and self.question.is_equal(self.value, other.value)

    def __hash__(self) -> int:
        return self.hash_value


def _hash_of(value: Hashable) -> int:
    same: Any = value == value  # noqa: PLR0124 - a value that does not equal itself is no canonical form
    if same is not True:
        raise ValueError
    return hash(value)


def _as_json(response: Response) -> Hashable:
    return "json", json.dumps(given_in(response), sort_keys=True, ensure_ascii=False)
