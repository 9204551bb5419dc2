"""What a verb has changed is read again in the mapped rows that the caller's session has loaded."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    Engine,
    Integer,
    MetaData,
    StaticPool,
    String,
    Uuid,
    and_,
    bindparam,
    create_engine,
    inspect,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    load_only,
    mapped_column,
    query_expression,
    with_expression,
)

from conftest import Caller, statements
from mapped_rows import load, stale
from quizkit.crud import Quizkit, quizzes
from quizkit.crud._core.expiring import written_by
from quizkit.errors import Refused
from quizkit.models import BankMixin, Quiz, QuizRevision, Slot, TableConfig, models, mount
from quizkit.questions import TrueFalse
from quizkit.schemas import BankCreate, BankUpdate, DrawSlot, QuizCreate, QuizOutline, QuizUpdate, SectionOutline
from quizkit.sessions import configure_sqlite
from quizkit.testing import QuizFactory
from quizkit.vocabulary import uuid7
from ready import Ready

ASKED = [TrueFalse(content="Is the Rhine a river?", answer=True)]

# The attempts of an assignment, the slots of a draft and, on MariaDB, an insert that keeps an existing grade.
FOUND_OTHERWISE = {"sqlite": ["attempt"], "postgresql": ["attempt"], "mariadb": ["attempt", "quiz_grade"]}

DIALECTS: dict[str, Any] = {module.dialect.name: module.dialect() for module in (mysql, postgresql, sqlite)}


def check_every_verb(session: Session, name: str) -> tuple[int, list[str]]:
    """Call each writing verb with everything loaded; return how many rows were loaded, and the faults."""
    before = uuid7(datetime.now(UTC), b"\0" * 10)
    ready = Ready(session, name)
    faults, loaded = [], 0
    for called in ready.calls(Quizkit(models)):
        if (called == "try again") != (name == "try again"):
            continue
        verb, arguments, more = ready.calls(Quizkit(models))[called]
        savepoint = session.begin_nested()
        rows = load(session, models, before)
        loaded = max(loaded, len(rows))
        verb(session, *arguments, **more)
        faults += [f"after {called}: {row}" for row in stale(session, rows)]
        savepoint.rollback()
        faults += [f"after {called} and a rollback: {row}" for row in stale(session, rows)]
        session.expunge_all()
    return loaded, faults


@pytest.mark.parametrize("name", ["everything", "try again"])
def test_no_loaded_row_is_stale_after_a_verb_or_its_rollback(call: Caller, name: str) -> None:
    def run(session: Session) -> tuple[int, list[str]]:
        found = check_every_verb(session, name)
        session.rollback()
        return found

    loaded, faults = call.within(run)

    assert loaded > 30
    assert faults == []


def test_a_published_quiz_is_published_after_a_commit_that_does_not_expire(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        made = quizzes.create(session, QuizCreate(title="Rivers", questions=ASKED))
        quiz = session.get_one(Quiz, made.id)
        assert quiz.state == "draft"
        quizzes.publish(session, made.id)
        session.commit()

        assert session.get_one(Quiz, made.id).state == "published"
        assert session.scalars(select(Quiz).where(Quiz.id == made.id)).one().state == "published"
        assert quiz.state == "published"


def test_a_verb_sends_no_statement_more_for_loaded_rows(engine: Engine) -> None:
    sent = []
    with Session(engine) as session:
        before = uuid7(datetime.now(UTC), b"\0" * 10)
        ready = Ready(session, "counts")
        for called in ready.calls(Quizkit(models)):
            if called == "try again":
                continue
            counts = []
            for loaded in (False, True):
                verb, arguments, more = ready.calls(Quizkit(models))[called]
                savepoint = session.begin_nested()
                session.expunge_all()
                rows = load(session, models, before) if loaded else []
                assert bool(rows) == loaded
                session.connection()
                with statements(engine) as these:
                    verb(session, *arguments, **more)
                counts.append(len(these))
                savepoint.rollback()
            sent.append((called, *counts))
        session.rollback()

    assert [called for called, without, beside in sent if beside != without] == []
    assert len(sent) > 25


def test_only_what_a_verb_changes_is_read_again(engine: Engine) -> None:
    with Session(engine) as session:
        one, other = (quizzes.create(session, QuizCreate(title=title)) for title in ("One", "Other"))
        mine, others = session.get_one(Quiz, one.id), session.get_one(Quiz, other.id)
        quizzes.update(session, one.id, QuizUpdate(title="Changed"))

        with statements(engine) as sent:
            assert (mine.state, mine.bank_id, others.title, others.version) == ("draft", one.bank_id, "Other", 1)
        assert sent == []
        assert mine.title == "Changed"
        session.rollback()


def test_changes_that_are_not_flushed_stay(engine: Engine) -> None:
    with Session(engine, autoflush=False) as session:
        made = quizzes.create(session, QuizCreate(title="Rivers", description="Long", questions=ASKED))
        quiz = session.get_one(Quiz, made.id)
        quiz.title, quiz.description = "The host's title", "The host's text"
        quizzes.update(session, made.id, QuizUpdate(title="A verb's title"))
        quizzes.publish(session, made.id)

        assert (quiz.title, quiz.description, quiz.state) == ("The host's title", "The host's text", "published")
        session.flush()
        returned = quizzes.get(session, made.id)
        assert (returned.title, returned.description) == ("The host's title", "The host's text")
        session.rollback()


def test_a_change_of_the_only_attribute_that_a_verb_has_expired_stays(engine: Engine) -> None:
    with Session(engine, autoflush=False) as session:
        made = quizzes.create(session, QuizCreate(title="Rivers"))
        quiz = session.scalars(select(Quiz).options(load_only(Quiz.title)).where(Quiz.id == made.id)).one()
        quizzes.update(session, made.id, QuizUpdate(title="A verb's title"))
        quiz.title = "The host's title"

        assert session.get_one(Quiz, made.id).title == "The host's title"
        session.flush()
        assert quizzes.get(session, made.id).title == "The host's title"
        session.rollback()


def test_changes_of_slots_that_a_verb_has_expired_stay(engine: Engine) -> None:
    """Their table has no column that every verb sets."""
    with Session(engine, autoflush=False) as session:
        made = quizzes.create(session, QuizCreate(title="Rivers", questions=ASKED))
        of_quiz = select(Slot).join(models.section).join(QuizRevision).where(QuizRevision.quiz_id == made.id)
        slot = session.scalars(of_quiz).one()
        revision = slot.question_revision_id
        quizzes.publish(session, made.id)
        assert "question_revision_id" in inspect(slot).expired_attributes
        slot.question_revision_id = revision

        session.get(Slot, slot.id)
        assert slot in session.dirty
        session.rollback()


class Noted(DeclarativeBase):
    metadata = MetaData(info={"quizkit": TableConfig(prefix="noted_")})


class NotedBank(BankMixin, Noted):
    kind: Mapped[str] = mapped_column(String(9), default="plain")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "plain"}  # noqa: RUF012 - SQLAlchemy's


class SharedBank(NotedBank):
    touched: Mapped[int | None] = mapped_column(Integer(), default=0, onupdate=text("touched + 1"))
    __mapper_args__ = {"polymorphic_identity": "shared"}  # noqa: RUF012 - SQLAlchemy's


NotedBank.title = column_property(NotedBank.__table__.c.name + "!")
NotedBank.asked = query_expression()


def test_what_hosts_compute_from_a_changed_row_is_read_again() -> None:
    """In an expression, in a column of a subclass; not what only the host's own query has."""
    own: Any = Quizkit(mount(Noted, bank=NotedBank))
    engine = create_engine("sqlite://", poolclass=StaticPool)
    configure_sqlite(engine)
    Noted.metadata.create_all(engine)
    with Session(engine) as session:
        made = own.banks.create(session, BankCreate(name="Rivers"), values={NotedBank.kind: "shared"})
        loaded: Any = select(NotedBank).options(with_expression(NotedBank.asked, literal("yes")))  # type: ignore[attr-defined] # as above
        bank: Any = session.scalars(loaded).one()
        assert (type(bank), bank.title, bank.touched) == (SharedBank, "Rivers!", 0)
        own.banks.update(session, made.id, BankUpdate(name="Lakes"))

        assert (bank.title, bank.touched, bank.asked) == ("Lakes!", 1, "yes")
    engine.dispose()


