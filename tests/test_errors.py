from __future__ import annotations

import ast
import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

import quizkit
from quizkit import schemas
from quizkit.errors import Invalid, MissingExtra, NotFound, Problem, QuizkitError, Refused, Unreadable, UsageError
from quizkit.formats import gift, handwritten, native
from quizkit.questions import parse, read_number, registered
from quizkit.rules.times import zone_named
from quizkit.testing import questions, quizzes, responses_for

EVERY = [
    NotFound("quiz_not_found", "There is no such quiz"),
    Refused("no_attempts_left", "All attempts have been used", allowed=2),
    UsageError("seed_length", "A seed has 16 bytes"),
    MissingExtra.named("cli", "The command line"),
    Unreadable("file_not_text", "The file is not text"),
    Invalid("invalid", "Not valid", [Problem("a.0", "code", "Message")], most=3),
]


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_every_error_has_one_root_and_survives_pickling(error: QuizkitError) -> None:
    again = pickle.loads(pickle.dumps(error))

    assert isinstance(error, QuizkitError)
    assert type(again) is type(error)
    assert again.problem() == error.problem()


def test_an_error_is_an_rfc_9457_problem() -> None:
    assert EVERY[1].problem() == {
        "type": "urn:quizkit:problem:no_attempts_left",
        "title": "Refused",
        "status": 409,
        "detail": "All attempts have been used",
        "code": "no_attempts_left",
        "params": {"allowed": 2},
    }


def test_an_invalid_error_lists_its_problems() -> None:
    assert EVERY[-1].problem()["errors"] == [{"path": "a.0", "code": "code", "message": "Message"}]
    assert [error.http_status for error in EVERY] == [404, 409, 500, 500, 422, 422]


def test_a_missing_extra_is_named() -> None:
    assert "quizkit[cli]" in str(EVERY[3])
    assert isinstance(EVERY[3], ImportError)


def test_pydantic_errors_are_reported_without_the_input() -> None:
    class Shape(BaseModel):
        model_config = {"extra": "forbid"}
        number: int
        when: float

    secret = "canary-51b2"
    with pytest.raises(ValidationError) as refused:
        Shape.model_validate({"number": secret, "when": [secret], secret: 1})

    error_of = Invalid.of(refused.value, "shape")

    assert secret not in str(error_of)
    assert secret not in str(error_of.problem())
    assert [fault.path for fault in error_of.problems] == ["number", "when", ""]


# ---------------------------------------------------------------------------------------------- no input, ever

SECRET = "canary51b2"


