"""A quiz says how many points, questions and draws it has, without reading them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from conftest import Caller, Database, together
from quizkit.crud import Quizkit, attempts, kit, questions, quizzes
from quizkit.models import models
from quizkit.questions import QuestionDraft, TrueFalse
from quizkit.schemas import DrawSlot, QuestionSlot, QuizCreate, QuizOutline, QuizReturn, SectionOutline
from quizkit.vocabulary import Counting

RHINE = TrueFalse(content="The Rhine is a river.", answer=True, points="1.5")
ALPS = TrueFalse(content="The Alps are a river.", answer=False)


def counts(call: Caller, quiz: QuizReturn[str]) -> tuple[int, int, str | None]:
    found: QuizReturn[str] = call(quizzes.get, quiz.id)
    assert found in call(quizzes.page, where=[models.quiz.id == quiz.id]).items
    return found.question_count, found.draw_count, None if found.max_score is None else str(found.max_score)


def test_questions_count_from_the_first_draft_on(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE, QuestionDraft(body={"type": "essay"})]))

    assert (quiz.question_count, quiz.draw_count, quiz.max_score) == (2, 0, None)
    assert counts(call, quiz) == (2, 0, None)
    call(questions.add, [ALPS, ALPS], quiz_id=quiz.id)
    assert counts(call, quiz) == (4, 0, None)
    call(quizzes.remove, quiz.id, question_id=call(questions.page, quiz_id=quiz.id).items[1].id)
    assert counts(call, quiz) == (3, 0, None)


def test_points_are_those_of_the_published_revision(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE, ALPS]))
    published = call(quizzes.publish, quiz.id)
    (rhine, _) = call(questions.page, quiz_id=quiz.id).items

    assert str(published.max_score) == "2.5" == str(call(attempts.start, quiz.id, taker="ann").max_score)
    call(questions.revise, rhine.id, RHINE.model_copy(update={"points": 4}))
    assert counts(call, quiz) == (2, 0, "2.5")
    call(quizzes.publish, quiz.id)
    assert counts(call, quiz) == (2, 0, "5")


def test_a_draw_counts_as_many_questions_as_it_draws_and_extra_points_do_not_count(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE, ALPS]))
    (rhine, alps) = call(questions.page, quiz_id=quiz.id).items
    more = [TrueFalse(content=f"River {n} is long.", answer=True) for n in range(3)]
    call(questions.add, more, bank_id=quiz.bank_id)
    slots: list[QuestionSlot | DrawSlot] = [
        QuestionSlot(question_id=rhine.id),
        QuestionSlot(question_id=alps.id, counting=Counting.EXTRA),
        DrawSlot(bank_id=quiz.bank_id, count=2, points=3),
    ]

    call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=slots)]))

    assert counts(call, quiz) == (2, 2, None)
    call(quizzes.publish, quiz.id)
    assert counts(call, quiz) == (2, 2, "7.5")
    assert len(call(attempts.start, quiz.id, taker="ann").questions) == 4


@pytest.mark.parametrize("size", [4])
def test_questions_that_are_added_at_the_same_time_are_all_counted(database: Database, size: int) -> None:
    engine = database.engine(pool_size=size)
    with Session(engine) as session, session.begin():
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=[RHINE]))

    def add(session: Session) -> Any:
        return Quizkit(models).questions.add(session, [ALPS], quiz_id=quiz.id)

    together(engine, *[add] * size)

    with Session(engine) as session:
        assert kit.quizzes.get(session, quiz.id).question_count == 1 + size
        assert len(kit.questions.page(session, quiz_id=quiz.id).items) == 1 + size
    engine.dispose()