def test_a_deleted_row_is_no_longer_found(engine: Engine) -> None:
    drawn = QuizOutline(sections=[SectionOutline(slots=[])])
    with Session(engine) as session:
        made = quizzes.create(session, QuizCreate(title="Rivers", questions=ASKED))
        draft = session.scalars(select(QuizRevision).where(QuizRevision.quiz_id == made.id)).one()
        slot = session.scalars(
            select(Slot).join(models.section).where(models.section.quiz_revision_id == draft.id)
        ).one()
        quizzes.set_outline(session, made.id, drawn, version=made.version)

        assert session.get(Slot, slot.id) is None
        session.rollback()


def test_a_refused_verb_leaves_the_loaded_rows_right(engine: Engine) -> None:
    outline = QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=uuid.uuid4(), count=1)])])
    with Session(engine) as session:
        made = quizzes.create(session, QuizCreate(title="Rivers"))
        quiz = session.get_one(Quiz, made.id)
        with pytest.raises(Refused, match="question"):
            quizzes.publish(session, made.id)
        with pytest.raises(Exception, match="bank"):
            quizzes.set_outline(session, made.id, outline)

        assert (quiz.state, quiz.version) == (made.state, quizzes.get(session, made.id).version)
        session.rollback()


async def test_async_hosts_read_a_changed_row_again_with_get(async_engine: Any) -> None:
    async with AsyncSession(async_engine, expire_on_commit=False) as session:
        made = await quizzes.create(session, QuizCreate(title="Rivers", questions=ASKED))
        quiz = await session.get_one(Quiz, made.id)
        await quizzes.publish(session, made.id)

        assert quiz.title == "Rivers"
        # SQLAlchemy raises MissingGreenlet when one of these is used without being read again.
        changed = {"assignment_id", "max_score", "published_at", "revision", "state", "updated_at", "version"}
        assert inspect(quiz).expired_attributes == changed
        assert (await session.get_one(Quiz, made.id)).state == "published"
        await quizzes.archive(session, made.id)
        await session.commit()
        assert (await session.scalars(select(Quiz).where(Quiz.id == made.id))).one().state == "archived"
        await quizzes.archive(session, made.id)
        await session.refresh(quiz)
        assert quiz.state == "archived"


