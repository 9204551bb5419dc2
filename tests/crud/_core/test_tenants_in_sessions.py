"""A session of the host never takes rows of two tenants for the same."""

from __future__ import annotations

import inspect
import uuid
from typing import Any

import pytest
from sqlalchemy import String, and_, create_engine, literal_column, select, text, true
from sqlalchemy.orm import DeclarativeBase, Session

from quizkit.crud import Tenants
from quizkit.crud._core.verbs import VerbGroup
from quizkit.models import mount
from quizkit.questions import TrueFalse
from quizkit.schemas import AccommodationSettings, CategoryCreate, Page, QuizCreate, QuizUpdate
from quizkit.sessions import configure_sqlite

ID = uuid.UUID("01a22be6-08ab-745a-8e67-975257f9986f")


class Base(DeclarativeBase):
    pass


models = mount(Base, tenant=String(20))
tenants = Tenants(models, str)


@pytest.mark.parametrize(
    "condition", [text("1 = 0 OR 1 = 1"), literal_column("1 = 0 OR 1 = 1"), and_(true(), text("1 = 0 OR 1 = 1"))]
)
def test_no_condition_of_the_host_reaches_another_tenant(condition: Any) -> None:
    engine = create_engine("sqlite://")
    configure_sqlite(engine)
    Base.metadata.create_all(engine)
    mine, theirs = tenants.of("mine"), tenants.of("theirs")
    data = QuizCreate(title="Theirs", questions=[TrueFalse(content="?", answer=True)])
    with Session(engine) as session:
        made = theirs.quizzes.create(session, data)
        theirs.quizzes.publish(session, made.id)
        theirs.categories.create(session, CategoryCreate(bank_id=made.bank_id, name="Theirs"))
        theirs.assignments.accommodate(session, AccommodationSettings(extra_seconds=60), taker="ann")
        paper = theirs.attempts.start(session, quiz_id=made.id, taker="ann")
        theirs.attempts.submit(session, paper.attempt_id, taker="ann")
        theirs.supervision.set_lateness(session, paper.attempt_id, seconds=0, reason="x")
        assert paper.assignment_id is not None
        arguments: dict[str, dict[str, Any]] = {
            "assignments.events": {"taker": "ann"},
            "assignments.page": {"quiz_id": made.id},
            "attempts.page": {"taker": "ann"},
            "banks.page": {},
            "categories.page": {"bank_id": made.bank_id},
            "gradebook.grades": {"assignment_id": paper.assignment_id},
            "gradebook.leaderboard": {"assignment_id": paper.assignment_id},
            "gradebook.place": {"assignment_id": paper.assignment_id, "taker": "ann"},
            "gradebook.standings": {"assignment_ids": [paper.assignment_id]},
            "questions.page": {},
            "supervision.events": {"assignment_id": paper.assignment_id},
            "supervision.page": {"assignment_id": paper.assignment_id},
            "quizzes.page": {},
        }
        assert set(arguments) == set(filtered(mine))
        for name, given in arguments.items():
            assert found(filtered(mine)[name](session, **given, where=[condition])) == 0, name
            assert found(filtered(theirs)[name](session, **given, where=[condition])) == 1, name
        session.rollback()
    engine.dispose()


def found(result: Any) -> int:
    """Return how many items a list has, or whether there is a place on a board."""
    return len(result.items) if isinstance(result, Page) else int(result is not None)


def filtered(kit: Any) -> dict[str, Any]:
    """Return the verbs that take conditions of the host."""
    nouns = {name: noun for name, noun in vars(kit).items() if isinstance(noun, VerbGroup)}
    verbs = {
        f"{noun}.{name}": getattr(group, name) for noun, group in nouns.items() for name in dir(group) if name[0] != "_"
    }
    return {
        name: verb for name, verb in verbs.items() if callable(verb) and "where" in inspect.signature(verb).parameters
    }


def test_rows_of_two_tenants_with_the_same_id_are_two_objects() -> None:
    engine = create_engine("sqlite://")
    configure_sqlite(engine)
    Base.metadata.create_all(engine)
    mine, theirs = tenants.of("mine"), tenants.of("theirs")
    with Session(engine, expire_on_commit=False) as session:
        for kit, title in ((mine, "Mine"), (theirs, "Theirs")):
            data = QuizCreate(title=title, questions=[TrueFalse(content="?", answer=True)])
            kit.quizzes.create(session, data, quiz_id=ID)
        session.commit()
        quiz = models.quiz
        rows = {row.tenant_id: row for row in session.scalars(select(quiz).where(quiz.id == ID))}
        version = theirs.quizzes.get(session, ID).version
        theirs.quizzes.update(session, ID, QuizUpdate(title="Changed"), version=version)

        assert (rows["mine"].title, rows["theirs"].title) == ("Mine", "Changed")
        assert session.get_one(quiz, ("theirs", ID)) is rows["theirs"]
        assert session.get_one(quiz, {"tenant_id": "mine", "id": ID}).title == "Mine"
        session.rollback()
    engine.dispose()
