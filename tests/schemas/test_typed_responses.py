"""The type of a response distinguishes it: in OpenAPI, and in what verbs return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ValidationError

from quizkit.errors import Invalid, UsageError
from quizkit.questions import (
    Choice,
    Essay,
    EssayResponse,
    NumberAnswer,
    Numeric,
    NumericResponse,
    Option,
    Question,
    QuestionType,
    Response,
    ShortAnswer,
    TextAnswer,
    UnreadableResponse,
    View,
    register,
    registered,
)
from quizkit.questions._registry import _types
from quizkit.schemas import (
    DrawSlot,
    Paper,
    PaperQuestion,
    QuestionSlot,
    QuizCreate,
    ReviewedQuestion,
    Saved,
    SaveResponse,
    SectionOutline,
)  # fmt: skip

NUMERIC = Numeric(content="How many?", answers=[NumberAnswer(value=3)])
SEEN: dict[str, Any] = {"slot": 1, "points": 1, "view": NUMERIC.view()}


@pytest.fixture
def forgotten() -> Iterator[None]:
    before = dict(_types)
    yield
    _types.clear()
    _types.update(before)


def union_of(shape: type[BaseModel], field: str, mode: Any) -> dict[str, Any]:
    found: dict[str, Any] = shape.model_json_schema(mode=mode)["properties"][field]
    return next((one for one in found.get("anyOf", ()) if "discriminator" in one), found)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
@pytest.mark.parametrize(
    ("shape", "field"),
    [
        (SaveResponse, "response"),
        (Saved, "response"),
        (PaperQuestion, "response"),
        (ReviewedQuestion, "right_response"),
    ],
)
def test_responses_are_discriminated_by_their_type(shape: type[BaseModel], field: str, mode: str) -> None:
    union = union_of(shape, field, mode)
    defs = shape.model_json_schema(mode=mode)["$defs"]  # type: ignore[arg-type] # a mode
    tags = {tag: defs[ref.rpartition("/")[2]] for tag, ref in union["discriminator"]["mapping"].items()}

    assert tags.keys() == {*QuestionType} | ({"unreadable"} if mode == "serialization" else set())
    assert {tag: (one["properties"]["type"]["const"], "type" in one["required"]) for tag, one in tags.items()} == {
        tag: (tag, True) for tag in tags
    }
    assert sorted(ref["$ref"] for ref in union["oneOf"]) == sorted(union["discriminator"]["mapping"].values())


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_discriminators_of_unions_are_required(mode: Any) -> None:
    defs = QuizCreate.model_json_schema(mode=mode)["$defs"] | Paper.model_json_schema(mode=mode)["$defs"]
    slots = SectionOutline.model_json_schema(mode=mode)["$defs"]

    for question_type in registered().values():
        assert "type" in defs[question_type.__name__]["required"]
        assert "type" in defs[question_type.view_type.__name__]["required"]
    for shape in (DrawSlot, QuestionSlot):
        assert "kind" in slots[shape.__name__]["required"]
    for name in ("TextGap", "NumberGap", "ChoiceGap", "NumberAnswer", "RangeAnswer"):
        assert "kind" in defs[name]["required"]


def test_a_response_of_another_type_is_invalid_although_it_looks_the_same() -> None:
    assert NUMERIC.read({"text": "3"}) == NUMERIC.read({"type": "numeric", "text": "3"}) == NumericResponse(text="3")
    with pytest.raises(Invalid) as refused:
        NUMERIC.read({"type": "essay", "text": "3"})
    assert (refused.value.code, refused.value.problems[0].path) == ("response_invalid", "type")


def test_a_reply_is_read_back_with_the_class_of_its_response() -> None:
    for response in (NumericResponse(text="3"), EssayResponse(text="3"), UnreadableResponse(body=[1])):
        question = PaperQuestion(**SEEN, response=response)
        again = PaperQuestion.model_validate_json(question.model_dump_json())
        assert (again.response, type(again.response)) == (response, type(response))
    with pytest.raises(ValidationError):
        PaperQuestion.model_validate({**SEEN, "response": {"type": "essay", "text": 3}})
    unknown = PaperQuestion.model_validate({**SEEN, "response": {"type": "crossword", "cells": []}})
    assert unknown.response == UnreadableResponse(body={"type": "crossword", "cells": []})


def test_a_request_keeps_its_response_unread() -> None:
    """A framework that reads the request would refuse all responses of a submit because of one."""
    for sent in ({"type": "essay", "text": 3}, {"type": "crossword"}, {"text": "3"}, NumericResponse(text="3")):
        assert SaveResponse(slot=1, sequence=1, response=sent).response is sent


def test_the_type_of_a_response_is_no_part_of_what_it_means() -> None:
    """Identities of questions that were stored before responses had a type are the same."""
    choice = Choice(content="?", options=[Option(content="a", correct=True), Option(content="b")])
    short = ShortAnswer(content="?", answers=[TextAnswer(text="a")])

    assert choice.identity() == "9a18ebe20982c4e134dcb5ff6ea67d225f526c5ccb2944a026bc52fc9fec03ab"
    assert short.identity() == "9daddaf41d593e135672f9a76e38c12f39a1353cf0df43488b23d248d41c7204"


# ---------------------------------------------------------------------------------------------- types of hosts


def host_type(name: str, tag: Any) -> type[Question]:
    """Return a type of a host with a class of responses that has this tag; None for none."""
    own = {} if tag is None else {"__annotations__": {"type": Literal[tag]}, "type": tag}
    response = type(f"{name.title()}Response", (Response,), {**own, "__module__": __name__})
    body = {"__annotations__": {"type": Literal[name]}, "type": name, "response_type": response, "view_type": View}
    return type(name.title(), (Essay,), {**body, "__module__": __name__})


@pytest.mark.usefixtures("forgotten")
def test_responses_of_a_registered_type_are_in_the_union() -> None:
    response = register(host_type("haiku", "haiku")).response_type

    assert "haiku" in union_of(PaperQuestion, "response", "validation")["discriminator"]["mapping"]
    read = PaperQuestion.model_validate({**SEEN, "response": {"type": "haiku"}}).response
    assert type(read) is response


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize(
    ("tag", "code"), [(None, "type_incomplete"), ("numeric", "type_taken"), ("unreadable", "type_taken")]
)
def test_a_type_without_distinct_responses_is_refused(tag: str | None, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        register(host_type("haiku", tag))
    assert refused.value.code == code


@pytest.mark.usefixtures("forgotten")
def test_question_types_may_share_a_class_of_responses() -> None:
    @register
    class Limerick(Essay):
        """A type of a host that takes the responses of essays."""

        type: Literal["limerick"] = "limerick"  # type: ignore[assignment] # another name than that of its base

    limerick = Limerick(content="Write one.")
    assert limerick.read({"type": "essay", "text": "x"}) == EssayResponse(text="x")
    assert "limerick" not in union_of(PaperQuestion, "response", "validation")["discriminator"]["mapping"]