@pytest.fixture
def changing(engine: Engine) -> Iterator[list[Any]]:
    """The changing statements that the verbs have built."""
    own = Quizkit(models)
    with Session(engine) as session:
        ready = Ready(session, "everything")
        for called in ready.calls(own):
            if called != "try again":
                with session.begin_nested() as savepoint:
                    verb, arguments, more = ready.calls(own)[called]
                    verb(session, *arguments, **more)
                    savepoint.rollback()
        built = own._context.statements._built
        yield [found.written for found in built.values() if found.written is not None]
        session.rollback()


def test_rows_are_found_by_the_parameters_of_a_statement(changing: list[Any], engine: Engine) -> None:
    """Otherwise a statement would expire each loaded row of its class."""
    anything = [written.model.role for written in changing if not written.found_by]

    assert len(changing) >= 15
    assert sorted(anything) == FOUND_OTHERWISE[engine.dialect.name]
    assert written_by(models, select(Quiz), engine.dialect) is None


def found_by(own: Any, statement: Any, dialect: Any) -> list[str]:
    written = written_by(own, statement, dialect)
    assert written is not None
    return [name for name, _ in written.found_by]


def test_a_row_that_either_of_two_parameters_finds_may_be_any_row() -> None:
    table = models.table(models.quiz)
    changed = update(table).values(title="x")
    this, there = table.c.id == bindparam("_id"), table.c.bank_id == bindparam("_bank_id")

    def found(where: Any) -> list[str]:
        return found_by(models, changed.where(where), DIALECTS["sqlite"])

    assert found(this) == ["id"]
    assert found(and_(this, there)) == ["id", "bank_id"]
    assert found(or_(this, there)) == []
    assert found(and_(this, or_(this, there))) == ["id"]


def test_users_whose_ids_the_database_finds_equal_see_what_has_changed() -> None:
    """Python tells "Ann" from "ANN", a collation may not."""

    class Own(DeclarativeBase):
        pass

    own = mount(Own, subject=String(36, collation="NOCASE"))
    attempts = Quizkit(own).attempts
    engine = create_engine("sqlite://", poolclass=StaticPool)
    configure_sqlite(engine)
    Own.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        quiz = QuizFactory.create(session=session, kit=Quizkit(own), questions=ASKED)
        first = attempts.start(session, quiz.id, taker="Ann").attempt_id
        attempts.submit(session, first, taker="Ann")
        rows = load(session, own)
        second = attempts.start(session, quiz.id, taker="ANN").attempt_id
        attempts.submit(session, second, taker="ANN")

        assert stale(session, rows) == []
    engine.dispose()


@pytest.mark.parametrize(
    ("subject", "references", "exact"),
    [
        (Integer(), None, ["mysql", "postgresql", "sqlite"]),
        (Uuid(), None, ["mysql", "postgresql", "sqlite"]),
        (String(36), None, ["mysql", "postgresql", "sqlite"]),
        (String(36), "users.id", ["postgresql", "sqlite"]),  # on MariaDB as in the table of the users
        (String(36, collation="NOCASE"), None, []),
        (Uuid(as_uuid=False), None, []),
        (CITEXT(), None, []),
    ],
)
def test_rows_are_found_by_user_ids_that_the_database_compares_like_python(
    subject: Any, references: str | None, exact: list[str]
) -> None:
    class Own(DeclarativeBase):
        pass

    own = mount(Own, subject=subject, references=references)
    grade = own.table(own.quiz_grade)
    statement = update(grade).where(grade.c.taker_id == bindparam("_taker_id")).values(attempts=2)

    found = {name: found_by(own, statement, dialect) for name, dialect in DIALECTS.items()}
    assert found == {name: ["taker_id"] if name in exact else [] for name in DIALECTS}
