from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from quizkit.errors import Invalid, UsageError
from quizkit.questions import (
    AnyQuestion,
    Question,
    Response,
    Text,
    Trace,
    TrueFalse,
    UnknownQuestion,
    Verdict,
    View,
    parse,
    parse_stored,
    parse_view,
    register,
    registered,
)
from quizkit.questions._marking import ONE, ZERO
from quizkit.questions._registry import _types
from quizkit.schemas import Paper, QuizCreate
from quizkit.testing import check_question


class ColourResponse(Response):
    type: Literal["colour"] = "colour"
    red: int | None = None


class ColourView(View):
    type: Literal["colour"] = "colour"


class Colour(Question):
    """A question type of a host: how much red is in a colour?"""

    response_type = ColourResponse
    view_type = ColourView
    body_version = 2

    type: Literal["colour"] = "colour"
    red: int = Field(ge=0, le=255)

    def view(self) -> ColourView:
        return ColourView(content=self.content, language=self.language)

    def key(self) -> ColourResponse:
        return ColourResponse(red=self.red)

    def _mark(self, response: ColourResponse) -> Verdict:
        fraction = ONE if response.red == self.red else ZERO
        return Verdict(fraction, Trace("same_red", {"red": response.red}, fraction))

    def summarise(self, response: ColourResponse) -> str:
        return f"{response.red} of 255"

    def _samples(self) -> Iterator[Response]:
        yield ColourResponse(red=self.red)
        yield ColourResponse(red=(self.red + 1) % 256)

    @classmethod
    def upgrade(cls, body: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """Version 1 had a fraction of red instead."""
        rest = {name: value for name, value in body.items() if name != "share"}
        return {**rest, "red": round(body["share"] * 255)}


# Defined before the host's type is registered, as in a module of the host.
BEFORE = TypeAdapter(list[AnyQuestion])


@pytest.fixture
def colour() -> Iterator[type[Colour]]:
    yield register(Colour)
    del _types["colour"]


BODY = {"type": "colour", "content": "Tomato?", "red": 250, "version": 2}


def test_a_host_type_is_accepted_by_existing_schemas(colour: type[Colour]) -> None:
    (question,) = BEFORE.validate_python([BODY])

    assert question == colour(content="Tomato?", red=250)
    assert QuizCreate(title="Colours", questions=[BODY]).questions == (question,)  # type: ignore[list-item] # JSON values


def test_a_host_type_appears_in_the_json_schema(colour: type[Colour]) -> None:
    schema = BEFORE.json_schema()

    assert schema["items"]["discriminator"]["mapping"]["colour"] == "#/$defs/Colour"
    assert "ColourView" in json.dumps(Paper.model_json_schema())


def test_the_json_schema_has_a_name_for_every_type_and_every_view() -> None:
    for schema, names in (
        (BEFORE.json_schema()["items"], registered()),
        (_view_of(Paper.model_json_schema()), registered()),
    ):
        assert set(schema["discriminator"]["mapping"]) == set(names)
        assert all(set(one) == {"$ref"} for one in schema["oneOf"])


def _view_of(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"]["PaperQuestion"]["properties"]["view"]
    return found


def test_a_host_type_passes_the_checks_for_every_type(colour: type[Colour]) -> None:
    question = colour(content="Tomato?", red=250)

    check_question(question, wrong={"red": 1}, twin=colour(content="Tomato?", red=1))


def test_an_older_body_is_upgraded(colour: type[Colour]) -> None:
    old = {"type": "colour", "version": 1, "content": "Red?", "share": 1.0}

    assert parse(old) == colour(content="Red?", red=255)


def test_a_new_question_has_the_version_of_its_body(colour: type[Colour]) -> None:
    made = colour(content="Red?", red=3)

    assert parse(made.model_dump(mode="json")) == made
    for name, question_type in registered().items():
        shown = question_type.model_json_schema()["properties"]["version"]
        assert (name, shown["default"]) == (name, question_type.body_version)


@pytest.mark.parametrize("version", [3, "2", True, None])
def test_a_body_of_an_unknown_version_is_refused(colour: type[Colour], version: object) -> None:
    with pytest.raises(Invalid, match="version"):
        parse({**BODY, "version": version})


def test_registering_twice_has_no_effect_and_a_used_name_is_refused(colour: type[Colour]) -> None:
    assert register(colour) is colour

    class Other(TrueFalse):
        pass

    with pytest.raises(UsageError, match="registered as true_false"):
        register(Other)


def test_a_type_that_violates_the_contract_cannot_be_registered() -> None:
    class Unfinished(Question):
        type: Literal["unfinished"] = "unfinished"

    class Nameless(Question):
        pass

    class Leaky(Colour):
        type: Literal["leaky"] = "leaky"  # type: ignore[assignment] # another type
        view_type = Colour  # type: ignore[assignment] # the author's shape as the taker's: that is the point

    for wrong, code in ((Unfinished, "type_incomplete"), (Nameless, "type_unnamed"), (Leaky, "type_incomplete")):
        with pytest.raises(UsageError) as refused:
            register(wrong)
        assert refused.value.code == code


def test_a_stored_type_that_is_not_registered_is_listable_and_exportable_but_not_gradable() -> None:
    stored = {**BODY, "content": {"format": "plain", "text": "Tomato?"}}

    found = parse_stored(stored)

    assert isinstance(found, UnknownQuestion)
    assert (found.type, str(found.content), found.body) == ("colour", "Tomato?", stored)
    assert found.view().type == "colour"
    assert (found.key(), found.guess_score(), found.summarise(None), list(found._samples())) == (None, None, "", [])
    assert found._mark(Response()).fraction is None


@pytest.mark.parametrize(
    ("stored", "prompt"),
    [
        ({"type": "true_false", "content": {"text": "?!"}}, "?!"),
        ({"type": "true_false", "content": "?!", "version": 9}, "?!"),
        ({"type": "choice", "content": {"text": "?!"}, "options": []}, "?!"),
        ({"type": "essay", "content": {"colour": 1}}, "?"),
        ({}, "?"),
    ],
)
def test_reading_an_unreadable_stored_body_never_raises(stored: dict[str, Any], prompt: str) -> None:
    found = parse_stored(stored)

    assert isinstance(found, UnknownQuestion)
    assert (str(found.content), found.body, found.answerable) == (prompt, stored, False)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "nowhere"},
        {"type": 7},
        {"type": ["choice"]},
        [],
        None,
        "[]",
        "{",
        b"\xff",
        "[" * 100_000,
        '{"type": "essay", "content": ' * 10_000,
        '{"type": "choice"}',
        "x" * 2_000_001,
    ],
    ids=lambda body: str(body)[:20],
)
def test_an_invalid_question_raises_invalid(body: object) -> None:
    with pytest.raises(Invalid) as refused:
        parse(body)

    assert refused.value.code == "question_invalid"


