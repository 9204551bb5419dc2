"""The same verbs over classes of a hostile host: its own base, names, prefix, types and users."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, ForeignKey, String, Uuid, func, literal, null, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, Session, mapped_column, relationship

from conftest import Database
from mounting import Host, hostile, tables_of
from quizkit import migrations
from quizkit import models as q
from quizkit.crud import Quizkit
from quizkit.errors import UsageError
from quizkit.models import TableConfig, models, subject_join
from quizkit.models._row import mixin_of
from quizkit.questions import Essay, TrueFalse
from quizkit.schemas import BankCreate, BankReturn, QuizCreate, QuizReturn, SaveResponse
from quizkit.testing import Invariants, QuizFactory

USERS: dict[str, Any] = {
    "int users": {"prefix": "exam_"},
    "uuid users": {"prefix": "uexam_", "user_id": Uuid(), "new_user": uuid.UUID(int=7)},
    "text users": {"prefix": "texam_", "user_id": String(36), "new_user": "seven"},
}


HOSTS: dict[str, Host] = {name: hostile(**how) for name, how in USERS.items()}


@pytest.fixture(scope="module", params=HOSTS)
def host(request: pytest.FixtureRequest) -> Host:
    return HOSTS[request.param]


@pytest.fixture(scope="module")
def mounted(host: Host, lasting: Database) -> Iterator[Engine]:
    """The host's tables in a database, with one user."""
    with tables_of(host, lasting.engine()) as engine:
        yield engine


@pytest.mark.parametrize("expire", [True, False])
def test_an_attempt_works_over_mounted_classes(host: Host, mounted: Engine, expire: bool) -> None:
    kit, user = Quizkit(host.models), host.new_user
    with (
        mounted.connect() as connection,
        Session(connection, expire_on_commit=expire, join_transaction_mode="create_savepoint") as session,
    ):
        outside = connection.begin()
        asked = [TrueFalse(content="The Rhine is a river.", answer=True), Essay(content="Why?")]
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=asked), author=user)
        session.commit()
        kit.quizzes.publish(session, quiz.id)
        session.commit()
        paper = kit.attempts.start(session, quiz.id, taker=user)
        session.commit()
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        kit.attempts.save(session, paper.attempt_id, data, taker=user)
        session.commit()
        outcome = kit.attempts.submit(session, paper.attempt_id, taker=user)
        session.commit()
        assert kit.attempts.get(session, paper.attempt_id, taker=user).taker_id == user
        assert Invariants(host.models).broken(session) == []
        outside.rollback()

    assert outcome.score == 1


async def test_an_attempt_works_over_mounted_classes_and_an_async_session(
    host: Host, mounted: Engine, lasting: Database
) -> None:
    kit, user = Quizkit(host.models), host.new_user
    engine = lasting.async_engine()
    async with AsyncSession(engine) as session:
        quiz = await QuizFactory.create(session=session, kit=kit)
        paper = await kit.attempts.start(session, quiz.id, taker=user)
        await kit.attempts.submit(session, paper.attempt_id, taker=user)
        await session.rollback()
    await engine.dispose()


def test_the_database_refuses_a_taker_who_is_not_a_user_of_the_host(host: Host, mounted: Engine) -> None:
    kit = Quizkit(host.models)
    nobody = {int: 99, uuid.UUID: uuid.UUID(int=99), str: "nobody"}[type(host.new_user)]
    with Session(mounted) as session:
        quiz = QuizFactory.create(session=session, kit=kit)
        with pytest.raises(IntegrityError):
            kit.attempts.start(session, quiz.id, taker=nobody)
        session.rollback()


def test_a_user_with_attempts_cannot_be_deleted(host: Host, mounted: Engine) -> None:
    with Session(mounted) as session:
        quiz = QuizFactory.create(session=session, kit=Quizkit(host.models))
        Quizkit(host.models).attempts.start(session, quiz.id, taker=host.new_user)
        with pytest.raises(IntegrityError):
            session.execute(host.User.__table__.delete())
        session.rollback()


def test_a_host_may_delete_users_and_keep_their_attempts_without_a_taker(database: Database) -> None:
    host = hostile("nexam_", ondelete="SET NULL")
    engine = database.engine()
    host.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(host.User(id=7))
        session.flush()
        quiz = QuizFactory.create(session=session, kit=Quizkit(host.models))
        Quizkit(host.models).attempts.start(session, quiz.id, taker=7)
        session.execute(host.User.__table__.delete())
        takers = session.scalars(select(host.Attempt.__table__.c.taker_id)).all()
    host.metadata.drop_all(engine)
    engine.dispose()

    assert takers == [None]


