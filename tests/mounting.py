"""Applications that mount quizkit's models in different ways, for the tests."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    select,
)
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, relationship
from sqlalchemy.types import TypeEngine

from quizkit import models as q
from quizkit.models import Models, SubjectColumn, TableConfig, TenantColumn

BigId = BigInteger().with_variant(Integer(), "sqlite")

CONVENTION = {
    "ix": "idx_%(column_0_label)s",
    "uq": "uniq_%(table_name)s_%(column_0_name)s",
    "ck": "chk_%(table_name)s_%(constraint_name)s",
    "fk": "fkey_%(table_name)s_%(column_0_name)s",
    "pk": "pkey_%(table_name)s",
}


@contextmanager
def tables_of(host: Host, engine: Engine) -> Iterator[Engine]:
    """The host's tables with one user; quizkit's tables must be empty at the end."""
    host.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(host.User(id=host.new_user))
    yield engine
    with Session(engine) as session:
        left = [table.name for table in host.models.tables() if session.execute(select(table).limit(1)).first()]
    host.metadata.drop_all(engine)
    engine.dispose()
    assert left == [], "a test has committed"


@dataclass(frozen=True)
class Host:
    """An application with users and mounted quizzes."""

    base: type[DeclarativeBase]
    models: Models[Any]
    User: Any
    Quiz: Any
    Attempt: Any
    new_user: Any

    @property
    def metadata(self) -> MetaData:
        return self.base.metadata


def hostile(
    prefix: str = "exam_",
    *,
    user_id: TypeEngine[Any] = BigId,
    new_user: Any = 7,
    schema: str | None = None,
    own_schema: str | None = None,
    tenant: TenantColumn | None = None,
    ondelete: Any = "RESTRICT",
) -> Host:
    """A host with its own naming convention, type map, mixins, class names, columns and relationships.

    `schema` has the tables of quizkit alone, `own_schema` all tables of the host.
    """
    users = f"{prefix}users"
    references = f"{own_schema}.{users}.id" if own_schema else f"{users}.id"
    subject = SubjectColumn(type_=user_id, references=references, ondelete=ondelete)
    config = TableConfig(prefix=prefix, schema=schema, subject=subject, tenant=tenant)

    class Stamped:
        """A column of the host: the local time at which a row was created."""

        created_at: Mapped[dt.datetime] = mapped_column(default=dt.datetime.now)
        changed_by: Mapped[str | None] = mapped_column()

    class Base(AsyncAttrs, Stamped, DeclarativeBase):
        """Its columns and arguments were made for the host's tables, not for quizkit's."""

        id: Mapped[Any] = mapped_column(Integer(), primary_key=True)  # type checkers would see two types
        lock: Mapped[int] = mapped_column(default=0)
        deleted_at: Mapped[dt.datetime | None]

        metadata = MetaData(schema=own_schema, naming_convention=CONVENTION, info={"quizkit": config})
        type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's
            str: String(33),
            int: BigInteger(),
            dt.datetime: DateTime(timezone=False),
            uuid.UUID: String(36),
        }

        @declared_attr.directive
        def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
            return {"version_id_col": cls.lock, "eager_defaults": True}

    class Located:
        """Columns that the host says on a class, with values that verbs do not give."""

        campus: Mapped[str] = mapped_column(String(20), default="main")
        country: Mapped[str] = mapped_column(String(2), server_default="NL")

        @declared_attr.directive
        def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy hands over the class
            return ({"comment": f"located {cls.__name__}"},)  # type: ignore[attr-defined] # it is a class

    class Audited:
        """Columns with values in Python, and with names that look like parameters. The base has another `changed_by`."""

        changed_by: Mapped[str | None] = mapped_column(String(20), default=lambda: "made", onupdate=lambda: "changed")
        _id: Mapped[int | None] = mapped_column(Integer())
        _now: Mapped[int | None] = mapped_column(Integer())
        of_tenant: Mapped[int | None] = mapped_column("_tenant", Integer())
        _taker: Mapped[int | None] = mapped_column(Integer())
        _title: Mapped[int | None] = mapped_column(Integer())
        _updated_at: Mapped[int | None] = mapped_column(Integer())
        __mapper_args__ = {"eager_defaults": "auto"}  # noqa: RUF012 - SQLAlchemy's

        @declared_attr.directive
        def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy hands over the class
            return (Index(None, "changed_by"),)

    class User(Base):
        __tablename__ = users
        id: Mapped[Any] = mapped_column(user_id, primary_key=True)

    class Exam(Audited, q.QuizMixin[Any], Base):
        course: Mapped[str | None] = mapped_column(String(20))
        author: Mapped[User | None] = relationship(User, lazy="raise_on_sql")

    class Bank(q.BankMixin, Audited, Base):
        owner: Mapped[str | None] = mapped_column(String(20))

    class Category(Audited, q.CategoryMixin, Base): ...

    class Question(q.QuestionMixin, Audited, Base):
        level: Mapped[int] = mapped_column(Integer(), default=1)

    class Assignment(q.AssignmentMixin, Audited, Base): ...

    class Event(q.AccessEventMixin[Any], Audited, Base): ...

    class AttemptEvent(q.AttemptEventMixin[Any], Audited, Base): ...

    class Answer(Audited, q.AttemptResponseMixin, Base): ...

    class Grade(q.QuizGradeMixin[Any], Audited, Base): ...

    class ExamAttempt(Audited, q.AttemptMixin[Any], Located, Base):
        room: Mapped[str | None] = mapped_column(String(20), index=True)
        taker: Mapped[User | None] = relationship(User, lazy="raise_on_sql")

    mounted: Models[Any] = q.mount(
        Base,
        quiz=Exam,
        bank=Bank,
        category=Category,
        question=Question,
        assignment=Assignment,
        access_event=Event,
        attempt=ExamAttempt,
        attempt_event=AttemptEvent,
        attempt_response=Answer,
        quiz_grade=Grade,
    )

    class Certificate(Base):
        """A table of the host that references one of quizkit's and inherits the type of the column."""

        __tablename__ = f"{prefix}certificates"
        id: Mapped[Any] = mapped_column(BigId, primary_key=True)
        if tenant is None:
            exam_attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(ExamAttempt.id, ondelete="CASCADE"))
        else:
            tenant_id: Mapped[str] = mapped_column(ExamAttempt.tenant_id.type)
            exam_attempt_id: Mapped[uuid.UUID] = mapped_column(ExamAttempt.id.type)  # type: ignore[no-redef] # one of the two
            __table_args__ = (
                ForeignKeyConstraint(
                    ["tenant_id", "exam_attempt_id"], [ExamAttempt.tenant_id, ExamAttempt.id], ondelete="CASCADE"
                ),
            )

    return Host(Base, mounted, User, Exam, ExamAttempt, new_user)
