"""A transaction whose snapshot is older than the commits of others."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from quizkit.crud import Quizkit
from quizkit.models import models
from quizkit.schemas import QuizCreate
from quizkit.sessions import is_retryable, run_transaction
from taking import NOON, yes


def committed(engine: Engine, work: Callable[[Session], Any]) -> Any:
    """Run a function in its own transaction."""
    with Session(engine) as session, session.begin():
        return work(session)


class OlderSnapshot:
    """A transaction whose snapshot is older than the commits of others. It is retried if the error is retryable."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.session = Session(engine)
        # Nobody writes this table: at SERIALIZABLE, MariaDB locks each row that a transaction reads.
        self.session.execute(text("SELECT version_num FROM quizkit_alembic_version")).all()

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

    return uuid.UUID(str(committed(engine, work)))


def started(engine: Engine, quiz_id: uuid.UUID, taker: str, **more: Any) -> uuid.UUID:
    paper = committed(
        engine, lambda s: Quizkit(models).attempts.start(s, quiz_id, taker=taker, **{"now": NOON, **more})
    )
    return uuid.UUID(str(paper.attempt_id))
