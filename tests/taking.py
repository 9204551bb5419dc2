"""Shared by tests of taking a quiz: a clock, questions with known answers, published quizzes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, StaticPool, create_engine

from quizkit import migrations
from quizkit.crud import Anonymous, attempts, banks, quizzes
from quizkit.questions import Hint, Matching, MatchingPair, Question, ShortAnswer, TextAnswer, TrueFalse
from quizkit.schemas import (
    BankCreate,
    CheckResponse,
    DrawSlot,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    SaveResponse,
    SectionOutline,
)
from quizkit.sessions import configure_sqlite
from quizkit.vocabulary import TimeUp

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
TICK = timedelta(microseconds=1)

LAST = NOON + MINUTE + 10 * SECOND
"""The last time that is not late under `MINUTE_THEN_LATE`: the deadline plus the grace period."""
LATE = LAST + TICK
MINUTE_THEN_LATE: dict[str, Any] = {
    "time_limit_seconds": 60,
    "grace_seconds": 10,
    "time_up": TimeUp.ACCEPT_LATE,
    "late_seconds": 600,
}

Call = Callable[..., Any]


def memory() -> Engine:
    """Return a new migrated database in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    configure_sqlite(engine)
    migrations.upgrade(engine)
    return engine


def yes(n: int = 1, **more: Any) -> TrueFalse:
    """A question whose right answer is true."""
    return TrueFalse(content=f"Question {n}", answer=True, **more)


def river(**more: Any) -> ShortAnswer:
    """Danube is right, Donau is worth half, anything else is wrong; there are two hints."""
    answers = [
        TextAnswer(text="Danube", feedback="Indeed."),
        TextAnswer(text="Donau", weight="1/2", feedback="In German."),
        TextAnswer(text="*", weight=0, feedback="No."),
    ]
    hints = [Hint(content="It is long."), Hint(content="It is blue.")]
    return ShortAnswer(
        **{
            "content": "The river of Vienna?",
            "answers": answers,
            "hints": hints,
            "general_feedback": "See a map.",
            **more,
        }
    )


def pairs(**more: Any) -> Matching:
    """Four capitals, and two hints."""
    known = {"Vienna": "Danube", "Paris": "Seine", "London": "Thames", "Rome": "Tiber"}
    made = [MatchingPair(id=city.lower(), premise=city, choice=water) for city, water in known.items()]
    return Matching(content="Which river?", pairs=made, hints=[Hint(content="1"), Hint(content="2")], **more)


def published(call: Call, *asked: Question, **policy: Any) -> uuid.UUID:
    """Return the id of a new published quiz."""
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=asked or (yes(1), yes(2)), **policy))
    call(quizzes.publish, quiz.id)
    found: uuid.UUID = quiz.id
    return found


def arranged(call: Call, *sections: SectionOutline, **policy: Any) -> uuid.UUID:
    """Return the id of a new published quiz with these sections."""
    quiz = call(quizzes.create, QuizCreate(title="Rivers", **policy))
    call(quizzes.set_outline, quiz.id, QuizOutline(sections=sections))
    call(quizzes.publish, quiz.id)
    found: uuid.UUID = quiz.id
    return found


def bank_of(call: Call, *asked: Question, **where: Any) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """Return the ids of a new bank and of its questions."""
    from quizkit.crud import questions

    bank = where.pop("bank_id", None) or call(banks.create, BankCreate(name="Bank")).id
    return bank, [added.id for added in call(questions.add, asked, bank_id=bank, **where)]


def slots_for(ids: list[uuid.UUID], **more: Any) -> list[QuestionSlot | DrawSlot]:
    """Return a slot for each question."""
    return [QuestionSlot(question_id=one, **more) for one in ids]


def start_attempt(call: Call, quiz_id: uuid.UUID, taker: str | Anonymous = "ann", **more: Any) -> Any:
    """Start an attempt, at noon by default."""
    return call(attempts.start, quiz_id, taker=taker, **{"now": NOON, **more})


def answer(slot: int, sequence: int = 1, /, **response: Any) -> SaveResponse:
    """Return a response to save."""
    return SaveResponse(slot=slot, sequence=sequence, response=response)


def check(
    slot: int, number: int, /, *, sequence: int | None = None, certainty: Any = None, **response: Any
) -> CheckResponse:
    """Return a response to check."""
    return CheckResponse(slot=slot, sequence=sequence or number, number=number, response=response, certainty=certainty)