def test_deleting_a_user_never_deletes_attempts() -> None:
    with pytest.raises(UsageError) as refused:
        q.SubjectColumn(references="users.id", ondelete="CASCADE")  # type: ignore[arg-type] # that is the point
    assert refused.value.code == "subject_ondelete"


def test_the_packaged_migration_creates_the_same_tables(host: Host, database: Database) -> None:
    config = replace(host.models.config, prefix=f"m{host.models.config.prefix}")
    migrations.upgrade(database.sync_url, config=config)
    found = migrations.check(database.sync_url, config=config)
    migrations.downgrade(database.sync_url, "base", config=config)

    assert found == []


def test_a_schema_can_be_read_from_a_row_of_a_mounted_class(host: Host, mounted: Engine) -> None:
    kit = Quizkit(host.models)
    with Session(mounted) as session:
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers"))
        row: Any = session.get(host.Quiz, quiz.id)
        bank: Any = session.get(host.models.bank, quiz.bank_id)

        assert QuizReturn.model_validate(row) == quiz
        assert BankReturn.model_validate(bank).name == "Rivers"
        session.rollback()


# ---------------------------------------------------------------------------------------------- the host's columns


def test_values_are_stored_in_columns_of_the_host(host: Host, mounted: Engine) -> None:
    kit, m = Quizkit(host.models), host.models
    with Session(mounted) as session:
        quiz = kit.quizzes.create(
            session,
            QuizCreate(title="Rivers", questions=[TrueFalse(content="?", answer=True)]),
            author=host.new_user,
            values={host.Quiz.course: "B1"},
        )
        bank_class: Any = m.bank
        question_class: Any = m.question
        bank = kit.banks.create(session, BankCreate(name="Bank"), values={bank_class.owner: "ann"})
        kit.questions.add(session, [Essay(content="Why?")] * 2, bank_id=bank.id, values={question_class.level: 3})
        kit.quizzes.publish(session, quiz.id)
        paper = kit.attempts.start(session, quiz.id, taker=host.new_user, values={host.Attempt.room: "A"})

        stored = session.get_one(host.Quiz, quiz.id)
        assert (stored.course, stored.author_id) == ("B1", host.new_user)
        assert session.get_one(bank_class, bank.id).owner == "ann"
        assert session.scalars(select(question_class.level).order_by(question_class.level)).all() == [1, 3, 3]
        assert session.get_one(host.Attempt, paper.attempt_id).room == "A"
        session.rollback()


def test_pages_accept_conditions_on_columns_of_the_host(host: Host, mounted: Engine) -> None:
    kit = Quizkit(host.models)
    with Session(mounted) as session:
        for number, course in enumerate(["B1", "B2", "B1", None]):
            kit.quizzes.create(session, QuizCreate(title=str(number)), values={host.Quiz.course: course})
        first = kit.quizzes.page(session, where=[host.Quiz.course == "B1"], limit=1)
        second = kit.quizzes.page(session, where=[host.Quiz.course == "B1"], limit=1, after=first.next_after)
        none = kit.quizzes.page(session, where=[host.Quiz.course == "B1", host.Quiz.title == "1"])
        mine = kit.quizzes.page(session, where=[host.Quiz.author.has(host.User.id == host.new_user)])
        session.rollback()

    assert [quiz.title for quiz in first.items + second.items] == ["0", "2"]
    assert second.next_after is None
    assert none.items == mine.items == ()


def test_a_condition_that_is_not_in_a_list_is_refused(host: Host, mounted: Engine) -> None:
    """It is false in Python: mistaken for no condition, it would show every row."""
    kit = Quizkit(host.models)
    with Session(mounted) as session, pytest.raises(UsageError) as refused:
        kit.quizzes.page(session, where=host.Quiz.course == "B1")
    assert refused.value.code == "where_kind"


def test_conditions_from_an_iterator_apply(host: Host, mounted: Engine) -> None:
    """They are checked before they are used: without them a page would have every row."""
    kit = Quizkit(host.models)
    with Session(mounted) as session:
        for course in ["B1", "B2"]:
            kit.quizzes.create(session, QuizCreate(title=course), values={host.Quiz.course: course})
        page: Any = kit.quizzes.page
        found = page(session, where=(one for one in [host.Quiz.course == "B1"]))
        session.rollback()

    assert [quiz.title for quiz in found.items] == ["B1"]


