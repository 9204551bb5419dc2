"""Serialised data matches the published JSON Schema: every public schema, in both modes."""

from __future__ import annotations

import functools
import json
import types
import typing
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

import pytest
from annotated_types import Ge, Gt, Le, MinLen
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ValidationError

from json_schema import problems
from quizkit import schemas
from quizkit.questions import Question, QuestionType, Response, Text, UnreadableResponse, View, parse_stored, registered
from quizkit.schemas import PaperQuestion, QuestionReturn
from quizkit.testing import questions, responses_for, texts

Mode = Literal["validation", "serialization"]
_FIRST: Final = datetime(1990, 1, 1)  # noqa: DTZ001 - Hypothesis takes bounds without a zone
_LAST: Final = datetime(2100, 1, 1)  # noqa: DTZ001 - as above
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
_NOON: Final = datetime(2026, 5, 4, 12, tzinfo=UTC)

_GENERIC: Final = {"Page": (schemas.QuestionReturn,)}
_NAMED: Final[dict[str, st.SearchStrategy[Any]]] = {
    "zone": st.sampled_from([None, "Europe/Vienna", "Asia/Kathmandu"]),
    "time_factor": st.fractions(1, 10, max_denominator=40),
}


def _public() -> dict[str, type[BaseModel]]:
    """Return the public schemas by name; generic ones have integer ids of hosts."""
    found: dict[str, type[BaseModel]] = {}
    for name in schemas.__all__:
        schema: Any = getattr(schemas, name)
        has_parameters = bool(schema.__pydantic_generic_metadata__["parameters"])
        found[name] = schema[_GENERIC.get(name, (int,))] if has_parameters else schema
    return found


SCHEMAS: Final = _public()


@st.composite
def _made(draw: st.DrawFn, schema: type[BaseModel]) -> BaseModel:
    """Draw a value of a schema: every required field, and some of the others."""
    values = {}
    for name, field in schema.model_fields.items():
        if field.is_required() or draw(st.booleans()):
            values[name] = draw(_field(schema, name))
    try:
        return schema(**values)
    except ValidationError:
        reject()  # the drawn fields contradict each other


@functools.cache
def _field(schema: type[BaseModel], name: str) -> st.SearchStrategy[Any]:
    field = schema.model_fields[name]
    return _NAMED[name] if name in _NAMED else _of(field.annotation, tuple(field.metadata))


def _of(annotation: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _of(inner[0], (*metadata, *inner[1:]))
    if origin in {Union, types.UnionType}:
        return st.one_of(*(_of(one, metadata) for one in inner))
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in {tuple, frozenset}:
        return st.lists(_of(inner[0]), min_size=_least(metadata), max_size=2).map(origin)
    if origin is not None:  # a mapping
        return st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=2)
    if annotation is Any:
        return _anything(metadata)
    return _plain(annotation, metadata)


def _plain(kind: type, metadata: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    if issubclass(kind, Question):
        return questions()
    if issubclass(kind, View):
        return questions().map(lambda question: question.view())
    if issubclass(kind, Response):
        return questions().flatmap(responses_for)
    if kind is Text:
        return texts()
    if issubclass(kind, BaseModel):
        return _made(kind)
    limits = {type(one): one for one in metadata}
    least = limits[Ge].ge if Ge in limits else limits[Gt].gt + 1 if Gt in limits else 0
    most = limits[Le].le if Le in limits else 10**6
    by_kind: dict[type, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(least, most),
        UUID: st.uuids(),
        str: st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20),
        AwareDatetime: st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)),
        datetime: st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)),
        # Python prints the smallest fraction of a point with an exponent.
        Decimal: st.just(Decimal("0.0000001")) | st.decimals(0, 9999, places=7) | st.just(Decimal("1E+3")),
        type(None): st.none(),
    }
    return by_kind[kind]


