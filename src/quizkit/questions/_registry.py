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
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, TypeVar, cast, get_origin

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
    _refuse_response(name, question_type.response_type)
    known = type_named(name)
    if name == DRAFT or (known is not None and _place(known) != _place(question_type)):
        raise UsageError("type_taken", f"Another question type is registered as {name}", type=name)
    _types[name] = question_type
    return question_type


def _refuse_response(name: str, response_type: type[Response]) -> None:
    """Raise an error unless the responses of a type can be told from all others by their `type`."""
    tag = _tag_of(response_type)
    if not isinstance(tag, str) or get_origin(_fields(response_type)["type"].annotation) is not Literal:
        message = f"The responses of the question type {name} need a field `type: Literal[...]` with a default"
        raise UsageError("type_incomplete", message, type=name)
    known = UnreadableResponse if tag == _tag_of(UnreadableResponse) else response_named(tag)
    if known is not None and _place(known) != _place(response_type):
        raise UsageError("type_taken", f"Another class of responses has the type {tag}", type=name)


def _tag_of(response_type: type[Response]) -> Any:
    """Return the value of `type` of a class of responses; anything but a text if it has none of its own."""
    return _fields(response_type)["type"].default


def _place(kind: type[BaseModel]) -> tuple[str, str]:
    """Return where a class is defined: reloading a module, or running a notebook cell again, redefines it."""
    return kind.__module__, kind.__qualname__


def is_built_in(kind: type[BaseModel]) -> bool:
    """Return whether a class belongs to a built-in question type."""
    return kind.__module__.startswith(f"{__package__}.")


def _fields(kind: type[BaseModel]) -> dict[str, FieldInfo]:
    return kind.model_fields


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


def response_named(tag: object) -> type[Response] | None:
    """Return the class of responses with this `type`, if a question type that uses it is registered; otherwise None."""
    same = type_named(tag)
    for question_type in (*(() if same is None else (same,)), *_types.values()):
        found: type[Response] = question_type.response_type
        if _tag_of(found) == tag:
            return found
    return None


class UnreadableResponse(Response):
    """A stored response that cannot be read here: its question type is not registered, or has changed its shape.

    `body` is the stored response, unchanged.
    """

    type: Literal["unreadable"] = Field(default="unreadable", description="The type of the response.")
    body: Any = Field(default=None, description="The stored response, unchanged.")


class UnknownQuestion(Question):
    """A stored question whose type is not registered here: it can be listed and exported, but not graded.

    `body` is the stored body, unchanged.
    """

    response_type = UnreadableResponse
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
    """The schema of a field for a response of any registered type.

    A reply has a `Response`. What a taker sends stays unread (`read=False`) until its question reads it: an invalid
    response is refused by the verb, and does not prevent the others of a submit.
    """

    def __init__(self, *, read: bool) -> None:
        self.read = read

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Serialised by the value's own class.
        return (
            core_schema.no_info_plain_validator_function(_dispatch_response) if self.read else core_schema.any_schema()
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        kinds: dict[str, type[Response]] = {}
        for question_type in registered().values():
            kinds[_tag_of(question_type.response_type)] = question_type.response_type
        if handler.mode == "serialization":
            kinds[_tag_of(UnreadableResponse)] = UnreadableResponse
        shown = {tag: handler(_named_schema(kinds[tag])) for tag in sorted(kinds)}
        mapping = {tag: ref["$ref"] for tag, ref in shown.items() if "$ref" in ref}
        return {"oneOf": list(shown.values()), "discriminator": {"propertyName": "type", "mapping": mapping}}


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


def _dispatch_response(data: Any) -> Response:
    if isinstance(data, Response):
        return data
    tag = data.get("type") if isinstance(data, Mapping) else None
    if tag == _tag_of(UnreadableResponse):
        return UnreadableResponse.model_validate(data)
    kind = response_named(tag)
    return UnreadableResponse(body=data) if kind is None else kind.model_validate(data)


def parse_view(stored: Mapping[str, Any]) -> View:
    """Return a stored view; if its type is not registered here, it has only the prompt."""
    return _dispatch_view(stored)


if TYPE_CHECKING:
    AnyQuestion = Question
    StoredQuestion = Question
    AnyView = View
    AnyResponse = Response
    SentResponse: TypeAlias = Response | Mapping[str, object]
else:
    AnyQuestion = Annotated[Question, ByType(read_question)]
    StoredQuestion = Annotated[Question, ByType(_dispatch_stored, UnknownQuestion)]
    """Like `AnyQuestion`, but also accepts stored questions whose type is not registered here."""
    AnyView = Annotated[View, ByType(_dispatch_view, View)]
    AnyResponse = Annotated[Response, _Responses(read=True)]
    SentResponse = Annotated[Any, _Responses(read=False)]
    """A response that its question has not read yet: a `Response`, or its JSON; `type` may be missing."""