def test_pages_of_attempts_banks_and_questions_accept_conditions(host: Host, mounted: Engine) -> None:
    kit = Quizkit(host.models)
    bank_class: Any = host.models.bank
    question_class: Any = host.models.question
    with Session(mounted) as session:
        quiz = QuizFactory.create(session=session, kit=kit)
        kit.attempts.start(session, quiz.id, taker=host.new_user, values={host.Attempt.room: "A"})
        mine = kit.attempts.page(session, taker=host.new_user, where=[host.Attempt.room == "A"])
        of_quiz = kit.attempts.page(session, taker=host.new_user, quiz_id=quiz.id, where=[host.Attempt.room == "B"])
        banks = kit.banks.page(session, where=[bank_class.owner.is_(None)])
        easy = kit.questions.page(session, where=[question_class.level == 1])
        hard = kit.questions.page(session, bank_id=quiz.bank_id, where=[question_class.level > 1])
        session.rollback()

    assert len(mine.items) == 1
    assert of_quiz.items == ()
    assert hard.items == ()
    assert len(banks.items) == 1
    assert len(easy.items) == 3


def test_values_cannot_set_columns_of_quizkit(host: Host, mounted: Engine) -> None:
    kit = Quizkit(host.models)
    bank_class: Any = host.models.bank
    wrong: Any
    for wrong in (host.Quiz.title, host.Quiz.id, host.Quiz.author_id, host.Attempt.room, bank_class.owner, "course"):
        with Session(mounted) as session, pytest.raises(UsageError) as refused:
            kit.quizzes.create(session, QuizCreate(title="Rivers"), values={wrong: "x"})
        assert refused.value.code == "values_column"
        assert "course" not in str(refused.value).replace("course_id", "")  # a text may be an input
        named = "of them" if wrong == "course" else f"{wrong.class_.__name__}.{wrong.key} is none of them"
        assert named in str(refused.value) or wrong == "course"
    with Session(mounted) as session:
        assert session.scalar(select(func.count()).select_from(host.Quiz)) == 0


@pytest.mark.parametrize("value", [func.lower("AB"), null(), select(literal("x")).scalar_subquery()])
def test_values_are_no_expressions(host: Host, mounted: Engine, value: Any) -> None:
    kit = Quizkit(host.models)
    bank_class: Any = host.models.bank
    with Session(mounted) as session, pytest.raises(UsageError) as refused:
        kit.banks.create(session, BankCreate(name="Rivers"), values={bank_class.owner: value})
    assert (refused.value.code, refused.value.params) == ("values_expression", {"column": "owner"})


def test_a_relationship_of_the_host_leads_from_an_attempt_to_its_user(host: Host, mounted: Engine) -> None:
    kit = Quizkit(host.models)
    with Session(mounted) as session:
        quiz = QuizFactory.create(session=session, kit=kit)
        kit.attempts.start(session, quiz.id, taker=host.new_user)
        found = session.execute(select(host.User).join(host.Attempt.taker)).scalar_one()
        assert found.id == host.new_user
        session.rollback()


# ---------------------------------------------------------------------------------------------- joins


def test_users_of_the_host_are_joined_to_opaque_ids(host: Host, mounted: Engine) -> None:
    """The host's users have ids of every type; quizkit's takers are text, and some are not users."""
    user = host.new_user
    zero = {int: 0, uuid.UUID: uuid.UUID(int=0), str: "zero"}[type(user)]
    own = Quizkit(models)
    with Session(mounted) as session:
        session.add(host.User(id=zero))
        quiz = QuizFactory.create(session=session)
        attempt = own.attempts.start(session, quiz.id, taker=str(user))
        for other in ("guest", "7 ", "07", "7.0", " ", "9" * 40, "0x7"):
            own.attempts.start(session, quiz.id, taker=other)
        joined = (
            select(host.User.id, q.Attempt.id)
            .join(q.Attempt, subject_join(host.User.id, q.Attempt.taker_id))
            .where(q.Attempt.quiz_id == quiz.id)
        )
        rows = session.execute(joined).all()
        session.rollback()

    assert [tuple(row) for row in rows] == [(user, attempt.attempt_id)]


