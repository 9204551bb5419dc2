"""A column of user ids that ignores case: two spellings are one user for the database, and so for the verbs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, String, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from conftest import Database
from quizkit.crud import Quizkit
from quizkit.errors import Refused
from quizkit.models import mount
from quizkit.questions import TrueFalse
from quizkit.schemas import AccessSettings, QuizCreate, QuizReturn, SaveResponse
from quizkit.testing import Invariants

# The default collation of MariaDB ignores case; a column that references users has theirs.
ANY_CASE = String(36).with_variant(String(36, collation="NOCASE"), "sqlite")


class Base(DeclarativeBase): ...


class User(Base):
    __tablename__ = "spelt_users"
    id: Mapped[str] = mapped_column(ANY_CASE, primary_key=True)


models = mount(Base, subject=ANY_CASE, references="spelt_users.id", prefix="spelt_")
kit = Quizkit(models)


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    if database.kind == "postgresql":
        pytest.skip("its default collations tell the spellings apart")
    engine = database.engine()
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        session.add_all([User(id="ann"), User(id="bob")])
        session.flush()
        yield session
        assert Invariants(models).broken(session) == []
        session.rollback()


def published(session: Session) -> QuizReturn[str]:
    asked = [TrueFalse(content="The Rhine is a river.", answer=True)]
    quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=asked, max_attempts=None))
    return kit.quizzes.publish(session, quiz.id)


def submit(session: Session, quiz: QuizReturn[str], *, taker: str, answer: bool) -> None:
    paper = kit.attempts.start(session, quiz.id, taker=taker)
    saved = SaveResponse(slot=1, sequence=1, response={"answer": answer})
    kit.attempts.save(session, paper.attempt_id, saved, taker=taker.swapcase())
    kit.attempts.submit(session, paper.attempt_id, taker=taker)


def test_attempts_under_two_spellings_have_one_grade(session: Session) -> None:
    quiz = published(session)
    submit(session, quiz, taker="ann", answer=True)
    submit(session, quiz, taker="ANN", answer=False)

    (grade,) = kit.gradebook.grades(session, quiz.id).items

    assert (grade.attempts, grade.grade) == (2, Decimal(1))
    assert kit.attempts.grade(session, quiz.id, taker="Ann") == kit.attempts.grade(session, quiz.id, taker="ann")
    assert [one.number for one in kit.attempts.page(session, quiz_id=quiz.id, taker="aNN").items] == [1, 2]


def test_a_roster_names_takers_in_any_spelling(session: Session) -> None:
    quiz = published(session)
    submit(session, quiz, taker="ann", answer=True)

    named = kit.gradebook.roster(session, quiz.id, takers=["ANN", "bob", "ann"])

    assert [(one.taker_id, one.started) for one in named] == [("ANN", True), ("bob", False), ("ann", True)]
    assert named[0].grade == named[2].grade != named[1].grade
    (other,) = kit.gradebook.roster(session, quiz.id, takers=["Ann"])
    assert other.grade == named[0].grade


def test_overdue_attempts_under_other_spellings_than_the_first_are_graded(session: Session) -> None:
    quiz = published(session)
    for taker in ("ann", "bob"):
        submit(session, quiz, taker=taker, answer=True)
    for taker in ("ANN", "BOB"):
        kit.attempts.start(session, quiz.id, taker=taker, now=datetime.now(UTC))
    session.execute(update(models.attempt).values(accepts_until=datetime.now(UTC)))

    expired = kit.gradebook.expire_due(session, now=datetime.now(UTC) + timedelta(days=1))

    assert (expired.finished, expired.broken) == (2, 0)
    assert [(one.attempts, one.grade) for one in kit.gradebook.grades(session, quiz.id).items] == [(2, Decimal(1))] * 2


def test_rebuilt_grades_are_those_of_all_spellings(session: Session) -> None:
    quiz = published(session)
    for taker, answer in [("ann", True), ("ANN", False), ("bob", True), ("Bob", True)]:
        submit(session, quiz, taker=taker, answer=answer)
    session.execute(update(models.quiz_grade).values(taker_id="ANN").where(models.quiz_grade.taker_id == "ann"))

    unchanged = kit.gradebook.rebuild(session, quiz.id)
    session.execute(update(models.quiz_grade).values(grade=0))
    mended = kit.gradebook.rebuild(session, quiz.id)

    assert (unchanged.grades, unchanged.changed, unchanged.broken) == (2, 0, 0)
    assert (mended.grades, mended.changed, mended.broken) == (2, 2, 0)


def test_the_newest_exception_of_a_user_applies_however_it_was_spelt(session: Session) -> None:
    quiz = published(session)
    (assignment,) = kit.assignments.page(session, quiz_id=quiz.id).items
    for attempts, taker in [(1, "ann"), (2, "ANN")]:
        kit.assignments.override(session, assignment.id, AccessSettings(max_attempts=attempts), taker=taker)

    for _ in range(2):
        submit(session, quiz, taker="ann", answer=True)

    with pytest.raises(Refused) as refused:
        kit.attempts.start(session, quiz.id, taker="Ann")
    assert refused.value.code == "no_attempts_left"
