"""A session of the host never takes rows of two tenants for the same."""

from __future__ import annotations

import uuid

from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Session

from quizkit.crud import Tenants
from quizkit.models import mount
from quizkit.questions import TrueFalse
from quizkit.schemas import QuizCreate, QuizUpdate
from quizkit.sessions import configure_sqlite

ID = uuid.UUID("01a22be6-08ab-745a-8e67-975257f9986f")


class Base(DeclarativeBase):
    pass


models = mount(Base, tenant=String(20))
tenants = Tenants(models, str)


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
