"""Question types may be a host's own, and what their code raises must not reach takers. Here it is caught and logged.

What is logged names the type, the method, the revision and the place in the code, and nothing that anybody typed.
Marks that could not be computed are left to a person.
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

__all__ = ["Contained", "body_of", "permuted", "question_of", "seen", "view_of"]

T = TypeVar("T")

_log: Final = logging.getLogger("quizkit.questions")
_MOST: Final = 10
"""No share of the points is further from 0: what a type returns must fit where points are kept."""


def _failed(type_name: str, method: str, about: object, error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    kind = type(error).__name__
    _log.error("A question type failed: type=%s method=%s revision=%s error=%s at %s", type_name, method, about, kind, place)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contained:
    """A question with its key, whose methods never raise what a host's code raises."""

    question: Question
    revision_id: uuid.UUID

    @property
    def answerable(self) -> bool:
        """Whether there is something to answer."""
        return self.question.answerable

    @property
    def hints(self) -> tuple[Hint, ...]:
        """Its hints."""
        return self.question.hints

    @property
    def general_feedback(self) -> Text | None:
        """What is shown with every result."""
        return self.question.general_feedback

    @property
    def marker(self) -> str:
        """The name and the version of its marking; without the version where the type fails to say it."""
        return self._or("marker", lambda: _marker(self.question.marker), lambda: self.question.type)

    def read(self, data: object) -> Response:
        """Return a response.

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
            refused = Invalid.of(error, "response", "response_invalid")
        except Exception as error:  # noqa: BLE001 - as above
            self._failed("response_type", error)
            refused = Invalid("response_invalid", "The response cannot be read")
        raise refused

    def written(self, response: Response) -> Any:
        """Return a response as JSON values, as it is stored.

        Raises:
            Invalid: `response_invalid`: its class fails to write it.
        """
        try:
            return storable(response.model_dump(mode="json"))
        except Exception as error:  # noqa: BLE001 - a host's response class may raise anything
            self._failed("model_dump", error)
        raise Invalid("response_invalid", "The response cannot be written")

    def mark(self, response: Response | None) -> Grade:
        """Return what a response is worth. What fails, or is no mark, is left to a person: never silently wrong."""
        return self._or("mark", lambda: _sound(self.question.mark(response)), self.unmarked)

    def problems(self, response: Response | None) -> tuple[Problem, ...]:
        """Return what of a response cannot be marked as it is; nothing where the type fails, and a person marks it."""
        return self._or("problems", lambda: _told(self.question.problems(response)), tuple)

    def unmarked(self) -> Grade:
        """Return the grade of a response that the type failed to mark."""
        return Grade(None, GradeState.NEEDS_GRADING, f"{self.marker} failed", Trace("marker_failed"))

    def parts(self, response: Response) -> tuple[bool, Mapping[str, Fraction] | None]:
        """Return whether the type could say what its parts earned, and that."""
        return self._or("parts", lambda: (True, _shares(self.question.parts(response))), lambda: (False, None))

    def label(self, response: Response) -> str | None:
        """Return the one class that a response falls in, None where there are several, or it cannot be kept."""
        return self._or("classes", lambda: _label(self.question, response), _none)

    def canonical(self, response: Response) -> Hashable | None:
        """Return what a response says; its JSON where the type fails to say it."""

        def said() -> Hashable | None:
            value = self.question.canonical(response)
            return None if value is None else _Said(self, value, _hash_of(value))

        return self._or("canonical", said, lambda: _as_json(response))

    def is_complete(self, response: Response) -> bool:
        """Return whether a check of a response uses a try; yes where the type fails to say it."""
        return self._or("is_complete", lambda: bool(self.question.is_complete(response)), lambda: True)

    def right_part(self, response: Response | None) -> RightPart | None:
        """Return what is right of a response; None where the type has no parts, or fails."""

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
        """Return a response as a line of text; "" where the type fails."""
        return self._or("summarise", lambda: storable_text(self.question.summarise(response)), str)

    def key(self) -> Any:
        """Return the JSON of a response that marks as full; None where there is none, and where the type fails."""

        def key() -> Any:
            found = self.question.key()
            return None if found is None else storable(self._own(found).model_dump(mode="json"))

        return self._or("key", key, _none)

    def lint(self) -> tuple[Lint, ...]:
        """Return what is probably a mistake of the author's, or that the type fails to say it."""
        silent = Lint("type_failed", "The question type failed when it was asked for mistakes")
        return self._or("lint", lambda: _linted(self.question.lint()), lambda: (silent,))

    def trace_of(self, grade: Grade) -> dict[str, Any]:
        """Return the trace of a grade as JSON that can be kept."""

        def trace() -> dict[str, Any]:
            return storable(grade.trace.as_dict())

        return self._or("trace", trace, lambda: Trace("trace_failed").as_dict())

    def is_equal(self, one: Hashable, other: Hashable) -> bool:
        """Return whether two values of `canonical` are equal; no where they fail to say it."""
        return self._or("canonical", lambda: _of_kind(one == other, bool), lambda: False)

    def _own(self, response: Any) -> Response:
        """Return a response of this type, or raise."""
        return _of_kind(response, self.question.response_type)

    def _or(self, method: str, ask: Callable[[], T], instead: Callable[[], T]) -> T:
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
            self._failed(method, error)
            return instead()

    def _failed(self, method: str, error: Exception) -> None:
        _failed(self.question.type, method, self.revision_id, error)


