"""Guards around question types, which may be a host's own: their errors are caught and logged, and never reach takers.

A log line names the type, the method, the revision and the place in the code, and contains no input. A response that
could not be graded needs manual grading.
"""

from __future__ import annotations

import json
import logging
import traceback
import uuid
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from quizkit.crud.questions.storable import storable, storable_text
from quizkit.errors import MAX_PROBLEMS, Invalid, Problem, UsageError
from quizkit.questions import (
    Grade,
    GradeState,
    Hint,
    Lint,
    Question,
    Response,
    RightPart,
    Shuffler,
    Text,
    Trace,
    UnknownQuestion,
    View,
    parse_stored,
    parse_view,
)

__all__ = ["Contained", "body_of", "permuted", "question_of", "view_and_identity", "view_of"]

T = TypeVar("T")

_log: Final = logging.getLogger("quizkit.questions")
_MOST: Final = 10
"""The maximum absolute fraction: points computed from what a type returns must fit into their column."""


def _failed(type_name: str, method: str, about: object, error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    kind = type(error).__name__
    _log.error("A question type failed: type=%s method=%s revision=%s error=%s at %s", type_name, method, about, kind, place)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contained:
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
        return self._or("marker", lambda: _marker(self.question.marker), lambda: self.question.type)

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
        """Return a response as the JSON that is stored.

        Raises:
            Invalid: `response_invalid`: its class fails to write it.
        """
        try:
            return storable(response.model_dump(mode="json"))
        except Exception as error:  # noqa: BLE001 - a host's response class may raise anything
            self._failed("model_dump", error)
        raise Invalid("response_invalid", "The response cannot be written")

    def mark(self, response: Response | None) -> Grade:
        """Grade a response. A failed or invalid grade needs manual grading and is never silently wrong."""
        return self._or("mark", lambda: _sound(self.question.mark(response)), self.unmarked)

    def problems(self, response: Response | None) -> tuple[Problem, ...]:
        """Return why a response cannot be marked as it is; nothing if the type fails: then it needs manual grading."""
        return self._or("problems", lambda: _checked_problems(self.question.problems(response)), tuple)

    def unmarked(self) -> Grade:
        """Return the grade of a response that the type failed to mark."""
        return Grade(None, GradeState.NEEDS_GRADING, f"{self.marker} failed", Trace("marker_failed"))

    def parts(self, response: Response) -> tuple[bool, Mapping[str, Fraction] | None]:
        """Return whether the type could compute what the parts of a response earned, and the result."""
        return self._or("parts", lambda: (True, _shares(self.question.parts(response))), lambda: (False, None))

    def label(self, response: Response) -> str | None:
        """Return the single class of a response; None if it has several, or one that cannot be stored."""
        return self._or("classes", lambda: _label(self.question, response), _none)

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

    def key(self) -> Any:
        """Return the JSON of a response that earns full marks; None if there is none, or the type fails."""

        def key() -> Any:
            found = self.question.key()
            return None if found is None else storable(self._own(found).model_dump(mode="json"))

        return self._or("key", key, _none)

    def lint(self) -> tuple[Lint, ...]:
        """Return probable mistakes of the author; if the type fails, one warning that says so."""
        failed = Lint("type_failed", "The question type failed while checking the question for mistakes")
        return self._or("lint", lambda: _checked_lint(self.question.lint()), lambda: (failed,))

    def trace_of(self, grade: Grade) -> dict[str, Any]:
        """Return the trace of a grade as JSON that can be stored."""

        def trace() -> dict[str, Any]:
            return storable(grade.trace.as_dict())

        return self._or("trace", trace, lambda: Trace("trace_failed").as_dict())

    def is_equal(self, one: Hashable, other: Hashable) -> bool:
        """Return whether two values of `canonical` are equal; False if the comparison fails."""
        return self._or("canonical", lambda: _of_kind(one == other, bool), lambda: False)

    def _own(self, response: Any) -> Response:
        """Return the response if it is of this type, or raise."""
        return _of_kind(response, self.question.response_type)

    def _or(self, method: str, call: Callable[[], T], fallback: Callable[[], T]) -> T:
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
            self._failed(method, error)
            return fallback()

    def _failed(self, method: str, error: Exception) -> None:
        _failed(self.question.type, method, self.revision_id, error)


def _none() -> None:
    return None


def _of_kind(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _sound(grade: Grade) -> Grade:
    """Return a grade that can be stored, or raise."""
    share: Any = grade.fraction
    trace: Any = grade.trace
    state: Any = grade.state
    feedback: Any = tuple(grade.feedback)
    _marker(grade.marker)
    if share is not None and (not isinstance(share, Fraction) or abs(share) > _MOST):
        raise TypeError
    if not isinstance(trace, Trace) or not isinstance(state, GradeState):
        raise TypeError
    if not all(isinstance(text, Text) and storable_text(text.text) is not None for text in feedback):
        raise TypeError
    return replace(grade, feedback=feedback)


def _checked_problems(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return problems that can be sent, or raise."""
    checked: tuple[Any, ...] = tuple(problems)
    if not all(isinstance(one, Problem) and all(storable_text(part) is not None for part in one) for one in checked):
        raise TypeError
    return checked[:MAX_PROBLEMS]


def _checked_lint(found: tuple[Lint, ...]) -> tuple[Lint, ...]:
    checked: tuple[Any, ...] = tuple(found)
    if not all(isinstance(one, Lint) and all(storable_text(part) is not None for part in one) for one in checked):
        raise TypeError
    return checked


_MARKER: Final = 80 - len(" failed")


def _marker(marker: Any) -> str:
    if len(storable_text(marker)) > _MARKER:
        raise ValueError
    return str(marker)


def _shares(parts: Mapping[str, Fraction] | None) -> Mapping[str, Fraction] | None:
    if parts is None:
        return None
    checked: Any = parts
    if not all(
        isinstance(one, str) and isinstance(share, Fraction) and abs(share) <= _MOST for one, share in checked.items()
    ):
        raise TypeError
    storable({part: str(share) for part, share in parts.items()})
    return parts


_LABEL: Final = 32


def _label(question: Question, response: Response) -> str | None:
    classes = question.classes(response)
    if len(classes) != 1 or classes[0].part != "":
        return None
    label = storable_text(classes[0].label)
    return label if 0 < len(label) <= _LABEL else None


@dataclass(frozen=True, slots=True, eq=False)
class _Meaning:
    """The canonical form of a response, whose comparison never raises."""

    question: Contained
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
    return "json", json.dumps(response.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)


# ---------------------------------------------------------------------------------------------- stored JSON


def question_of(body: Mapping[str, Any], revision_id: uuid.UUID) -> Question:
    """Return a stored question; an `UnknownQuestion` if its type fails to read it."""
    try:
        return _question(parse_stored(body))
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        known = _mapping(body)
        _failed(str(known.get("type")), "parse", revision_id, error)
        return UnknownQuestion.of(known)


def _question(found: Any) -> Question:
    if not isinstance(found, Question):
        raise TypeError
    return found


def view_of(stored: Mapping[str, Any], revision_id: uuid.UUID) -> View:
    """Return a stored view; if its type fails to read it, a view with the prompt only."""
    try:
        return _of_kind(parse_view(stored), View)
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        known = _mapping(stored)
        _failed(str(known.get("type")), "parse_view", revision_id, error)
    language = known.get("language")
    prompt = UnknownQuestion.of(known).view()
    return prompt.model_copy(update={"language": language if isinstance(language, str) else None})


def _mapping(stored: Any) -> Mapping[str, Any]:
    # A type may have stored any JSON.
    return stored if isinstance(stored, Mapping) else {}


def permuted(view: View, revision_id: uuid.UUID, rng: Shuffler) -> View:
    """Return a view in a new order; if its type fails, in the stored order, which reveals nothing."""
    try:
        return _of_kind(view.permuted(rng), type(view))
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        _failed(view.type, "permuted", revision_id, error)
        return view


def view_and_identity(question: Question) -> dict[str, Any]:
    """Return the JSON of the view and the identity of a question from an author.

    Raises:
        UsageError: `type_failed`: its type fails to create them, or its view has the wrong class or cannot be read.
    """
    try:
        view = storable(_of_kind(question.view(), question.view_type).model_dump(mode="json"))
        _of_kind(parse_view(view), question.view_type)
        return {"view": view, "identity": _identity(question.identity())}
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        _failed(question.type, "view", None, error)
    raise UsageError("type_failed", f"The question type {question.type} failed to make a view")


_IDENTITY: Final = 64


def _identity(identity: Any) -> str:
    if not 0 < len(storable_text(identity)) <= _IDENTITY:
        raise ValueError
    return str(identity)


def _body(body: Any, name: str) -> dict[str, Any]:
    if not isinstance(body, dict) or body.get("type") != name:
        raise TypeError
    return body


def body_of(question: Question) -> dict[str, Any]:
    """Return the JSON of a question from an author.

    Raises:
        Invalid: `question_invalid`: a field of a host's own type contains something that no database can store.
        UsageError: `type_failed`: its type fails to write it.
    """
    try:
        body = _body(question.model_dump(mode="json"), question.type)
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        _failed(question.type, "model_dump", None, error)
    else:
        try:
            return storable(body)
        except (ValueError, TypeError, RecursionError):
            message = "The question contains something that cannot be stored, such as a NUL character"
            invalid = Invalid("question_invalid", message)
        raise invalid
    raise UsageError("type_failed", f"The question type {question.type} failed to write a question")
