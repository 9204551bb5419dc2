"""Convert questions and views from and to stored JSON, whatever their types do."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from quizkit.errors import Invalid, UsageError
from quizkit.questions._base import Question, Response, Shuffler, View
from quizkit.questions._guards.checks import of_kind, sound_identity
from quizkit.questions._guards.log import log_failure
from quizkit.questions._guards.storable import storable
from quizkit.questions._registry import UnknownQuestion, UnreadableResponse, is_built_in, parse_stored, parse_view

__all__ = ["body_of", "permuted", "question_of", "response_of", "view_and_identity", "view_of"]


def question_of(body: Mapping[str, Any], revision_id: uuid.UUID) -> Question:
    """Return a stored question; an `UnknownQuestion` if its type fails to read it."""
    try:
        return _question(parse_stored(body))
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        known = _mapping(body)
        log_failure(str(known.get("type")), "parse", revision_id, error)
        return UnknownQuestion.of(known)


def _question(found: Any) -> Question:
    if not isinstance(found, Question):
        raise TypeError
    return found


def view_of(stored: Mapping[str, Any], revision_id: uuid.UUID) -> View:
    """Return a stored view; if its type fails to read it, a view with the prompt only."""
    try:
        return of_kind(parse_view(stored), View)
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        known = _mapping(stored)
        log_failure(str(known.get("type")), "parse_view", revision_id, error)
    language = known.get("language")
    prompt = UnknownQuestion.of(known).view()
    return prompt.model_copy(update={"language": language if isinstance(language, str) else None})


def _mapping(stored: Any) -> Mapping[str, Any]:
    # A type may have stored any JSON.
    return stored if isinstance(stored, Mapping) else {}


def response_of(stored: Any, response_type: type[Response] | None, revision_id: uuid.UUID) -> Response:
    """Return a stored response; an `UnreadableResponse` if its type is not registered, or fails to read it."""
    if response_type is None:
        return UnreadableResponse(body=stored)
    try:
        found = of_kind(response_type.model_validate(stored), response_type)
        if not is_built_in(response_type):
            storable(found.model_dump(mode="json"))
    except ValidationError:
        return UnreadableResponse(body=stored)
    except Exception as error:  # noqa: BLE001 - a host's response class may raise anything
        log_failure(response_type.__name__, "model_validate", revision_id, error)
        return UnreadableResponse(body=stored)
    return found


def permuted(view: View, revision_id: uuid.UUID, rng: Shuffler) -> View:
    """Return a view in a new order; if its type fails, in the stored order, which reveals nothing."""
    try:
        return of_kind(view.permuted(rng), type(view))
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        log_failure(view.type, "permuted", revision_id, error)
        return view


def view_and_identity(question: Question) -> dict[str, Any]:
    """Return the JSON of the view and the identity of a question from an author.

    Raises:
        UsageError: `type_failed`: its type fails to create them, or its view has the wrong class or cannot be read.
    """
    try:
        view = storable(of_kind(question.view(), question.view_type).model_dump(mode="json"))
        of_kind(parse_view(view), question.view_type)
        return {"view": view, "identity": sound_identity(question.identity())}
    except Exception as error:  # noqa: BLE001 - a host's question type may raise anything
        log_failure(question.type, "view", None, error)
    raise UsageError("type_failed", f"The question type {question.type} failed to make a view")


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
        log_failure(question.type, "model_dump", None, error)
    else:
        try:
            return storable(body)
        except (ValueError, TypeError, RecursionError):
            message = "The question contains something that cannot be stored, such as a NUL character"
            invalid = Invalid("question_invalid", message)
        raise invalid
    raise UsageError("type_failed", f"The question type {question.type} failed to write a question")
