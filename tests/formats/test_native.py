from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Unreadable
from quizkit.formats import FileQuestion, native
from quizkit.questions import Essay, Question, QuestionType, TrueFalse, parse_stored
from quizkit.testing import questions


@pytest.mark.parametrize("name", list(QuestionType))
@given(data=st.data())
def test_writing_and_reading_loses_nothing(name: QuestionType, data: st.DataObject) -> None:
    question = data.draw(questions(name))

    assert native.read(native.write([question]).text).questions == (question,)


def test_categories_and_line_numbers_are_preserved() -> None:
    items = [FileQuestion(Essay(content=str(n)), category=("a", "b/c")) for n in range(3)]

    found = native.read(native.write(items).text.encode())

    assert [(i.question, i.category, i.line) for i in found.items] == [
        (item.question, item.category, line) for line, item in enumerate(items, 2)
    ]


def test_a_file_without_questions_is_valid() -> None:
    assert native.read(native.write([]).text).items == ()


def test_a_question_of_an_unknown_type_is_exported_untouched() -> None:
    stored = {"type": "hologram", "version": 7, "content": {"text": "Look!"}, "depth": 3}

    written = native.write([parse_stored(stored)])

    assert json.loads(written.text)["questions"][0]["question"] == stored


def document(*found: Any, **more: Any) -> str:
    return json.dumps({"format": "quizkit-questions", "version": 1, "questions": found, **more}, indent=1)


GOOD = {"question": {"type": "true_false", "content": "?", "answer": True}, "category": []}


def test_a_bad_item_is_reported_with_its_line_and_the_others_are_read() -> None:
    worthless = {"question": {"type": "essay", "content": "?", "points": -1}}
    text = document(GOOD, {"question": {"type": "hologram"}}, GOOD, 7, worthless)

    report = native.read(text)

    assert report.questions == (TrueFalse(content="?", answer=True),) * 2
    assert [(p.item, p.code) for p in report.problems] == [
        (2, "question_invalid"),
        (4, "question_invalid"),
        (5, "question_invalid"),
    ]
    lines = text.split("\n")
    assert "hologram" in "".join(lines[(report.problems[0].line or 0) - 1 :][:4])
    assert lines[(report.problems[1].line or 0) - 1].strip() == "7,"
    starts = [lines[(item.line or 0) - 1].strip() for item in report.items]
    assert (starts, report.items[0].line) == (["{", "{"], 5)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff", "file_not_text"),
        ("", "file_not_json"),
        ("{", "file_not_json"),
        ("[" * 100_000, "file_not_json"),
        ("[]", "file_other_format"),
        ("{}", "file_other_format"),
        ('{"format": "quizkit-questions"}', "file_other_format"),
        ('{"format": "other", "version": 1, "questions": []}', "file_other_format"),
        ('{"format": "quizkit-questions", "version": true, "questions": []}', "file_other_format"),
        ('{"format": "quizkit-questions", "version": 2, "questions": []}', "file_newer"),
        ("x" * 50_000_001, "file_too_large"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_unreadable_container_raises_unreadable(data: Any, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        native.read(data)
    assert refused.value.code == code


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(max_size=5), s, max_size=3),
    )
)
def test_any_item_is_read_or_is_a_problem(item: Any) -> None:
    report = native.read(document(item, GOOD))

    assert len(report.questions) == 1
    assert len(report.problems) == 1


def test_an_item_with_a_wrong_category_is_a_problem() -> None:
    assert [p.item for p in native.read(document({**GOOD, "category": "x"})).problems] == [1]


@given(st.lists(questions(), max_size=3))
def test_writing_has_no_problems(found: list[Question]) -> None:
    assert native.write(found).problems == ()
