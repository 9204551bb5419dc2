"""Properties of every question type with any key, drawn by Hypothesis for each type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizkit.errors import Invalid
from quizkit.questions import (
    Choice,
    EssayResponse,
    GradeState,
    Option,
    Question,
    QuestionType,
    TrueFalse,
    TrueFalseResponse,
    parse,
    registered,
    score_table,
)
from quizkit.testing import check_question, questions, responses_for, twins_of

TYPES = pytest.mark.parametrize("name", list(QuestionType))


def test_every_name_in_the_enum_is_a_registered_type() -> None:
    assert set(QuestionType) == {name for name in registered() if name in set(QuestionType)}
    assert len(QuestionType) == 10


@TYPES
@given(data=st.data())
def test_it_satisfies_the_contract_of_question_types(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))

    check_question(question, twin=data.draw(twins_of(question)))


@TYPES
@given(data=st.data())
def test_any_response_is_read_and_marked_within_its_bounds(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))
    response = data.draw(responses_for(question))

    grade = question.mark(question.read(response.model_dump_json()))

    low, high = question.bounds()
    assert grade.fraction is None or low <= grade.fraction <= high
    assert json.dumps(grade.trace.as_dict())
    assert grade.marker == f"{name}/{question.marking}"


@TYPES
@given(data=st.data())
def test_a_response_of_another_type_is_refused(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))
    other = TrueFalseResponse(answer=True) if name is QuestionType.ESSAY else EssayResponse(text="Because.")

    with pytest.raises(Invalid) as refused:
        question.mark(other)
    assert refused.value.code == "response_invalid"


@TYPES
@given(data=st.data())
def test_generated_responses_have_the_requested_quality(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))

    for quality, states in {
        "right": {GradeState.RIGHT},
        "partly": {GradeState.PARTLY, GradeState.RIGHT},
        "wrong": {GradeState.WRONG},
        "blank": {GradeState.NOT_ANSWERED},
    }.items():
        strategy = responses_for(question, quality)  # type: ignore[arg-type] # the literals, from a table
        if not strategy.is_empty:
            assert question.mark(data.draw(strategy)).state in states


def rewritten(value: Any) -> Any:
    """Return equal JSON, written differently: reversed mappings, white space around typed texts."""
    if isinstance(value, dict):
        return {name: _spaced(one, name) for name, one in reversed(value.items())}
    return value


def _spaced(value: Any, name: str) -> Any:
    if name == "text":
        return f" {value}\n"
    if name == "gaps":
        return {gap: f"\t{text} " for gap, text in reversed(value.items())} | {}
    if name == "selected":
        return value[::-1]
    return rewritten(value)


@TYPES
@given(data=st.data())
def test_differently_written_equal_responses_earn_the_same(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))
    response = data.draw(responses_for(question))
    other = question.read(rewritten(response.model_dump(mode="json")))

    assert question.is_same(response, other)
    assert question.is_complete(response) == question.is_complete(other)
    assert question.mark(response).fraction == question.mark(other).fraction
    assert question.parts(response) == question.parts(other)


@TYPES
@given(data=st.data())
def test_equal_responses_earn_the_same(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))
    one, other = data.draw(responses_for(question)), data.draw(responses_for(question))

    if question.is_same(one, other):
        assert question.mark(one).fraction == question.mark(other).fraction


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@TYPES
@given(data=st.data(), junk=JSON)
def test_junk_raises_invalid_and_is_never_marked(name: QuestionType, data: st.DataObject, junk: Any) -> None:
    from quizkit.errors import Invalid

    question = data.draw(questions(name))
    try:
        response = question.read(junk)
    except Invalid as error:
        assert error.code == "response_invalid"  # noqa: PT017 - both ways are fine
    else:
        assert response.is_blank() or question.mark(response) is not None


def _ids(shown: Any) -> list[str]:
    """Return every id in a view."""
    if isinstance(shown, dict):
        return [*([shown["id"]] if "id" in shown else []), *(found for one in shown.values() for found in _ids(one))]
    return [found for one in shown for found in _ids(one)] if isinstance(shown, list) else []


TYPED = st.sampled_from(["", " ", "-", "1,5", "1.234", "5 km", "two or 3", "frog", "0", "7", "one two three"])


def of_its_shape(question: Question) -> st.SearchStrategy[dict[str, Any]]:
    """Return well-formed responses that are incomplete, contradictory or refer to unknown ids."""
    one = st.sampled_from([*_ids(question.view().model_dump(mode="json")), "nowhere"])
    some = st.lists(one, max_size=8)
    fields: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "true_false": {"answer": st.none() | st.booleans()},
        "choice": {"selected": some, "none": st.booleans()},
        "matching": {"matches": st.dictionaries(one, one, max_size=8)},
        "ordering": {"order": some},
        "blanks": {"gaps": st.dictionaries(one, one | TYPED, max_size=8)},
        "grid": {"picks": st.dictionaries(one, some, max_size=8)},
        "description": {},
    }
    return st.fixed_dictionaries({}, optional=fields.get(question.type, {"text": TYPED}))


@TYPES
@given(data=st.data())
def test_well_formed_responses_are_stored_and_their_valid_parts_count(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))
    value = data.draw(of_its_shape(question))
    response = question.read(value)
    problems, left, grade = question.problems(response), question.markable(response), question.mark(response)
    low, high = question.bounds()

    assert response.model_dump(mode="json", exclude_unset=True) == value
    assert all(problem.code.isidentifier() and problem.message for problem in problems)
    assert problems or response.is_blank() or left == response
    assert question.problems(left) == () or left == response or name == "ordering"  # an order stays incomplete
    assert grade.fraction == (question.mark(left).fraction if not left.is_blank() else 0)
    assert grade.fraction is None or low <= grade.fraction <= high
    assert (grade.state is GradeState.NOT_ANSWERED) is response.is_blank()
    assert [one["code"] for one in grade.trace.inputs.get("problems", ())] == [one.code for one in problems]
    assert json.dumps(grade.trace.as_dict())
    assert isinstance(question.summarise(response), str)
    assert (question.canonical(response) is None) is response.is_blank()
    assert not (problems and question.is_complete(response))
    assert question.classes(response) == question.classes(left)
    assert sum((question.parts(response) or {}).values()) in {0, grade.fraction}
    right = question.right_part(response)
    assert right is None or right.response.is_blank() or question.problems(right.response) == ()


@given(questions())
def test_the_rows_of_a_score_table_earn_their_fraction(question: Question) -> None:
    table = score_table(question, most=60)

    assert [question.mark(row.response).fraction for row in table.rows] == [row.fraction for row in table.rows]
    assert [row.fraction for row in table.rows] == sorted({row.fraction for row in table.rows}, reverse=True)


@given(questions())
def test_a_view_has_no_field_that_is_not_listed_in_its_class(question: Question) -> None:
    shown = question.view().model_dump(mode="json")

    assert set(shown) == set(question.view_type.model_fields)
    assert not set(shown) & {
        "answer",
        "answers",
        "correct",
        "weight",
        "feedback",
        "key",
        "scheme",
        "pairs",
        "grader_notes",
    }


@given(questions())
def test_linting_gives_stable_codes_and_never_raises(question: Question) -> None:
    assert all(found.code.isidentifier() and found.message for found in question.lint())


@given(questions(), st.integers(0, 10**6))
def test_a_truncated_body_is_refused_or_still_a_question(question: Question, at: int) -> None:
    from quizkit.errors import Invalid

    body = question.model_dump_json()
    cut = body[: at % len(body)] + body[at % len(body) + 1 :]
    assume(cut != body)
    try:
        assert isinstance(parse(cut), Question)
    except Invalid as error:
        assert error.code == "question_invalid"  # noqa: PT017 - both ways are fine


@TYPES
@given(data=st.data())
def test_questions_are_equal_regardless_of_title_tags_points_hints_and_feedback(
    name: QuestionType, data: st.DataObject
) -> None:
    question = data.draw(questions(name))
    other = data.draw(questions(name))
    beside = {
        field: getattr(other, field) for field in ("title", "tags", "hints", "general_feedback", "source_id", "points")
    }
    twin = type(question).model_validate({**dict(question), **beside})

    assert twin.identity() == question.identity()
    moved = type(question).model_validate({**dict(question), "content": f"{question.content.text} again"})
    assert moved.identity() != question.identity()


def test_questions_with_different_keys_are_not_equal() -> None:
    assert TrueFalse(content="1 = 1", answer=True).identity() != TrueFalse(content="1 = 1", answer=False).identity()
    options = [Option(content="a", correct=True), Option(content="b", correct=True), Option(content="c")]
    one, other = (Choice(content="?", multiple=True, options=order) for order in (options, options[::-1]))
    assert one.identity() == other.identity()
