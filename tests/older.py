"""A transaction that has looked at the database before others did something."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from quizkit.crud import Quizkit
from quizkit.models import models
from quizkit.schemas import QuizCreate
from quizkit.sessions import is_retryable, run_transaction
from taking import NOON, yes


def kept(engine: Engine, work: Callable[[Session], Any]) -> Any:
    """Do something in a transaction of its own."""
    with Session(engine) as session, session.begin():
        return work(session)


class Older:
    """A transaction that has looked at the database before others did something. It is run again where that may help."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.session = Session(engine)
        self.session.execute(select(models.bank.id).limit(1)).all()

    def __call__(self, work: Callable[[Session], Any]) -> Any:
        try:
            done = work(self.session)
            self.session.commit()
        except Exception as error:
            self.session.rollback()
            if not is_retryable(error):
                raise
            return run_transaction(sessionmaker(self.engine), work)
        finally:
            self.session.close()
        return done


def quiz_of(engine: Engine, *asked: Any, **policy: Any) -> uuid.UUID:
    kit = Quizkit(models)

    def work(session: Session) -> uuid.UUID:
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=asked or (yes(1), yes(2)), **policy))
        kit.quizzes.publish(session, quiz.id)
        return quiz.id

    return uuid.UUID(str(kept(engine, work)))


def begun(engine: Engine, quiz_id: uuid.UUID, taker: str, **more: Any) -> uuid.UUID:
    paper = kept(engine, lambda s: Quizkit(models).attempts.start(s, quiz_id, taker=taker, **{"now": NOON, **more}))
    return uuid.UUID(str(paper.attempt_id))
