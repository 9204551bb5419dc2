"""What an author has written of a question so far: it need not be complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from quizkit.questions._base import Question
from quizkit.questions._model import Model
from quizkit.questions._registry import DRAFT, ByType, read_question, type_named

__all__ = ["AnyDraft", "QuestionDraft"]

MAX_CHARACTERS: Final = 2_000_000
MAX_VALUES: Final = 100_000
MAX_DEPTH: Final = 20
"""MariaDB stores at most 32 levels; the deepest question of a built-in type has 6."""
MAX_BITS: Final = 1_024


class _Bounds:
    """Counts while a body is copied, so that what is too large is refused before the rest of it is read."""

    def __init__(self) -> None:
        self._values = self._characters = 0

    def copied(self, value: Any, depth: int = 1) -> Any:
        """Return a copy of a JSON value, made of plain objects.

        Raises:
            OverflowError: it is too large or too deep.
            TypeError: it is not JSON.
        """
        self._values += 1
        if depth > MAX_DEPTH or self._values > MAX_VALUES:
            raise OverflowError
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int):
            return self._number(value)
        if isinstance(value, Mapping):
            return {self._name(name): self.copied(item, depth + 1) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.copied(item, depth + 1) for item in value]
        raise TypeError

    def _text(self, value: str) -> str:
        self._characters += len(value)
        if self._characters > MAX_CHARACTERS:
            raise OverflowError
        return str.__str__(value)  # an enum of strings as its value

    def _name(self, value: object) -> str:
        if not isinstance(value, str):
            raise TypeError
        return self._text(value)

    @staticmethod
    def _number(value: int) -> int:
        if value.bit_length() > MAX_BITS:
            raise OverflowError
        return value


def _body(value: object) -> dict[str, Any]:
    """Return a copy of a body that every database can store, with the version of its shape."""
    body = _bounded(value)
    question_type = type_named(body.get("type"))
    if question_type is None:
        raise PydanticCustomError("question_type", "A question needs a registered `type`")
    # Else a later release would read it as a body of its own version.
    return {"version": question_type.body_version, **body}


def _bounded(value: object) -> dict[str, Any]:
    from quizkit.questions._guards.storable import storable  # noqa: PLC0415 - an import of the schemas needs no guards

    if not isinstance(value, Mapping):
        raise PydanticCustomError("draft_body", "The body of a draft must be a JSON object")
    try:
        body: dict[str, Any] = storable(_Bounds().copied(value))
    except OverflowError:
        error = PydanticCustomError("draft_too_large", "The body of a draft is too large or nested too deeply")
    except (TypeError, ValueError):
        error = PydanticCustomError("draft_body", "The body of a draft must be JSON that every database can store")
    else:
        return body
    raise error  # outside the block, because the caught error contains input


_BODY_SCHEMA: Final = {
    "type": "object",
    "properties": {"type": {"type": "string", "description": "The question type."}},
    "required": ["type"],
    "additionalProperties": True,
}


class QuestionDraft(Model):
    """What an author has written of a question so far: the JSON of a question, which need not be complete.

    A verb that stores it reads it as a question. If that succeeds, it stores a question like any other; otherwise it
    stores the draft with its problems. Takers never get a draft.
    """

    type: Literal["draft"] = Field(default=DRAFT, description="draft.")
    body: Annotated[dict[str, Any], BeforeValidator(_body), WithJsonSchema(_BODY_SCHEMA)] = Field(
        description="The JSON of the question so far, with the `type` that it will have; at most 2 MB, 100,000 values and 20 levels."
    )


def _dispatch(data: Any) -> Question | QuestionDraft:
    is_draft = isinstance(data, QuestionDraft) or (isinstance(data, Mapping) and data.get("type") == DRAFT)
    return QuestionDraft.model_validate(data) if is_draft else read_question(data)


if TYPE_CHECKING:
    AnyDraft: TypeAlias = Question | QuestionDraft
else:
    AnyDraft = Annotated[Question | QuestionDraft, ByType(_dispatch, draft=QuestionDraft)]
    """Like `AnyQuestion`, but also accepts drafts."""
