"""The open set of question types: registration, parsing, and field types that dispatch at run time.

Dispatch happens when a value is validated, not when a class is built, so existing schemas accept types that a host
registers later. A body whose type is not registered is read as `UnknownQuestion`. The module of a built-in type is
loaded when the type is first used.
"""

import contextlib
from collections import ChainMap
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, cast

from pydantic import BaseModel, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema, from_json

from quizkit.errors import Invalid, UsageError
from quizkit.questions import _loading
from quizkit.questions._base import Question, Response, View
from quizkit.questions._content import Text
from quizkit.questions._marking import Trace, Verdict
from quizkit.vocabulary import QuestionType

Q = TypeVar("Q", bound=type[Question])

_MAX_BODY: Final = 2_000_000
_MAX_NAME_LENGTH: Final = 64
_BUILT_IN: Final = frozenset(QuestionType)
DRAFT: Final = "draft"
"""The `type` of a draft, which no question type may have."""
_types: dict[str, type[Question]] = {}
"""The types that are loaded, by name."""


def register(question_type: Q) -> Q:
    """Register a question type for parsing, storage, grading, JSON Schema and the checks; usable as a decorator.

    It can be called at any time, even after schemas were built. Registering the same class again has no effect. A class
    that is redefined in the same module under the same name replaces the old one.

    Raises:
        UsageError: another class has the name, or the class does not implement the interface of a type.
    """
    name = _fields(question_type)["type"].default
    if not isinstance(name, str) or not name.isidentifier() or len(name) > _MAX_NAME_LENGTH:
        raise UsageError(
            "type_unnamed", "A question type needs a field `type: Literal[...]` with a name of at most 64 characters"
        )
    if getattr(question_type, "__abstractmethods__", None):
        raise UsageError(
            "type_incomplete", f"The question type {name} does not implement all abstract methods", type=name
        )
    for promised, base in (("view_type", View), ("response_type", Response)):
        found = getattr(question_type, promised, None)
        if not (isinstance(found, type) and issubclass(found, base)) or issubclass(found, Question):
            raise UsageError("type_incomplete", f"The question type {name} needs a valid {promised}", type=name)
    known = type_named(name)
    if name == DRAFT or (known is not None and _place(known) != _place(question_type)):
        raise UsageError("type_taken", f"Another question type is registered as {name}", type=name)
    _types[name] = question_type
    return question_type


def _place(question_type: type[Question]) -> tuple[str, str]:
    """Return where a class is defined: reloading a module, or running a notebook cell again, redefines it."""
    return question_type.__module__, question_type.__qualname__


def _fields(question_type: type[Question]) -> dict[str, FieldInfo]:
    return question_type.model_fields


def registered() -> Mapping[str, type[Question]]:
    """Return the registered types by name; the mapping includes later registrations."""
    return MappingProxyType(ChainMap(_types, _built_in_types()))


@cache
def _built_in_types() -> dict[str, type[Question]]:
    """Load all built-in types; they come first in `registered`, in one order whichever was used first."""
    return {name.value: _built_in(name) for name in QuestionType}


def _built_in(name: str) -> type[Question]:
    class_name, *_ = _loading.MODULES[name]
    found: type[Question] = getattr(_loading.module(name), class_name)
    return found


def type_named(name: object) -> type[Question] | None:
    """Return the class that is registered under a name, None if there is none."""
    if not isinstance(name, str):
        return None
    known = _types.get(name)
    if known is None and name in _BUILT_IN:
        known = _types[name] = _built_in(name)
    return known


class UnknownQuestion(Question):
    """A stored question whose type is not registered here: it can be listed and exported, but not graded.

    `body` is the stored body, unchanged.
    """

    response_type = Response
    view_type = View
    answerable = False

    type: str = Field(description="The name of the type that is not registered.")
    body: dict[str, Any] = Field(description="The stored body, unchanged.")

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "UnknownQuestion":
        """Return a stored body that cannot be read here."""
        return cls.model_construct(type=str(body.get("type")), content=_prompt_of(body), body=dict(body))

    def view(self) -> View:
        return View(type=self.type, content=self.content, language=self.language)

    def key(self) -> Response | None:
        return None

    def _mark(self, response: Any) -> Verdict:
        return Verdict(None, Trace("unknown_type", {"type": self.type}, None))

    def summarise(self, response: Any) -> str:
        return ""

    def _samples(self) -> Any:
        return iter(())

    def guess_score(self) -> Fraction | None:
        return None


def _upgraded(question_type: type[Question], data: Any) -> Any:
    if not isinstance(data, Mapping):
        return data
    version = data.get("version", question_type.body_version)
    if not isinstance(version, int) or isinstance(version, bool) or version > question_type.body_version:
        raise PydanticCustomError("body_version", "The version of this body is unknown to this release")
    if version < question_type.body_version:
        data = {**question_type.upgrade(data, version), "version": question_type.body_version}
    return data


def read_question(data: Any) -> Question:
    if isinstance(data, Question) and type_named(data.type) is type(data):
        return data
    name = data.get("type") if isinstance(data, Mapping) else None
    question_type = type_named(name)
    if question_type is None:
        raise PydanticCustomError("question_type", "A question needs a registered `type`")
    return question_type.model_validate(_upgraded(question_type, data))


