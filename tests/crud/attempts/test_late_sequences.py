"""No late action lowers a score: a taker who stops in time never gets more than one who continues."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import LONG
from quizkit.crud import attempts
from quizkit.errors import QuizkitError
from quizkit.questions import Hint, ShortAnswer, TextAnswer
from quizkit.schemas import CheckResponse, SaveResponse
from quizkit.testing import QuizFactory, broken_invariants
from quizkit.vocabulary import Behaviour, Certainty
from taking import LAST, LATE, MINUTE_THEN_LATE, NOON, pairs

TEXTS = st.sampled_from(["Danube", "Donau", "Po", "Rhine", "", " Danube "])
ACTS = st.tuples(
    st.sampled_from(["save", "save", "check", "try_again", "submit"]),
    st.integers(1, 3),
    TEXTS,
    st.sampled_from(Certainty),
    st.integers(0, 2),
)


class _Sitting:
    """A taker of a quiz with texts and matches, and the actions of a sequence."""

    def __init__(self, session: Session, quiz_id: uuid.UUID, taker: str) -> None:
        self.session, self.taker = session, taker
        self.id = attempts.start(session, quiz_id, taker=taker, now=NOON).attempt_id
        self.sequences, self.tries = dict.fromkeys((1, 2, 3), 0), dict.fromkeys((1, 2, 3), 1)

    def do(self, act: Any, at: Any) -> None:
        what, slot, typed, certainty, ahead = act
        response = {"text": typed} if slot < 3 else {"matches": _matched(typed)}
        self.sequences[slot] += ahead
        fields = {"slot": slot, "sequence": max(1, self.sequences[slot]), "response": response, "certainty": certainty}
        who = {"taker": self.taker, "now": at}
        try:
            if what == "save":
                attempts.save(self.session, self.id, SaveResponse(**fields), **who)
            elif what == "check":
                data = CheckResponse(**fields, number=self.tries[slot])
                self.tries[slot] += attempts.check(self.session, self.id, data, **who).counted
            elif what == "try_again":
                attempts.try_again(self.session, self.id, slot=slot, **who)
            else:
                attempts.submit(self.session, self.id, responses=[SaveResponse(**fields)], **who)
        except QuizkitError:
            pass  # a refused call stores nothing

    def end(self) -> Any:
        return attempts.submit(self.session, self.id, taker=self.taker, now=NOON + timedelta(hours=1))


def _matched(typed: str) -> dict[str, str]:
    right = pairs().key().matches
    return dict(list(right.items())[: len(typed) % 5])


WHATEVER: Any = {
    "behaviour": st.sampled_from(Behaviour),
    "in_time": st.lists(ACTS, max_size=5),
    "late": st.lists(ACTS, max_size=5),
    "penalty": st.sampled_from(["0", "1/3", "1/2", "1"]),
}


@pytest.mark.no_cover
@settings(max_examples=60, deadline=None)
@given(**WHATEVER)
def test_no_late_action_lowers_a_score_or_a_grade(in_memory: Engine, **done: Any) -> None:
    nothing_late_lowers(in_memory, **done)


@pytest.mark.no_cover
@settings(max_examples=60 if LONG else 8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**WHATEVER)
def test_no_late_action_lowers_a_score_or_a_grade_on_the_servers(engine: Engine, **done: Any) -> None:
    nothing_late_lowers(engine, **done)


def nothing_late_lowers(
    engine: Engine, behaviour: Behaviour, in_time: list[Any], late: list[Any], penalty: str
) -> None:
    in_time = [act for act in in_time if act[0] != "submit"]  # it ends the sequence
    hints = [Hint(content="1", clear_wrong=True), Hint(content="2")]
    answers = [TextAnswer(text="Danube"), TextAnswer(text="Donau", weight="1/2"), TextAnswer(text="Po", weight="-1/2")]
    river = ShortAnswer(content="?", answers=answers, hints=hints)
    asked = [river, river, pairs()]
    with Session(engine) as session:
        policy = {**MINUTE_THEN_LATE, "late_penalty": penalty, "behaviour": behaviour, "max_grade": 10}
        quiz = QuizFactory.create(session=session, questions=asked, **policy)
        punctual, tardy = (_Sitting(session, quiz.id, taker) for taker in ("ann", "ben"))
        for act in in_time:
            punctual.do(act, LAST)
            tardy.do(act, LAST)
        for act in late:
            tardy.do(act, LATE)
        before, after = punctual.end(), tardy.end()
        broken = broken_invariants(session, quiz_id=quiz.id)
        session.rollback()

    assert broken == []
    assert after.score >= before.score
    assert after.grade >= before.grade
    assert all(b.points >= a.points for a, b in zip(before.questions, after.questions, strict=True))
    assert after.score == sum((question.points for question in after.questions), Decimal(0))
    assert not before.late
