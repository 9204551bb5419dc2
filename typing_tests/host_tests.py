"""Tests of a host, with factories and strategies. Both checkers pass every line."""

from collections.abc import AsyncIterator
from typing import assert_type
from uuid import uuid4

import pytest
from host_models import kit
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from quizkit.questions import Choice, GradeState, Question, TrueFalse
from quizkit.schemas import QuizCreate, QuizReturn, SaveResponse
from quizkit.sessions import configure_sqlite
from quizkit.testing import (
    ChoiceFactory,
    QuizCreateFactory,
    QuizFactory,
    TrueFalseFactory,
    broken_invariants,
    check_question,
    questions,
    responses_for,
    rolled_back,
)


@pytest.fixture
async def session() -> AsyncIterator[AsyncSession]:
    engine = create_async_engine("sqlite+aiosqlite://")
    configure_sqlite(engine)
    async with rolled_back(engine) as session:
        yield session


async def test_a_quiz(session: AsyncSession) -> None:
    quiz = await QuizFactory.create(session=session, kit=kit, title="Rivers")
    assert_type(quiz, QuizReturn[int])
    assert_type(await QuizFactory.create(session=session), QuizReturn[str])
    paper = await kit.attempts.start(session, quiz.id, taker=7)
    await kit.attempts.save(session, paper.attempt_id, SaveResponse(slot=1, sequence=1, response={}), taker=7)
    assert await broken_invariants(session) == []


def test_a_quiz_with_a_sync_session() -> None:
    with Session(create_engine("sqlite://")) as session:
        quiz = QuizFactory.create(session=session, kit=kit, published=False)
        assert_type(quiz, QuizReturn[int])
        assert_type(QuizFactory.create(session=session), QuizReturn[str])
        assert quiz.state == "draft"
        assert kit.quizzes.create(session, QuizCreateFactory.build(title="x"), author=7).author_id == 7
        assert quiz.id != uuid4()


def test_factories() -> None:
    assert_type(ChoiceFactory.build(points=2), Choice)
    assert_type(TrueFalseFactory.build_batch(3), list[TrueFalse])
    assert_type(QuizCreateFactory.build(title="x"), QuizCreate)
    assert [question.answer for question in TrueFalseFactory.build_batch(3)]


@given(questions("choice", "numeric"), st.data())
def test_questions(question: Question, data: st.DataObject) -> None:
    check_question(question)
    assert question.mark(data.draw(responses_for(question, "right"))).state is GradeState.RIGHT