def _none() -> None:
    return None


def _of_kind(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise TypeError
    return value


def _sound(grade: Grade) -> Grade:
    """Return a grade that can be kept, or raise."""
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


def _told(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return problems that can be sent, or raise."""
    told: tuple[Any, ...] = tuple(problems)
    if not all(isinstance(one, Problem) and all(storable_text(part) is not None for part in one) for one in told):
        raise TypeError
    return told[:MAX_PROBLEMS]


def _linted(found: tuple[Lint, ...]) -> tuple[Lint, ...]:
    told: tuple[Any, ...] = tuple(found)
    if not all(isinstance(one, Lint) and all(storable_text(part) is not None for part in one) for one in told):
        raise TypeError
    return told


_MARKER: Final = 80 - len(" failed")


def _marker(marker: Any) -> str:
    if len(storable_text(marker)) > _MARKER:
        raise ValueError
    return str(marker)


def _shares(parts: Mapping[str, Fraction] | None) -> Mapping[str, Fraction] | None:
    if parts is None:
        return None
    told: Any = parts
    if not all(
        isinstance(one, str) and isinstance(share, Fraction) and abs(share) <= _MOST for one, share in told.items()
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
class _Said:
    """What a response says, whose comparison never raises."""

    question: Contained
    value: Hashable
    hash_value: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Said) and self.question.is_equal(self.value, other.value)

    def __hash__(self) -> int:
        return self.hash_value


def _hash_of(value: Hashable) -> int:
    same: Any = value == value  # noqa: PLR0124 - what is not equal to itself says nothing twice
    if same is not True:
        raise ValueError
    return hash(value)


def _as_json(response: Response) -> Hashable:
    return "json", json.dumps(response.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)


# ---------------------------------------------------------------------------------------------- what is stored


def question_of(body: Mapping[str, Any], revision_id: uuid.UUID) -> Question:
    """Return a stored question; one that its type fails to read becomes an `UnknownQuestion`."""
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
    """Return a stored view; one that its type fails to read shows its prompt and nothing else."""
    try:
        return _of_kind(parse_view(stored), View)
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        known = _mapping(stored)
        _failed(str(known.get("type")), "parse_view", revision_id, error)
    language = known.get("language")
    prompt = UnknownQuestion.of(known).view()
    return prompt.model_copy(update={"language": language if isinstance(language, str) else None})


def _mapping(stored: Any) -> Mapping[str, Any]:
    # What a type wrote may be any JSON.
    return stored if isinstance(stored, Mapping) else {}


def permuted(view: View, revision_id: uuid.UUID, rng: Shuffler) -> View:
    """Return a view in a new order; as it is where its type fails, which is an order that says nothing."""
    try:
        return _of_kind(view.permuted(rng), type(view))
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        _failed(view.type, "permuted", revision_id, error)
        return view


def seen(question: Question) -> dict[str, Any]:
    """Return the JSON of what takers see of a question that an author hands over, and what is the same for its like.

    Raises:
        UsageError: `type_failed`: its type fails to say it, or makes what is no view of its own or does not read back as one.
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
    """Return the JSON of a question that an author hands over.

    Raises:
        Invalid: `question_invalid`: a field of a host's own type took what no database keeps.
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
            refused: Exception = Invalid("question_invalid", "The question holds what cannot be stored, such as a NUL")
        raise refused
    raise UsageError("type_failed", f"The question type {question.type} failed to write a question")