def said_by(error: BaseException) -> Iterator[str]:
    """Yield every text of an error and of its chained errors."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield from (str(one), repr(one), repr(one.args), repr(vars(one)), *getattr(one, "__notes__", ()))
        if isinstance(one, ValidationError):
            yield repr(one.errors())
        if isinstance(one, QuizkitError):
            yield json.dumps(one.problem())
        left += [one.__cause__, one.__context__]


def assert_silent(error: BaseException) -> None:
    assert SECRET not in "\n".join(said_by(error)).lower()


SECRETS = st.sampled_from(
    [SECRET, SECRET.upper(), f"{SECRET}-1", f"{SECRET}\0", f"{SECRET}\ud800", f"[{SECRET}]", SECRET * 99]
)
JUNK = st.one_of(
    SECRETS, SECRETS.map(lambda s: [s]), SECRETS.map(lambda s: {s: s}), SECRETS.map(lambda s: {"type": s, s: 1})
)


@st.composite
def spoiled(draw: st.DrawFn, good: Any) -> Any:
    """Draw the value with a secret in it: as a key, or instead of a part."""
    if draw(st.integers(0, 4)) == 0:
        return draw(JUNK)
    if isinstance(good, dict):
        if not good or draw(st.integers(0, 3)) == 0:
            return {**good, draw(SECRETS): draw(JUNK)}
        name = draw(st.sampled_from(sorted(good)))
        changed = {**good, name: draw(spoiled(good[name]))}
        if draw(st.integers(0, 5)) == 0:
            changed[draw(SECRETS)] = changed.pop(name)
        return changed
    if isinstance(good, list) and good:
        at = draw(st.integers(0, len(good) - 1))
        return [*good[:at], draw(spoiled(good[at])), *good[at + 1 :]]
    return draw(JUNK)


def refused_by(take: Callable[[], object]) -> QuizkitError | None:
    try:
        take()
    except QuizkitError as error:
        return error
    return None


def error_of(model: Any, value: Any) -> Invalid | None:
    try:
        TypeAdapter(model).validate_python(value)
    except ValidationError as error:
        refused = Invalid.of(error, "data")
    else:
        return None
    return refused


@pytest.mark.parametrize("name", sorted(registered()))
@given(data=st.data())
def test_an_error_about_a_question_or_response_repeats_no_input(name: str, data: st.DataObject) -> None:
    question = data.draw(questions(name))
    body = data.draw(spoiled(question.model_dump(mode="json")))
    response = data.draw(spoiled(data.draw(responses_for(question)).model_dump(mode="json")))

    for take in (
        lambda: parse(body),
        lambda: parse(json.dumps(body)),
        lambda: question.read(response),
        lambda: question.read(json.dumps(response)),
    ):
        if (error := refused_by(take)) is not None:
            assert_silent(error)


@given(data=st.data())
def test_an_error_about_a_schema_repeats_no_input(data: st.DataObject) -> None:
    moment, some_id = "2026-03-01T12:00:00Z", "0190b5a2-0000-7000-8000-000000000000"
    good: dict[Any, Any] = {
        schemas.QuizCreate: data.draw(quizzes()).model_dump(mode="json"),
        schemas.QuizUpdate: {"title": "x", "review": {"marks": ["later"]}, "feedback_bands": [{"content": "x"}]},
        schemas.QuizOutline: {
            "sections": [{"slots": [{"question_id": some_id}, {"kind": "draw", "bank_id": some_id, "tags": ["x"]}]}]
        },
        schemas.AssignmentCreate: {
            "quiz_id": some_id, "zone": "Europe/Vienna", "opens_at": "2026-03-01T12:00", "context": "x",
            "settings": {"behaviour": "adaptive", "max_grade": "1"},
        },
        schemas.AccessSettings: {"opens_at": moment, "due_at": moment, "late_penalty": "1/2", "max_attempts": 2},
        schemas.AccommodationSettings: {"time_factor": "3/2", "extra_seconds": 60},
        schemas.BankCreate: {"name": "x"},
        schemas.CategoryCreate: {"bank_id": some_id, "name": "x", "parent_id": some_id},
        schemas.SaveResponse: {"slot": 1, "sequence": 1, "response": {"text": "x"}, "certainty": "high"},
        schemas.CheckResponse: {"slot": 1, "sequence": 1, "response": {"text": "x"}, "number": 1},
    }  # fmt: skip
    model = data.draw(st.sampled_from(list(good)))

    error = error_of(model, data.draw(spoiled(good[model])))

    if error is not None:
        assert_silent(error)


@given(data=st.data())
def test_an_error_about_a_file_repeats_no_input(data: st.DataObject) -> None:
    written = json.loads(native.write([data.draw(questions())]).text)
    secret = data.draw(SECRETS)
    body = json.dumps(data.draw(spoiled(written)))

    for take in (
        lambda: native.read(body).problems,
        lambda: native.read(body.encode()[:-3]).problems,
        lambda: native.read(secret).problems,
        lambda: gift.read(f"::{secret}:: {secret} {{={secret}%{secret}% ~%999%{secret}}}\n\n{secret} {{#{secret}..{secret}}}").problems,
        lambda: gift.read(b"\xff" + secret.encode(errors="replace")).problems,
        lambda: handwritten.read_keyed([(secret, [secret, "\0"], secret)], key=handwritten.Key.TEXT).problems,
        lambda: handwritten.read_option_rows([(1, secret, secret, 7)]).problems,
        lambda: read_number(secret),
        lambda: zone_named(secret),
    ):  # fmt: skip
        found: Any = None
        try:
            found = take()
        except QuizkitError as error:
            assert_silent(error)
        assert SECRET not in repr(found).lower() or not isinstance(found, tuple)


def test_errors_of_a_hosts_types_are_reported_without_keys_and_python_messages() -> None:
    class Inner(BaseModel):
        number: int

    class Hosts(BaseModel):
        by_name: dict[str, Inner]

    with pytest.raises(ValidationError) as refused:
        Hosts.model_validate({"by_name": {SECRET: {"number": SECRET}}})
    error = Invalid.of(refused.value, "shape")
    assert [fault.path for fault in error.problems] == ["by_name.*.number"]

    def shout(value: object) -> object:
        raise ValueError(f"not {value}")

    loud = error_of(Annotated[str, AfterValidator(shout)], SECRET)
    assert loud is not None
    assert loud.problems == (Problem("", "value_error", "This value is not valid here"),)


def test_the_message_of_a_custom_pydantic_error_is_preserved() -> None:
    def refuse(_value: object) -> object:
        raise PydanticCustomError("even", "It must be odd, up to {most}", {"most": 9})

    error = error_of(Annotated[int, AfterValidator(refuse)], 2)

    assert error is not None
    assert error.problems == (Problem("", "even", "It must be odd, up to 9"),)


def test_an_error_has_at_most_fifty_problems_and_says_how_many_more_there_are() -> None:
    with pytest.raises(Invalid) as refused:
        parse({"type": "choice", "content": "?", "options": [{"content": 5} for _ in range(100)]})

    error = refused.value
    assert len(error.problems) == 49  # fifty of these would be more than 8 kB
    assert error.params["more"] == 52
    assert "(and 100 more)" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert again.problem() == error.problem()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40).map(lambda words: words * 50)


@given(st.lists(st.builds(Problem, WORDS, st.just("code"), WORDS), max_size=80))
def test_an_error_has_at_most_eight_kilobytes(problems: list[Problem]) -> None:
    error = Invalid("invalid", "x" * 900, problems)

    assert len(json.dumps(error.problem(), ensure_ascii=False).encode()) <= 8_192
    assert len(error.problems) <= 50
    assert len(error.problems) + error.params.get("more", 0) == len(problems)


def test_no_error_is_raised_inside_an_except_block() -> None:
    """Otherwise the handled error, with the input, would be the context of ours; `from None` only hides it."""
    source = Path(quizkit.__file__).parent
    found = []
    for package in ("questions", "rules", "schemas", "formats", "crud", "models"):
        for file in (source / package).rglob("*.py"):
            for handler in ast.walk(ast.parse(file.read_text())):
                if isinstance(handler, ast.ExceptHandler):
                    raised = [
                        node for node in ast.walk(handler) if isinstance(node, ast.Raise) and node.exc is not None
                    ]
                    found += [f"{file.relative_to(source)}:{node.lineno}" for node in raised]

    assert found == []
