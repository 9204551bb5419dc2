"""Text is bounded before it is normalised: by its length, and by how many marks follow each other."""

from __future__ import annotations

import ast
import sys
import typing
import unicodedata
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

import quizkit
from quizkit import schemas
from quizkit.questions import Question, QuestionDraft, registered
from quizkit.questions._content import ShortStr, Word
from quizkit.questions._unicode import MAX_MARKS, clean

SOURCE = Path(quizkit.__file__).parent
SURROGATES = range(0xD800, 0xE000)
STARTS_WITH_A_MARK = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    # Most of Unicode is neither a mark nor decomposable.
    if (unicodedata.combining(character) or unicodedata.decomposition(character))
    and unicodedata.combining(unicodedata.normalize("NFD", character)[0])
]


def code_of(text: str) -> str | None:
    try:
        clean(text)
    except PydanticCustomError as fault:
        return fault.type
    return None


@pytest.mark.parametrize(
    "starts", [STARTS_WITH_A_MARK[at : at + 100] for at in range(0, len(STARTS_WITH_A_MARK), 100)], ids=lambda s: s[0]
)
def test_a_long_run_of_combining_marks_is_refused(starts: list[str]) -> None:
    for mark in starts:
        assert code_of(f"a{mark * MAX_MARKS}b") is None, hex(ord(mark))
        assert code_of(f"a{mark * (MAX_MARKS + 1)}b") == "text_marks", hex(ord(mark))


@given(
    st.lists(st.sampled_from([*STARTS_WITH_A_MARK[:60], *"\u0f73\u0f75\u0f81", "a", "\u00e9", "\uac00"])).map("".join)
)
def test_accepted_text_has_no_run_that_is_quadratic_to_normalise(text: str) -> None:
    longest = run = 0
    for c in unicodedata.normalize("NFD", text):
        run = run + 1 if unicodedata.combining(c) else 0
        longest = max(longest, run)

    # A mark that decomposes into two counts once, and one letter may contain a few marks.
    if code_of(text) is None:
        assert longest <= 2 * MAX_MARKS + 4
    else:
        assert longest > MAX_MARKS


def test_text_of_every_language_with_up_to_thirty_marks_is_accepted() -> None:
    for text in [
        "a" + "\u0301" * 30,
        "\u1ec7\u0300" * 500,
        "\u0e01\u0e33\u0e49" * 500,
        "\u05e9\u05c1\u05b8" * 500,
        "\u0915\u094d\u0937" * 500,
    ]:
        assert clean(text) == unicodedata.normalize("NFC", text)


def test_the_length_is_bounded_after_normalising() -> None:
    # Three characters in NFC, because it is a composition exclusion.
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Word).validate_python("\U0001d160" * 64)
    assert refused.value.errors()[0]["type"] == "string_too_long"
    assert TypeAdapter(ShortStr).validate_python("\U0001d160" * 333)


# ---------------------------------------------------------------------------------------------- every place


def texts_of(annotation: Any, metadata: tuple[Any, ...], seen: set[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the metadata of each text inside an annotation, as tuples."""
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *details = typing.get_args(annotation)
        yield from texts_of(inner, (*metadata, *details), seen)
    elif annotation is str:
        yield metadata
    elif typing.get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return
    elif annotation in {Question, QuestionDraft}:
        return  # one of the types, which are all checked; a draft counts what it copies (test_draft)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from texts_of_model(annotation, seen)
    else:
        for part in typing.get_args(annotation):
            yield from texts_of(part, (), seen)


def texts_of_model(model: type[BaseModel], seen: set[Any]) -> Iterator[tuple[Any, ...]]:
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        for details in texts_of(field.annotation, tuple(field.metadata), seen):
            yield (model.__name__, name, *flat(details))


def flat(details: tuple[Any, ...]) -> Iterator[Any]:
    for one in details:
        yield from flat(tuple(one.metadata)) if isinstance(one, FieldInfo) else (one,)


def bounded(details: tuple[Any, ...]) -> bool:
    bounds = [getattr(one, "max_length", None) for one in details]
    patterns = [getattr(one, "pattern", None) for one in details]
    cleaned = any("at_most" in getattr(getattr(one, "func", None), "__qualname__", "") for one in details)
    return any(patterns) or (cleaned and any(bounds))


TAKEN = [
    *(question_type for question_type in registered().values()),
    *(question_type.response_type for question_type in registered().values()),
    *(getattr(schemas, name) for name in schemas.__all__ if name.endswith(("Create", "Update", "Settings", "Outline", "Response", "Slot", "Policy", "Band"))),
]  # fmt: skip


def test_every_text_field_is_bounded_and_normalised_or_has_a_pattern() -> None:
    seen: set[Any] = set()
    places = [place for model in TAKEN for place in texts_of_model(model, seen)]
    # A zone must be a known name.
    loose = [place[:2] for place in places if not bounded(place[2:]) and place[1] != "zone"]

    assert len(places) > 25
    assert loose == []


def test_text_is_normalised_in_few_places() -> None:
    """In the field, after its bounds, and where texts, numbers and units are compared, which are bounded already."""
    found = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "unicodedata.normalize":
                found.add(str(file.relative_to(SOURCE)))

    assert found == {f"questions/{name}.py" for name in ("_unicode", "_folding", "_notation", "_searching", "_units")}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("essay", {"text": "x" + "\u0301" * 31}),
        ("short_answer", {"text": "\u0f73" * 31}),
        ("numeric", {"text": "1" + "\u0316" * 31}),
        ("blanks", {"gaps": {"1": "\u0301" * 31}}),
    ],
)
def test_a_response_with_a_long_run_of_marks_is_refused(name: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        registered()[name].response_type.model_validate(body)

    assert refused.value.errors()[0]["type"] == "text_marks"


def test_entries_are_counted_before_they_are_parsed() -> None:
    looked = []

    class Entries(dict[str, str]):
        def items(self) -> Any:
            looked.append(1)
            return super().items()

    with pytest.raises(ValidationError) as refused:
        registered()["blanks"].response_type.model_validate({"gaps": Entries({str(n): "" for n in range(101)})})

    assert [error["type"] for error in refused.value.errors()] == ["too_long"]
    assert looked == []


def test_all_gaps_together_are_bounded() -> None:
    with pytest.raises(ValidationError) as refused:
        registered()["blanks"].response_type.model_validate({"gaps": {str(n): "x" * 60_000 for n in range(2)}})

    assert refused.value.errors()[0]["type"] == "string_too_long"


def test_problems_repeat_no_keys_of_entries() -> None:
    secret = "canary9d"
    for entries in ({"Canary9D": "x"}, {secret: 5}, {secret: "\0"}, {secret: "x" * 100_001}):
        with pytest.raises(ValidationError) as refused:
            registered()["blanks"].response_type.model_validate({"gaps": entries})
        assert secret not in str(refused.value).lower()
        assert [error["loc"] for error in refused.value.errors()] == [("gaps",)]
