"""State and points of a question agree after any actions, for every type and under every behaviour."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from quizkit.crud import attempts, quizzes
from quizkit.errors import Refused
from quizkit.questions import Hint, QuestionType
from quizkit.questions._base import given_in
from quizkit.schemas import CheckResponse, QuizCreate, ReviewPolicy, SaveResponse
from quizkit.testing import broken_invariants, questions, responses_for
from quizkit.vocabulary import Behaviour, GradeState, ReviewItem, ReviewMoment, TryState
from taking import MINUTE, NOON

SHOWN = ReviewPolicy.model_validate({item.value: list(ReviewMoment) for item in ReviewItem})
ANSWERED = [name for name in QuestionType if name is not QuestionType.DESCRIPTION]
ENDS = {
    TryState.RIGHT: GradeState.RIGHT,
    TryState.PARTLY: GradeState.PARTLY,
    TryState.WRONG: GradeState.WRONG,
    TryState.GAVE_UP: GradeState.NOT_ANSWERED,
    TryState.NEEDS_GRADING: GradeState.NEEDS_GRADING,
}


@pytest.mark.no_cover
@settings(max_examples=30)
@pytest.mark.parametrize("behaviour", list(Behaviour))
@given(data=st.data())
def test_state_and_points_agree_and_only_manual_grading_is_pending(
    in_memory: Engine, behaviour: Behaviour, data: st.DataObject
) -> None:
    question = data.draw(questions(data.draw(st.sampled_from(ANSWERED))))
    hints = tuple(
        Hint(content=str(n), clear_wrong=n == 1, show_right_parts=True) for n in range(data.draw(st.integers(0, 2)))
    )
    question = question.model_copy(update={"hints": hints, "points": 12})
    whole = responses_for(question).map(given_in)
    responses = whole | whole.map(cut)
    with Session(in_memory) as session:
        quiz = quizzes.create(
            session, QuizCreate(title="Q", questions=[question], behaviour=behaviour, review=SHOWN, penalty="1/3")
        )
        quizzes.publish(session, quiz.id)
        paper = attempts.start(session, quiz.id, taker="ann", now=NOON)
        at: dict[str, Any] = {"taker": "ann", "now": NOON}
        number, refusals = 1, set()
        for sequence in range(1, data.draw(st.integers(1, 7)) + 1):
            action = data.draw(st.sampled_from(["save", "check", "check", "again"]))
            try:
                if action == "again":
                    attempts.try_again(session, paper.attempt_id, slot=1, **at)
                    continue
                sent: dict[str, Any] = {"slot": 1, "sequence": 2 * sequence, "response": data.draw(responses)}
                if action == "save":
                    attempts.save(session, paper.attempt_id, SaveResponse(**sent), **at)
                else:
                    result = attempts.check(session, paper.attempt_id, CheckResponse(**sent, number=number), **at)
                    number += result.counted
                    agree(result.question.state, result.question.points, behaviour)
            except Refused as refused:
                refusals.add(refused.code)
        outcome = attempts.submit(session, paper.attempt_id, taker="ann", now=NOON + MINUTE)
        (end,) = outcome.questions
        broken = list(broken_invariants(session, quiz_id=quiz.id))
        session.rollback()

    assert refusals <= {"not_checkable", "question_finished", "try_again_first"}
    assert broken == []
    assert ENDS[end.progress] is end.state
    assert (end.points is None) == (end.state is GradeState.NEEDS_GRADING) == outcome.needs_grading
    assert end.state is not GradeState.NEEDS_GRADING or question.type == "essay"
    agree(end.state, end.points, behaviour)


def cut(response: dict[str, Any]) -> dict[str, Any]:
    """An incomplete response: its last part is missing."""

    def short(value: Any) -> Any:
        if isinstance(value, dict):
            return dict(list(value.items())[:-1])
        return value[:-1] if isinstance(value, str | list) else value

    return {name: short(value) for name, value in response.items()}


def agree(state: GradeState | None, points: Any, behaviour: Behaviour) -> None:
    """A state and the points, of 12, that go with it."""
    if points is None:
        return
    share = Fraction(points) / 12
    sure = behaviour in {Behaviour.DEFERRED_CBM, Behaviour.IMMEDIATE_CBM}
    assert state is not GradeState.NOT_ANSWERED or share == 0
    assert state is not GradeState.WRONG or share < Fraction(1, 10**6)
    assert share <= 1 - Fraction(1, 10**6) or state is GradeState.RIGHT or sure
    assert share < Fraction(1, 10**6) or state in {GradeState.RIGHT, GradeState.PARTLY}
