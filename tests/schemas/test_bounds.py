"""All client input is bounded: every field of every schema that a verb reads, and of the schemas inside."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from quizkit import schemas
from quizkit.questions import Question, registered
from quizkit.schemas import AccommodationSettings, QuizCreate, QuizOutline, QuizUpdate, SectionOutline

SENT = ("Create", "Update", "Settings", "Outline", "Response", "Slot", "Policy", "Band")
CHECKED_LATER = {"QuizOutline.version", "SaveResponse.response", "CheckResponse.response", "Question.type"}
"""Fields without bounds of their own: a version is only compared, and the type of the question parses a response."""

HUGE: dict[str, Any] = {
    "a number": 10**41,
    "a negative number": -(10**41),
    "a text": "x" * 100_001,
    "a list": [None] * 501,
    "a mapping": {str(key): "x" for key in range(501)},
}


def inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from inside(part)


def sent() -> list[type[BaseModel]]:
    """Return the schemas that verbs read, the question types and their responses, and all schemas inside them."""
    types = registered().values()
    waiting: list[Any] = [getattr(schemas, name) for name in schemas.__all__ if name.endswith(SENT)]
    waiting += [*types, *(one.response_type for one in types)]
    found: dict[str, type[BaseModel]] = {}
    while waiting:
        model = waiting.pop()
        if model.__name__ not in found:
            found[model.__name__] = model
            waiting += [one for field in model.model_fields.values() for one in inside(field.annotation)]
    return [found[name] for name in sorted(found)]


SCHEMAS = sent()


def accepts(field: FieldInfo, value: Any) -> bool:
    whole: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    try:
        TypeAdapter(whole).validate_python(value)
    except ValidationError:
        return False
    return True


def test_input_schemas_are_found_with_everything_nested_in_them() -> None:
    names = {model.__name__ for model in SCHEMAS}

    assert {
        "QuizCreate",
        "SaveResponse",
        "ChoiceResponse",
        "Option",
        "Unit",
        "TextGap",
        "MediaRef",
        "DrawSlot",
    } <= names
    assert len(names) > 50


@pytest.mark.parametrize("model", SCHEMAS, ids=lambda model: model.__name__)
def test_a_schema_rejects_an_unknown_field(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as rejected:
        model.model_validate({"colour": "red"})

    assert ("extra_forbidden", ("colour",)) in [(one["type"], one["loc"]) for one in rejected.value.errors()]


@pytest.mark.parametrize("model", SCHEMAS, ids=lambda model: model.__name__)
def test_every_field_is_bounded(model: type[BaseModel]) -> None:
    unbounded = {name.rpartition(".")[2] for name in CHECKED_LATER if name.startswith(f"{model.__name__}.")}
    if issubclass(model, Question):
        unbounded.add("version")  # the registry compares it with the versions that it knows
    fields = {name: field for name, field in model.model_fields.items() if name not in unbounded}

    assert [
        (name, kind) for name, field in fields.items() for kind, value in HUGE.items() if accepts(field, value)
    ] == []


def bounded() -> Iterator[tuple[str, FieldInfo, Any, Any]]:
    """Yield every bounded integer and text: the field, a value at each bound, and one beyond it."""
    for model in SCHEMAS:
        shape = model.model_json_schema(mode="validation")
        for name, described in shape.get("properties", {}).items():
            for one in [described, *described.get("anyOf", [])]:
                field = model.model_fields[name]
                if one.get("type") == "integer" and "minimum" in one:
                    yield f"{model.__name__}.{name}", field, one["minimum"], one["minimum"] - 1
                if one.get("type") == "integer" and "maximum" in one:
                    yield f"{model.__name__}.{name}", field, one["maximum"], one["maximum"] + 1
                if one.get("type") == "string" and "maxLength" in one and "pattern" not in one:
                    yield f"{model.__name__}.{name}", field, "x" * one["maxLength"], "x" * (one["maxLength"] + 1)


NAMED = {"AssignmentCreate.zone", "AssignmentUpdate.zone", "Unit.name"}
"""Texts that must also be a known name."""


@pytest.mark.parametrize(
    ("name", "field", "last", "beyond"), [pytest.param(*one, id=f"{one[0]}-{str(one[2])[:9]}") for one in bounded()]
)
def test_bounds_are_inclusive(name: str, field: FieldInfo, last: Any, beyond: Any) -> None:
    assert accepts(field, last) or name in NAMED
    assert not accepts(field, beyond)


def test_feedback_bands_have_the_same_limit_in_an_update_as_in_a_new_quiz() -> None:
    bands = [{"minimum": f"{share}/100", "content": "x"} for share in range(51)]

    assert len(QuizUpdate(feedback_bands=bands[:50]).feedback_bands or ()) == 50  # type: ignore[arg-type] # parsed
    with pytest.raises(ValidationError, match="at most 50 items"):
        QuizUpdate(feedback_bands=bands)  # type: ignore[arg-type] # parsed


def test_an_outline_has_at_most_a_hundred_sections() -> None:
    assert len(QuizOutline(sections=[SectionOutline()] * 100).sections) == 100
    with pytest.raises(ValidationError, match="at most 100 items"):
        QuizOutline(sections=[SectionOutline()] * 101)


@pytest.mark.parametrize("name", ["penalty", "late_penalty"])
@pytest.mark.parametrize("share", ["-1/100", "101/100"])
def test_a_penalty_is_a_fraction_between_zero_and_one(name: str, share: str) -> None:
    assert all(accepts(QuizCreate.model_fields[name], end) for end in ("0", "1"))
    with pytest.raises(ValidationError, match="share"):
        QuizCreate.model_validate({"title": "Rivers", name: share})


@pytest.mark.parametrize("factor", ["99/100", "1001/100"])
def test_a_time_factor_is_between_one_and_ten(factor: str) -> None:
    field = AccommodationSettings.model_fields["time_factor"]

    assert all(accepts(field, end) for end in ("1", "10"))
    with pytest.raises(ValidationError, match="A factor must be from 1 to 10"):
        AccommodationSettings.model_validate({"time_factor": factor})
