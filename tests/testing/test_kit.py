"""The test kit is public, so it is tested like everything else: above all, that it detects damage."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session

from conftest import Database
from quizkit.crud import attempts, quizzes
from quizkit.errors import UsageError
from quizkit.models import Attempt, AttemptResponse, QuizGrade
from quizkit.questions import ChoiceView, Grade, Question, TrueFalse, TrueFalseView, Verdict
from quizkit.questions._marking import ONE, ZERO, Trace
from quizkit.schemas import QuizCreate, SaveResponse
from quizkit.testing import (
    ChoiceFactory,
    EssayFactory,
    NumericFactory,
    QuizCreateFactory,
    QuizFactory,
    ShortAnswerFactory,
    TrueFalseFactory,
    broken_invariants,
    check_question,
    questions,
    responses_for,
    rolled_back,
    rolled_back_sync,
    texts,
)
from quizkit.vocabulary import QuizState

RIVER = TrueFalse(content="The Rhine is a river.", answer=True)


def broken(monkeypatch: pytest.MonkeyPatch, **methods: Any) -> TrueFalse:
    for name, method in methods.items():
        monkeypatch.setattr(TrueFalse, name, method)
    return RIVER


@pytest.mark.parametrize(
    ("methods", "promise"),
    [
        ({"key": lambda _self: RIVER.response_type(answer=False)}, "the key earns full points"),
        ({"bounds": lambda _self: (ONE, ONE)}, "a fraction is within the bounds"),
        ({"summarise": lambda _self, _response: None}, "a response can be summarised"),
        (
            {"view": lambda self: ChoiceView(content=self.content, options=(), multiple=False)},
            "a view is of the view type",
        ),
        ({"_mark": lambda _self, _response: Verdict(cast("Any", 1.0), Trace("x"))}, "a fraction is exact"),
    ],
)
def test_the_check_detects_a_violated_contract(
    monkeypatch: pytest.MonkeyPatch, methods: dict[str, Any], promise: str
) -> None:
    with pytest.raises(AssertionError, match=promise):
        check_question(broken(monkeypatch, **methods))


def test_the_check_detects_a_view_that_reveals_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def telling(self: TrueFalse) -> TrueFalseView:
        return TrueFalseView(content=self.content, language="de" if self.answer else "en")

    monkeypatch.setattr(TrueFalse, "view", telling)
    with pytest.raises(AssertionError, match="a view says nothing about the key"):
        check_question(RIVER, twin=TrueFalse(content=RIVER.content, answer=False))


def test_the_check_detects_marks_that_change(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = iter([ZERO, ONE] * 50)
    original = TrueFalse.mark

    def fickle(self: TrueFalse, response: Any) -> Grade:
        grade = original(self, response)
        if response is None or response.is_blank() or response.answer is True:
            return grade
        return Grade(next(turns), grade.state, grade.marker, grade.trace)

    monkeypatch.setattr(TrueFalse, "mark", fickle)
    with pytest.raises(AssertionError, match="the same response has the same grade"):
        check_question(RIVER)


def test_the_check_detects_a_wrong_response_that_is_right() -> None:
    with pytest.raises(AssertionError, match="a wrong response"):
        check_question(RIVER, wrong={"answer": True})


def test_the_check_requires_a_registered_type() -> None:
    class Unregistered(TrueFalse):
        pass

    with pytest.raises(AssertionError, match="registered"):
        check_question(Unregistered(content="?", answer=True))


@given(questions("true_false", "choice"))
def test_generated_questions_can_be_of_chosen_types(question: Question) -> None:
    assert question.type in {"true_false", "choice"}


@given(questions(also=[st.just(RIVER)]))
def test_generated_questions_can_be_of_a_hosts_own_type(question: Question) -> None:
    assert question is RIVER


def test_a_quality_that_no_response_has_gives_an_empty_strategy() -> None:
    assert responses_for(RIVER, "partly").is_empty


@given(texts())
def test_generated_texts_are_never_empty(text: Any) -> None:
    assert text.text.strip()


@pytest.mark.parametrize("factory", [TrueFalseFactory, ChoiceFactory, ShortAnswerFactory, NumericFactory, EssayFactory])
def test_every_factory_builds_a_question_that_satisfies_the_contract(factory: Any) -> None:
    check_question(factory())
    assert factory().content != factory().content


def test_a_quiz_is_built_without_a_database() -> None:
    built = QuizCreateFactory(title="Rivers")

    assert isinstance(built, QuizCreate)
    assert (built.title, len(built.questions)) == ("Rivers", 3)


def test_a_factory_stores_a_quiz_over_a_sync_session(session: Session) -> None:
    made = QuizFactory.create(session=session, title="Rivers")

    assert (made.state, quizzes.get(session, made.id)) == (QuizState.PUBLISHED, made)
    assert QuizFactory.create(session=session, published=False).state is QuizState.DRAFT


async def test_a_factory_stores_a_quiz_over_an_async_session(async_engine: AsyncEngine) -> None:
    async with rolled_back(async_engine) as session:
        made = await QuizFactory.create(session=session)

        assert await quizzes.get(session, made.id) == made


def test_a_rolled_back_session_stores_nothing_even_if_the_test_commits(engine: Engine) -> None:
    with rolled_back_sync(engine) as session:
        made = QuizFactory.create(session=session)
        session.commit()
        session.rollback()
        assert quizzes.get(session, made.id) == made
    with rolled_back_sync(engine) as session, pytest.raises(Exception, match="no such quiz"):
        quizzes.get(session, made.id)


async def test_an_engine_with_leaking_savepoints_is_refused(tmp_path: Any) -> None:
    unconfigured = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/a.db")
    with pytest.raises(UsageError):
        async with rolled_back(unconfigured):
            pass
    await unconfigured.dispose()
    sync = create_engine(f"sqlite:///{tmp_path}/a.db")
    with pytest.raises(UsageError), rolled_back_sync(sync):
        pass
    sync.dispose()


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("table", "values", "sentence"),
    [
        (Attempt, {"score": 2}, "the score is not the sum"),
        (Attempt, {"score": 99}, "above the maximum"),
        (Attempt, {"needs_grading": True}, "needs_grading does not match"),
        (Attempt, {"paper": []}, "belongs to no slot"),
        (Attempt, {"open_marker": True}, "finished and open at once"),
        (Attempt, {"state": "abandoned"}, "a grade does not match the attempts"),
        (QuizGrade, {"grade": 7}, "a grade does not match the attempts"),
        (QuizGrade, {"attempts": 2}, "a grade does not match the attempts"),
        (AttemptResponse, {"counts": False}, "the score is not the sum"),
        (Attempt, {"number": 7}, "not numbered from 1"),
        (Attempt, {"notes": {"1": {"tries": 1}}}, "wrong number of tries"),
        (AttemptResponse, {"effective_points": None}, "needs_grading does not match"),
    ],
)
def test_the_invariants_detect_every_kind_of_damage(
    session: Session, table: Any, values: dict[str, Any], sentence: str
) -> None:
    quiz = QuizFactory.create(session=session, questions=[RIVER])
    paper = attempts.start(session, quiz.id, taker="ann")
    attempts.save(session, paper.attempt_id, SaveResponse(slot=1, sequence=1, response={"answer": True}), taker="ann")
    attempts.submit(session, paper.attempt_id, taker="ann")
    assert broken_invariants(session) == []

    which = {Attempt: Attempt.id, AttemptResponse: AttemptResponse.attempt_id}.get(table)
    this = QuizGrade.quiz_id == quiz.id if which is None else which == paper.attempt_id
    session.execute(update(table).where(this).values(**values))

    assert any(sentence in found for found in broken_invariants(session))
    session.rollback()


def test_the_invariants_count_attempts(database: Database) -> None:
    engine = database.engine()
    with Session(engine) as session:
        quiz = QuizFactory.create(session=session, questions=[RIVER], max_attempts=2)
        for _ in range(2):
            paper = attempts.start(session, quiz.id, taker="ann")
            attempts.submit(session, paper.attempt_id, taker="ann")
        policy = {
            **session.scalars(select(Attempt.policy).where(Attempt.quiz_id == quiz.id)).all()[0],
            "max_attempts": "1",
        }
        session.execute(update(Attempt).where(Attempt.quiz_id == quiz.id).values(policy=policy))
        assert "a taker has more attempts than are allowed" in broken_invariants(session)
        session.rollback()
    engine.dispose()
