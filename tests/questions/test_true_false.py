from __future__ import annotations

import pytest

from quizkit.errors import Invalid
from quizkit.questions import GradeState, Text, TrueFalse, TrueFalseResponse, score_table
from quizkit.testing import check_question

RIVER = TrueFalse(
    content="The Rhine is a river.",
    answer=True,
    feedback_true="Yes.",
    feedback_false="It is: look at a map.",
)


def test_it_satisfies_the_contract_of_question_types() -> None:
    twin = TrueFalse(content="The Rhine is a river.", answer=False)

    check_question(RIVER, wrong={"answer": False}, twin=twin)


@pytest.mark.parametrize(("answered", "state", "fraction"), [(True, GradeState.RIGHT, 1), (False, GradeState.WRONG, 0)])
def test_an_answer_is_right_or_wrong(answered: bool, state: GradeState, fraction: int) -> None:
    grade = RIVER.mark(TrueFalseResponse(answer=answered))

    assert grade.state is state
    assert grade.fraction == fraction


def test_the_feedback_is_that_of_the_given_response() -> None:
    assert RIVER.mark(TrueFalseResponse(answer=False)).feedback == (Text(text="It is: look at a map."),)


def test_the_trace_contains_the_compared_values() -> None:
    trace = RIVER.mark(TrueFalseResponse(answer=False)).trace

    assert trace.as_dict() == {"rule": "equal", "inputs": {"answered": False, "right_answer": True}, "raw": "0"}


@pytest.mark.parametrize("malformed", [{"answer": "true"}, {"answer": 1}, {"answer": True, "more": 1}, [], "{", 7])
def test_a_malformed_response_is_refused(malformed: object) -> None:
    with pytest.raises(Invalid, match="response"):
        RIVER.read(malformed)


def test_the_expected_guess_is_a_half() -> None:
    assert RIVER.guess_score() * 2 == 1


def test_the_score_table_has_both_outcomes() -> None:
    table = score_table(RIVER)

    assert table.complete
    assert [(str(row.fraction), row.response) for row in table.rows] == [
        ("1", TrueFalseResponse(answer=True)),
        ("0", TrueFalseResponse(answer=False)),
    ]


def test_a_response_has_the_class_of_its_value() -> None:
    assert [(c.label, str(c.fraction)) for c in RIVER.classes(TrueFalseResponse(answer=False))] == [("false", "0")]