def test_joins_to_host_users_cast_quizkits_column() -> None:
    from sqlalchemy.dialects import postgresql

    host = HOSTS["int users"]
    written = str(subject_join(host.User.id, q.Attempt.taker_id).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call] # SQLAlchemy's
    same = str(subject_join(host.User.id, host.Attempt.taker_id))

    assert written.startswith("exam_users.id = CASE WHEN quizkit_attempt.taker_id ~")
    assert same == "exam_users.id = exam_attempt.taker_id"


# ---------------------------------------------------------------------------------------------- classes of hosts


def test_a_host_may_derive_from_a_mounted_class(database: Database) -> None:
    """Single-table inheritance, over a column that the host added."""
    from sqlalchemy import MetaData

    class Base(DeclarativeBase):
        metadata = MetaData(info={"quizkit": TableConfig(prefix="hexam_")})

    class Bank(q.BankMixin, Base):
        kind: Mapped[str] = mapped_column(String(20), default="plain")
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "plain"}  # noqa: RUF012 - SQLAlchemy's

    class Shared(Bank):
        school: Mapped[str | None] = mapped_column(String(20))
        __mapper_args__ = {"polymorphic_identity": "shared"}  # noqa: RUF012 - SQLAlchemy's

    kit = Quizkit(q.mount(Base, bank=Bank))
    engine = database.engine()
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        plain = kit.banks.create(session, BankCreate(name="Plain"))
        shared = kit.banks.create(session, BankCreate(name="Shared"), values={Bank.kind: "shared"})
        found = [type(session.get_one(Bank, bank.id)) for bank in (plain, shared)]
        session.rollback()
    Base.metadata.drop_all(engine)
    engine.dispose()

    assert found == [Bank, Shared]


def test_a_host_may_have_onupdate_columns(database: Database) -> None:
    from sqlalchemy import MetaData

    class Base(DeclarativeBase):
        metadata = MetaData(info={"quizkit": TableConfig(prefix="touched_")})

    class Touched:
        touched: Mapped[str] = mapped_column(String(20), default=lambda: "made", onupdate=lambda: "changed")

    mounted: Any = {
        role: type(f"U{role}", (mixin_of(getattr(models, role)), Touched, Base), {})
        for role in models.__dataclass_fields__
    }
    kit: Any = Quizkit(q.Models(**mounted))
    engine = database.engine()
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        quiz = kit.quizzes.create(session, QuizCreate(title="x", questions=[TrueFalse(content="x", answer=True)]))
        row = session.get_one(kit.models.quiz, quiz.id)
        assert row.touched == "made"
        kit.quizzes.publish(session, quiz.id)
        assert row.touched == "changed"
        attempt = kit.attempts.start(session, quiz.id, taker="ann").attempt_id
        right = SaveResponse(slot=1, sequence=1, response={"answer": True})
        kit.attempts.save(session, attempt, right, taker="ann")
        score = kit.attempts.submit(session, attempt, taker="ann").score
        assert session.scalars(select(kit.models.attempt.touched)).all() == ["changed"]
        session.rollback()
    Base.metadata.drop_all(engine)
    engine.dispose()

    assert score == 1


def test_a_host_cannot_rename_a_table() -> None:
    class Base(DeclarativeBase): ...

    with pytest.raises(UsageError) as refused:

        class Quiz(q.QuizMixin[str], Base):
            __tablename__ = "exams"

    assert refused.value.code == "table_name"


def test_a_host_with_dataclass_models_uses_a_second_base_for_quizkit(database: Database) -> None:
    from sqlalchemy import MetaData

    class Base(MappedAsDataclass, DeclarativeBase):
        metadata = MetaData(info={"quizkit": TableConfig(prefix="dexam_")})

    class User(Base):
        __tablename__ = "dexam_users"
        id: Mapped[int] = mapped_column(primary_key=True, init=False)

    class QuizBase(DeclarativeBase):
        registry = Base.registry

    class Bank(q.BankMixin, QuizBase):
        owner_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
        owner: Mapped[Any] = relationship("User")  # by name: the bases share a registry

    engine = database.engine()
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(User())
        now = QuizFactory.create(session=session, published=False).created_at
        session.add(Bank(id=uuid.uuid4(), name="Bank", created_at=now, updated_at=now))
        session.flush()
        assert session.scalar(select(func.count()).select_from(Bank)) == 1
        session.rollback()
    Base.metadata.drop_all(engine)
    engine.dispose()