def test_a_question_as_json_is_bounded_before_it_is_parsed() -> None:
    written = TrueFalse(content="?", answer=True).model_dump_json()
    assert parse(written.ljust(2_000_000)).content.text == "?"
    with pytest.raises(Invalid) as refused:
        parse(written.ljust(2_000_001))

    assert refused.value.code == "question_invalid"


def test_a_question_that_could_not_be_stored_and_read_again_is_refused() -> None:
    unknown = parse_stored({**BODY, "content": {"text": "?"}})

    for question in (unknown, Colour(content="?", red=1)):
        with pytest.raises(Invalid):
            parse(question)
        with pytest.raises(ValidationError):
            QuizCreate(title="Colours", questions=[question])


def test_parsing_a_question_object_returns_it_unchanged() -> None:
    question = TrueFalse(content="?", answer=True)

    assert parse(question) is question


def test_problems_of_a_question_in_a_list_have_their_full_path() -> None:
    with pytest.raises(ValidationError) as refused:
        BEFORE.validate_python([{"type": "true_false", "content": "?", "answer": True}, {"type": "true_false"}])

    assert {error["loc"] for error in refused.value.errors()} == {(1, "content"), (1, "answer")}


def test_the_mapping_of_types_is_read_only() -> None:
    with pytest.raises(TypeError):
        registered()["x"] = TrueFalse  # type: ignore[index] # that is the point


def test_a_paper_with_a_view_of_an_unknown_type_is_read_and_shows_its_prompt() -> None:
    stored = {"type": "hologram", "content": {"text": "Look!"}, "language": "en", "depth": 3}

    assert parse_view(stored) == View(type="hologram", content=Text(text="Look!"), language="en")
    with pytest.raises(ValidationError):
        parse_view({"type": "hologram"})
