from __future__ import annotations

import pytest
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import Essay, EssayResponse, GradeState, lint, score_table
from quizkit.questions._base import given_in
from quizkit.testing import check_question

RIVERS = Essay(content="Why do rivers meander?", min_words=3, max_words=5, grader_notes="Look for erosion.")


def test_it_satisfies_the_contract_of_question_types() -> None:
    check_question(RIVERS, twin=Essay(content=RIVERS.content, min_words=3, max_words=5, grader_notes="Other notes."))


def test_an_essay_needs_manual_grading() -> None:
    grade = RIVERS.mark(EssayResponse(text="Water takes its time."))

    assert (grade.fraction, grade.state) == (None, GradeState.NEEDS_GRADING)
    assert grade.trace.inputs == {"words": 4, "too_few_words": False}


def test_too_few_words_are_shown_to_the_grader_and_not_refused() -> None:
    assert RIVERS.mark(RIVERS.read({"text": "No idea"})).trace.inputs["too_few_words"] is True


def test_a_blank_essay_earns_zero_without_grading() -> None:
    assert RIVERS.mark(EssayResponse(text=" \n ")).state is GradeState.NOT_ANSWERED


@pytest.mark.parametrize(
    ("essay", "text", "code"),
    [
        (RIVERS, "one two three four five six", "too_many_words"),
        (Essay(content="?", max_characters=3), "four", "text_too_long"),
    ],
)
def test_an_essay_above_the_authors_limits_is_stored_for_manual_grading(essay: Essay, text: str, code: str) -> None:
    response = essay.read({"text": text})
    grade = essay.mark(response)

    assert given_in(response) == {"text": text}
    assert [problem.code for problem in essay.problems(response)] == [code]
    assert (grade.fraction, grade.state) == (None, GradeState.NEEDS_GRADING)
    assert grade.trace.inputs["problems"] == [{"path": "text", "code": code}]


def test_an_essay_that_is_out_of_bounds_is_refused() -> None:
    with pytest.raises(Invalid):
        RIVERS.read({"text": "x" * 100_001})


def test_the_lower_limit_cannot_exceed_the_upper_one() -> None:
    with pytest.raises(ValidationError, match="word_limits"):
        Essay(content="?", min_words=5, max_words=4)


def test_takers_see_the_limits_but_not_the_grading_notes() -> None:
    shown = RIVERS.view().model_dump_json()

    assert '"max_words":5' in shown
    assert "erosion" not in shown


def test_an_essay_has_no_key_and_an_empty_score_table() -> None:
    assert RIVERS.key() is None
    assert score_table(RIVERS) == ((), True)
    assert RIVERS.guess_score() == 0
    assert RIVERS.classes(EssayResponse(text="x")) == ()
    assert RIVERS.summarise(EssayResponse(text="a\nb")) == "a b"


def test_lint_reports_missing_grading_notes() -> None:
    assert [found.code for found in lint(Essay(content="?"))] == ["no_grader_notes"]
