from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from pydantic import TypeAdapter, ValidationError, model_validator

from quizkit.errors import Invalid, UsageError
from quizkit.questions import AnyDraft, AnyQuestion, Choice, Essay, Option, QuestionDraft, Response, View, register
from quizkit.questions._draft import MAX_DEPTH, MAX_VALUES
from quizkit.questions._guards.drafts import Incomplete, read_written
from quizkit.questions._registry import _types
from quizkit.vocabulary import QuestionType

SECRET = "Danube-4711"


def draft(**body: Any) -> QuestionDraft:
    return QuestionDraft(body={"type": "choice", **body})


def codes(written: object) -> list[tuple[str, str]]:
    content = read_written(written)
    assert isinstance(content, Incomplete)
    return [(problem.path, problem.code) for problem in content.problems]


def test_a_question_without_options_is_a_draft_that_says_what_is_missing() -> None:
    assert codes(draft(content="Which is longer?")) == [("options", "missing")]
    assert codes(draft(content="Which?", options=[{"content": "Rhine"}], points=-1)) == [
        ("points", "points_range"),
        ("options", "too_short"),
    ]


def test_a_draft_that_is_complete_is_read_as_its_question() -> None:
    question = Choice(content="Which?", options=[Option(content="Rhine", correct=True), Option(content="Main")])

    assert read_written(QuestionDraft(body=question.model_dump(mode="json"))) == question
    assert read_written(question) is question


def test_a_draft_is_written_to_json_and_read_back() -> None:
    written = draft(content="Which?", unknown=[1, 2.5, None, True])

    assert QuestionDraft.model_validate_json(written.model_dump_json()) == written
    assert written.model_dump() == {
        "type": "draft",
        "body": {"type": "choice", "version": 1, "content": "Which?", "unknown": [1, 2.5, None, True]},
    }


def test_a_field_accepts_questions_and_drafts_and_distinguishes_them_by_type() -> None:
    adapter = TypeAdapter(list[AnyDraft])

    question, unfinished = adapter.validate_python(
        [{"type": "essay", "content": "Why?"}, {"type": "draft", "body": {"type": "essay"}}]
    )

    assert question == Essay(content="Why?")
    assert unfinished == QuestionDraft(body={"type": "essay"})
    shown = adapter.json_schema()["items"]["discriminator"]["mapping"]
    assert shown["draft"] == "#/$defs/QuestionDraft"
    assert set(shown) == {"draft", *QuestionType}


def test_where_a_question_is_required_a_draft_is_refused() -> None:
    unfinished = {"type": "draft", "body": {"type": "essay"}}

    with pytest.raises(ValidationError):
        TypeAdapter(AnyQuestion).validate_python(unfinished)
    with pytest.raises(Invalid):
        read_written(unfinished["body"])
    with pytest.raises(ValidationError):
        TypeAdapter(AnyDraft).validate_python({"type": "essay"})
    with pytest.raises(ValidationError):
        QuestionDraft(body=unfinished)