def parse(data: object) -> Question:
    """Return a question from JSON values, a JSON string or bytes.

    Raises:
        Invalid: the type is not registered, the version of the body is unknown, or the body is not valid.
    """
    try:
        return read_question(_loaded(data))
    except PydanticCustomError as error:
        refused = Invalid("question_invalid", f"The question is not valid: {error.message()}")
    except ValidationError as error:
        refused = Invalid.of(error, "question", "question_invalid")
    raise refused


def parse_stored(body: Mapping[str, Any]) -> Question:
    """Return a stored question; one that this release cannot read becomes an `UnknownQuestion`.

    Its type or its version is unknown here, or its body is no longer valid. One such question must not make a page of
    questions unreadable.
    """
    try:
        return parse(body)
    except Invalid:
        return UnknownQuestion.of(body)


def _prompt_of(body: Mapping[str, Any]) -> Text:
    content = body.get("content")
    try:
        return Text.model_validate({"text": content} if isinstance(content, str) else content)
    except ValidationError:
        return Text(text="?")


def _loaded(data: object) -> Any:
    if not isinstance(data, str | bytes | bytearray):
        return data
    if len(data) > _MAX_BODY:
        raise Invalid("question_invalid", "The question is too large")
    with contextlib.suppress(ValueError, TypeError):  # the latter for text with lone surrogates
        return from_json(data)
    raise Invalid("question_invalid", "The question is not valid JSON")


class ByType:
    """The schema of a field for a question, or a view, of any registered type.

    `other` is the class that replies use if a type is not registered, None if they never do. `draft` is the class of
    drafts, if they are accepted too.
    """

    def __init__(
        self,
        dispatch: Callable[[Any], Any],
        other: type[BaseModel] | None = None,
        draft: type[BaseModel] | None = None,
    ) -> None:
        self.dispatch = dispatch
        self.other = other
        self.draft = draft

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Serialised by the value's own class. The class of a view cannot hold a key, whatever the field type.
        return core_schema.no_info_plain_validator_function(self.dispatch)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        shown = {}
        for name, question_type in sorted(registered().items()):
            model = question_type.view_type if self.dispatch is _dispatch_view else question_type
            shown[name] = handler(_named_schema(model))
        if self.draft is not None:
            shown[DRAFT] = handler(_named_schema(self.draft))
        mapping = {name: ref["$ref"] for name, ref in shown.items() if "$ref" in ref}
        shapes = list(shown.values())
        if self.other is not None and handler.mode == "serialization":
            unknown = {"properties": {"type": {"not": {"enum": list(shown)}}}, "required": ["type"]}
            shapes.append({"allOf": [handler(_named_schema(self.other)), unknown]})
        return {"oneOf": shapes, "discriminator": {"propertyName": "type", "mapping": mapping}}


class _Responses:
    """The schema of a field for a response that its question has not read yet: any JSON, documented by type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        shapes = {
            question_type.response_type: name for name, question_type in sorted(registered().items(), reverse=True)
        }
        known = [handler(_named_schema(shape)) for shape in sorted(shapes, key=shapes.__getitem__)]
        # A reply may also contain the response to a question whose type is not registered here.
        return {"anyOf": known if handler.mode == "validation" else [*known, {"type": "object"}]}


def _named_schema(model: type[BaseModel]) -> CoreSchema:
    """Return the schema of a class under its own name, so that JSON Schema references it instead of repeating it.

    Pydantic omits the name of a class that is used once; the discriminator needs it for every class.
    """
    model.model_rebuild()
    schema: Any = model.__pydantic_core_schema__
    if schema["type"] == "definitions":
        return cast("CoreSchema", schema)
    ref = f"{model.__module__}.{model.__qualname__}:{id(model)}"
    return core_schema.definitions_schema(core_schema.definition_reference_schema(ref), [{**schema, "ref": ref}])


def _dispatch_stored(data: Any) -> Question:
    return data if isinstance(data, Question) else read_question(data)


def _dispatch_view(data: Any) -> View:
    if isinstance(data, View):
        return data
    question_type = type_named(data.get("type")) if isinstance(data, Mapping) else None
    if question_type is not None:
        return question_type.view_type.model_validate(data)
    # If the type is not registered here, only the prompt is shown.
    known = {name: data[name] for name in View.model_fields if name in data} if isinstance(data, Mapping) else data
    return View.model_validate(known)


def parse_view(stored: Mapping[str, Any]) -> View:
    """Return a stored view; if its type is not registered here, it has only the prompt."""
    return _dispatch_view(stored)


if TYPE_CHECKING:
    AnyQuestion = Question
    StoredQuestion = Question
    AnyView = View
    AnyResponse = Any
else:
    AnyQuestion = Annotated[Question, ByType(read_question)]
    StoredQuestion = Annotated[Question, ByType(_dispatch_stored, UnknownQuestion)]
    """Like `AnyQuestion`, but also accepts stored questions whose type is not registered here."""
    AnyView = Annotated[View, ByType(_dispatch_view, View)]
    AnyResponse = Annotated[Any, _Responses()]
