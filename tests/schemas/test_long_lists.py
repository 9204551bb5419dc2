"""A list over its limit is refused before its items are validated."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from quizkit import schemas
from quizkit.errors import Invalid
from quizkit.questions import Text, parse, registered
from quizkit.questions._content import MAX_ITEMS

SENT = ("Create", "Update", "Settings", "Outline", "Response", "Slot", "Policy", "Band")


def nested(model: Any, seen: set[Any]) -> Iterator[tuple[str, str, FieldInfo]]:
    """Yield every field that is a list or a set, of a model and of the models inside it."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)) or model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        inside = list(parts(field.annotation))
        if any(typing.get_origin(part) in {tuple, frozenset, list, set} for part in inside):
            yield model.__name__, name, field
        for part in inside:
            yield from nested(part, seen)


def parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in typing.get_args(annotation):
        yield from parts(part)


SEEN: set[Any] = set()
FIELDS = [
    found
    for model in [
        Text,
        *registered().values(),
        *(one.response_type for one in registered().values()),
        *(getattr(schemas, name) for name in schemas.__all__ if name.endswith(SENT)),
    ]
    for found in nested(model, SEEN)
]


@pytest.mark.parametrize(("model", "name", "field"), FIELDS, ids=[f"{model}.{name}" for model, name, _ in FIELDS])
def test_no_item_of_a_list_over_its_limit_is_validated(model: str, name: str, field: FieldInfo) -> None:
    whole: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation

    with pytest.raises(ValidationError) as refused:
        TypeAdapter(whole).validate_python([object()] * (MAX_ITEMS + 1))

    assert [fault["type"] for fault in refused.value.errors() if fault["type"] != "none_required"] == ["too_long"]


def test_the_cases_cover_lists_of_every_question_type() -> None:
    assert {"Choice.options", "ChoiceResponse.selected", "OrderingResponse.order", "QuizCreate.questions"} <= {
        f"{model}.{name}" for model, name, _ in FIELDS
    }


def test_a_hundred_thousand_bad_options_yield_one_problem() -> None:
    with pytest.raises(Invalid) as refused:
        parse({"type": "choice", "content": "?", "options": [{"content": 5}] * 100_000})

    assert [problem.code for problem in refused.value.problems] == ["too_long"]