@pytest.mark.parametrize(
    "body", [{}, {"type": None}, {"type": "unknown"}, {"type": ["choice"]}, {"type": "x" * 100_000}]
)
def test_a_draft_needs_a_registered_type(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        QuestionDraft(body=body)
    assert refused.value.errors()[0]["type"] == "question_type"


def deep(levels: int) -> Any:
    value: Any = SECRET
    for _ in range(levels):
        value = [value]
    return value


def cyclic() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["again"] = value
    return value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (deep(MAX_DEPTH - 1), "draft_too_large"),
        (deep(100_000), "draft_too_large"),
        (cyclic(), "draft_too_large"),
        ([0] * MAX_VALUES, "draft_too_large"),
        ("x" * 2_000_001, "draft_too_large"),
        ({"x" * 2_000_001: 0}, "draft_too_large"),
        (1 << 1025, "draft_too_large"),
        ("é" * 1_500_000, "draft_body"),
        ("\0", "draft_body"),
        ("\ud800", "draft_body"),
        ({"\0": 1}, "draft_body"),
        (float("nan"), "draft_body"),
        (float("inf"), "draft_body"),
        ({1: SECRET}, "draft_body"),
        ({SECRET}, "draft_body"),
        (SECRET.encode(), "draft_body"),
        (Option(content=SECRET), "draft_body"),
    ],
)
def test_a_draft_is_bounded_and_storable_and_its_errors_do_not_repeat_it(content: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        draft(content=content)

    (error,) = refused.value.errors()
    assert error["type"] == code
    assert SECRET not in str(refused.value)
    assert SECRET not in str(Invalid.of(refused.value, "draft"))


@pytest.mark.parametrize("body", [None, "choice", 1, [["type", "choice"]], b"{}"])
def test_a_draft_is_an_object(body: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        QuestionDraft(body=body)
    assert refused.value.errors()[0]["type"] == "draft_body"


def test_as_much_as_a_draft_may_hold_is_read() -> None:
    assert codes(draft(content=deep(MAX_DEPTH - 2)))
    assert codes(draft(content="Which?", options=[0] * (MAX_VALUES - 10))) == [("options", "too_long")]
    assert codes(draft(content="x" * 1_900_000))
    assert codes(draft(content=1 << 1023))


def test_problems_are_at_most_50_and_repeat_nothing_of_the_draft() -> None:
    content = read_written(draft(content=SECRET, **{f"{SECRET}{n}": SECRET for n in range(200)}))

    assert isinstance(content, Incomplete)
    assert len(content.problems) == 50
    assert SECRET not in str(content.problems)


def test_a_draft_does_not_change_with_what_it_was_made_from() -> None:
    options: list[Any] = [{"content": "Rhine"}]
    unfinished = draft(content="Which?", options=options)

    options[0]["content"] = options

    assert unfinished.body["options"] == [{"content": "Rhine"}]


def test_an_enum_of_strings_is_stored_as_its_value() -> None:
    body = QuestionDraft(body={"type": QuestionType.CHOICE, "options": ({"content": "Rhine"},)}).body

    assert type(body["type"]) is str
    assert body["options"] == [{"content": "Rhine"}]


@pytest.mark.parametrize(
    ("fields", "title", "prompt", "tags"),
    [
        ({}, None, "", ()),
        ({"title": "T", "content": "C", "tags": ["b", "a", "b"]}, "T", "C", ("b", "a")),
        ({"title": 1, "content": 2, "tags": 3}, None, "", ()),
        ({"title": "x" * 1001, "content": {"text": "C"}, "tags": ["", "x" * 65, 1, "a"]}, None, "C", ("a",)),
        ({"title": ["T"], "content": {"text": ["C"]}, "tags": {"a": 1}}, None, "", ()),
        ({"title": "e\u0301", "content": "a" + "\u0301" * 31, "tags": ["e\u0301"]}, "é", "", ("é",)),
    ],
)
def test_a_draft_is_found_by_what_is_valid_of_it(fields: Any, title: str | None, prompt: str, tags: Any) -> None:
    content = read_written(draft(**fields))

    assert isinstance(content, Incomplete)
    assert (content.type, content.title, content.prompt, content.tags) == ("choice", title, prompt, tags)


class Fragile(Essay):
    """A question type of a host, whose validator expects a complete body."""

    body_version = 2

    type: Literal["fragile"] = "fragile"  # type: ignore[assignment] # another type

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        data["red"]["shade"]
        return data


@pytest.fixture
def fragile() -> Iterator[None]:
    register(Fragile)
    yield
    del _types["fragile"]


@pytest.mark.usefixtures("fragile")
def test_a_type_that_fails_to_read_a_draft_leaves_it_incomplete() -> None:
    assert codes(QuestionDraft(body={"type": "fragile", "version": 2, "red": 3})) == [("", "type_failed")]
    assert codes(QuestionDraft(body={"type": "fragile", "version": 1})) == [("", "type_failed")]


@pytest.mark.usefixtures("fragile")
def test_a_draft_has_the_version_of_the_body_of_its_type() -> None:
    assert QuestionDraft(body={"type": "fragile"}).body["version"] == 2
    assert QuestionDraft(body={"type": "fragile", "version": 1}).body["version"] == 1
    assert codes(QuestionDraft(body={"type": "fragile", "version": 9})) == [("", "question_invalid")]


def test_no_question_type_can_be_called_draft() -> None:
    class Drafted(Essay):
        type: Literal["draft"] = "draft"  # type: ignore[assignment] # another type

    with pytest.raises(UsageError) as refused:
        register(Drafted)
    assert refused.value.code == "type_taken"


def test_a_draft_has_no_view_and_no_response() -> None:
    assert not issubclass(QuestionDraft, View | Response)
    assert {"view", "key", "mark", "lint"}.isdisjoint(dir(QuestionDraft))