def _least(metadata: tuple[Any, ...]) -> int:
    return max((one.min_length for one in metadata if isinstance(one, MinLen)), default=0)


def _anything(metadata: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    written = {type(one).__name__ for one in metadata}
    if "_Responses" in written:
        return questions().flatmap(responses_for).map(lambda response: response.model_dump(mode="json"))
    if "PlainSerializer" in written:
        return st.fractions(0, 1, max_denominator=40)
    return st.none() | st.integers() | st.text(max_size=5)


@functools.cache
def _schema(shape: type[BaseModel], mode: Mode) -> dict[str, Any]:
    return shape.model_json_schema(mode=mode)


def _refuse_what_does_not_fit(value: BaseModel, modes: tuple[Mode, ...] = MODES) -> None:
    sent = json.loads(value.model_dump_json())
    for mode in modes:
        assert problems(sent, _schema(type(value), mode)) == []
    assert sent == value.model_dump(mode="json")


@pytest.mark.parametrize("name", SCHEMAS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_serialised_schemas_match_their_json_schema(name: str, data: st.DataObject) -> None:
    _refuse_what_does_not_fit(data.draw(_made(SCHEMAS[name])))


@pytest.mark.parametrize("name", list(QuestionType))
@settings(max_examples=20)
@given(data=st.data())
def test_questions_views_and_responses_match_their_json_schema(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))

    for shape in (question, question.view(), data.draw(responses_for(question))):
        _refuse_what_does_not_fit(shape)
    _refuse_what_does_not_fit(_returned(question))


def _returned(question: Question) -> QuestionReturn:
    return QuestionReturn(
        id=UUID(int=1), bank_id=UUID(int=2), type=question.type, points=question.points, revision=1, version=1,
        revision_id=UUID(int=3), question=question, created_at=_NOON, updated_at=_NOON,
    )  # fmt: skip


@settings(max_examples=20)
@given(data=st.data())
def test_a_question_of_an_unregistered_type_matches_the_json_schema(data: st.DataObject) -> None:
    assert "crossword" not in registered()
    stored = parse_stored({"type": "crossword", "content": "Fill in", "grid": [1]})
    seen = data.draw(_made(PaperQuestion)).model_copy(
        update={"view": stored.view(), "response": UnreadableResponse(body={"cells": ["a"]})}
    )

    _refuse_what_does_not_fit(_returned(stored), ("serialization",))
    _refuse_what_does_not_fit(seen, ("serialization",))


def test_the_json_schema_check_detects_mismatches() -> None:
    schema = QuestionReturn.model_json_schema(mode="serialization")

    assert problems({"id": 7}, schema)
    assert problems(
        {"a": "1E-7"}, {"type": "object", "properties": {"a": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}}}
    )
    with pytest.raises(KeyError):
        problems({}, {"unevaluatedProperties": False})


_OF_KIND: Final = {
    "string": {"minLength", "maxLength", "pattern"},
    "array": {"minItems", "maxItems", "prefixItems", "items"},
    "object": {"minProperties", "maxProperties", "properties", "required", "additionalProperties", "propertyNames"},
}


def _misplaced(shown: Any, place: str) -> list[str]:
    """Return where a schema of one kind has a keyword of another kind, which validators ignore."""
    if isinstance(shown, list):
        return [found for at, one in enumerate(shown) for found in _misplaced(one, f"{place}/{at}")]
    if not isinstance(shown, dict):
        return []
    kind = shown.get("type")
    foreign = [] if not isinstance(kind, str) else [
        f"{place}: {word}" for other, words in _OF_KIND.items() if other != kind for word in words & shown.keys()
    ]  # fmt: skip
    return foreign + [found for name, one in shown.items() for found in _misplaced(one, f"{place}/{name}")]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", _public())
def test_no_bound_is_written_as_that_of_another_kind(name: str, mode: Mode) -> None:
    assert _misplaced(_public()[name].model_json_schema(mode=mode), name) == []
