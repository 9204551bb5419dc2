"""The rules and the independent arithmetic of the test kit give the same numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from quizkit.crud import attempts
from quizkit.crud._grades import compute
from quizkit.questions import TrueFalse
from quizkit.rules.grading import UNGRADED, FinishedAttempt, assignment_grade
from quizkit.rules.lateness import Stored, counted, decided
from quizkit.testing import QuizFactory, arithmetic, broken_invariants
from quizkit.vocabulary import AttemptState, Behaviour, Counting, GradingMethod

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POINTS = st.decimals(-9, 9, places=7)
POLICIES = st.fixed_dictionaries(
    {
        "behaviour": st.just("deferred"),
        "penalty": st.just("0"),
        "grading_method": st.sampled_from([method.value for method in GradingMethod]),
        "best_attempts": st.integers(1, 3).map(str),
        "max_grade": st.none() | st.decimals(0, 100, places=2).map(str),
        "pass_grade": st.none() | st.decimals(0, 100, places=6).map(str),
        "max_attempts": st.none(),
        "late_penalty": st.just("0"),
    },
    optional={
        "credit": st.fixed_dictionaries(
            {
                "steps": st.sampled_from([[[-60, "11/10"], [60, "1/2"]], [[0, "1"], [None, "1/3"]]]),
                "due": st.just(NOON.isoformat()),
                "deadline": st.just(NOON.isoformat()),
            }
        ),
        "requirements": st.lists(
            st.tuples(st.lists(st.integers(1, 3), max_size=3, unique=True), st.decimals(0, 5, places=5).map(str)),
            max_size=2,
        ),
    },
)
ATTEMPTS = st.builds(
    FinishedAttempt,
    state=st.sampled_from([AttemptState.SUBMITTED, AttemptState.ABANDONED]),
    score=POINTS,
    max_score=st.decimals(0, 9, places=2),
    needs_grading=st.booleans(),
    policy=POLICIES,
    submitted_at=st.sampled_from([NOON + timedelta(seconds=seconds) for seconds in (-90, -60, 0, 1, 60, 61, 90)]),
    due_at=st.sampled_from([NOON, NOON + timedelta(seconds=30)]),
    points=st.dictionaries(st.integers(1, 3), POINTS),
    late_seconds=st.none() | st.sampled_from([0, 1, 60, 61]),
    voided=st.booleans(),
)


@given(st.lists(ATTEMPTS, max_size=4))
def test_the_independent_grade_equals_that_of_the_rules(made: list[FinishedAttempt]) -> None:
    grade: Any = assignment_grade(made)
    rows = [SimpleNamespace(**one._asdict(), voided_at=NOON if one.voided else None) for one in made]

    assert arithmetic.taker_grade(rows, lambda one: one.points) == arithmetic.stored_grade(grade)


@given(
    st.none() | POINTS,
    st.none() | POINTS,
    st.booleans(),
    st.booleans(),
    st.none() | POINTS,
    st.sampled_from([None, 0, 1, 60]),
)
def test_the_independent_late_points_equal_those_of_the_rules(
    points: Decimal | None,
    late_points: Decimal | None,
    late: bool,
    kept: bool,
    kept_points: Decimal | None,
    seconds: int | None,
) -> None:
    answer = SimpleNamespace(
        effective_points=points,
        late_points=late_points,
        received_at=NOON + timedelta(microseconds=late),
        kept_points=kept_points,
        kept_received_at=NOON if kept else None,
    )
    expected = counted(decided(Stored(points, late_points, late, kept, kept_points), seconds))

    found = arithmetic.counted_answer(answer, SimpleNamespace(late_seconds=seconds, on_time_until=NOON))
    assert found == (Fraction(expected.known), expected.points is not None, expected.late)


def test_certainty_can_triple_the_points_and_ignored_slots_give_none() -> None:
    slots = [
        SimpleNamespace(max_points=Decimal("1.5"), counting=counting)
        for counting in (Counting.COUNTS, Counting.EXTRA, Counting.IGNORED)
    ]

    assert arithmetic.highest_score({"behaviour": Behaviour.INTERACTIVE}, slots) == 3
    assert arithmetic.highest_score({"behaviour": Behaviour.DEFERRED_CBM}, slots) == 9


def test_the_invariants_detect_wrongly_computed_grades(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "assignment_grade", lambda _attempts: UNGRADED)
    with Session(engine) as session:
        quiz = QuizFactory.create(session=session, questions=[TrueFalse(content="The Rhine is a river.", answer=True)])
        paper = attempts.start(session, quiz.id, taker="ann")
        attempts.submit(session, paper.attempt_id, taker="ann")

        assert broken_invariants(session, quiz_id=quiz.id) == ["a grade does not match the attempts of its taker"]
        session.rollback()
