"""A base that gives its classes another metadata, as Flask-SQLAlchemy does for a `__bind_key__`."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine, Integer, MetaData, Table, UpdateBase, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from conftest import Database
from quizkit.crud import Quizkit
from quizkit.models import Models, QuizMixin, SubjectColumn, TableConfig, config_of, models, mount
from quizkit.models._row import mixin_of
from quizkit.questions import TrueFalse
from quizkit.schemas import QuizCreate

CONFIG = TableConfig(prefix="keyed_", subject=SubjectColumn(type_=Integer()))


class Extension:
    """Flask-SQLAlchemy's `SQLAlchemy(model_class=Base)`: it keeps a metadata for each bind key, and copies the base."""

    def __init__(self, model_class: Any, schema: str | None = None) -> None:
        self.schema = schema
        body = {**vars(model_class), "__fsa__": self}
        bases = (BindMixin, NameMixin, ModelOfFlask, *model_class.__bases__)
        made: Callable[..., Any] = types.new_class
        self.Model = made(
            "FlaskSQLAlchemyBase", bases, {"metaclass": type(model_class)}, lambda named: named.update(body)
        )
        self.Model.metadata.info["bind_key"] = None
        self.metadatas: dict[str | None, MetaData] = {None: self.Model.metadata}

    def make_metadata(self, key: str | None) -> MetaData:
        if key not in self.metadatas:
            convention = self.metadatas[None].naming_convention
            # The schema is no part of Flask-SQLAlchemy: hosts put such a metadata into `metadatas`.
            self.metadatas[key] = MetaData(schema=self.schema, naming_convention=convention, info={"bind_key": key})
        return self.metadatas[key]


class BindMixin:
    """Flask-SQLAlchemy's mixin of the base: a class knows its metadata only when it is made.

    The annotations without a value and without `ClassVar` are Flask-SQLAlchemy's.
    """

    __fsa__: Extension
    metadata: MetaData

    @classmethod
    def __init_subclass__(cls, **values: Any) -> None:
        if not ("metadata" in vars(cls) or "__table__" in vars(cls)) and hasattr(cls, "__bind_key__"):
            metadata = cls.__fsa__.make_metadata(cls.__bind_key__)
            if metadata is not getattr(cls, "metadata", None):
                cls.metadata = metadata
        super().__init_subclass__(**values)


class NameMixin:
    """Flask-SQLAlchemy's mixin of the base that names the tables of classes, unless they say it themselves."""

    metadata: MetaData
    __tablename__: str
    __table__: Table

    @classmethod
    def __init_subclass__(cls, **values: Any) -> None:
        given = [base for base in cls.__mro__ if "__tablename__" in vars(base)]
        if not (given or DeclarativeBase in cls.__bases__ or vars(cls).get("__abstract__")):
            cls.__tablename__ = cls.__name__.lower()
        super().__init_subclass__(**values)

    @classmethod
    def __table_cls__(cls, *parts: Any, **options: Any) -> Table:
        return Table(*parts, **options)


class ModelOfFlask:
    """Flask-SQLAlchemy's `Model`."""

    __fsa__: ClassVar[Extension]
    query_class: ClassVar[type[Any]] = object


class FlaskSession(Session):
    """Flask-SQLAlchemy's session: the engine of the metadata of the mapper's table, or of the changed table."""

    engines: dict[str | None, Engine]

    def get_bind(self, mapper: Any = None, clause: Any = None, **_more: Any) -> Any:
        tables = [
            None if mapper is None else mapper.local_table,
            clause.table if isinstance(clause, UpdateBase) else clause,
        ]
        keys = [table.metadata.info["bind_key"] for table in tables if isinstance(table, Table)]
        return self.engines[keys[0] if keys else None]


def first_attempt(database: Database, kit: Quizkit[Any], *, goes: str | None) -> int:
    """Return the number of a first attempt, with a session for which quizkit's tables have a bind key."""
    other = create_engine("sqlite://")
    event.listen(other, "before_cursor_execute", lambda *_arguments: pytest.fail("this went to the other engine"))
    engine = database.engine()
    session = FlaskSession()
    session.engines = {None: other, "exams": other, goes: engine}
    kit.models.metadata.create_all(engine)
    with session:
        asked = [TrueFalse(content="Is the Rhine a river?", answer=True)]
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=asked))
        kit.quizzes.publish(session, quiz.id)
        number = kit.attempts.start(session, quiz.id, taker=7).number
        session.rollback()
    kit.models.metadata.drop_all(engine)
    engine.dispose()
    return number


def mounted(model: Any, key: str | None, place: str) -> Models[Any]:
    """Return classes of a host on an abstract base; the base or each class has the bind key."""
    body: dict[str, Any] = {} if key is None else {"__bind_key__": key}
    keyed = type("Keyed", (model,), {"__abstract__": True, **(body if place == "on the base" else {})})
    own = {} if place == "on the base" else body
    classes: Any = {
        role: type(f"Keyed{role}", (mixin_of(getattr(models, role)), keyed), dict(own))
        for role in models.__dataclass_fields__
    }
    return Models(**classes)


def test_the_base_of_flask_sqlalchemy_can_be_mounted(database: Database) -> None:
    class Base(DeclarativeBase): ...

    flask = Extension(Base)
    kit = Quizkit(mount(flask.Model, prefix="keyed_", subject=Integer()))

    assert first_attempt(database, kit, goes=None) == 1
    assert kit.models.metadata is flask.metadatas[None]


def test_a_class_of_the_host_may_be_on_the_base_of_flask_sqlalchemy() -> None:
    class Base(DeclarativeBase):
        metadata = MetaData(info={"quizkit": CONFIG})
        id: Mapped[int] = mapped_column(primary_key=True)

    flask = Extension(Base)

    class Exam(QuizMixin[int], flask.Model):  # type: ignore[name-defined, misc] # a base made by a function
        course: Mapped[int | None] = mapped_column(Integer())

    assert mount(flask.Model, quiz=Exam, subject=Integer()).quiz is Exam
    assert type("User", (flask.Model,), {}).__table__.primary_key.columns.keys() == ["id"]  # type: ignore[attr-defined] # it is mapped


def test_an_abstract_base_with_a_bind_key_can_be_mounted(database: Database) -> None:
    class Base(DeclarativeBase):
        id: Mapped[int] = mapped_column(primary_key=True)

    flask = Extension(Base)
    model = type("Exams", (flask.Model,), {"__abstract__": True, "__bind_key__": "exams"})
    kit = Quizkit(mount(model, prefix="keyed_", subject=Integer()))

    assert first_attempt(database, kit, goes="exams") == 1
    assert kit.models.metadata is flask.metadatas["exams"]


def test_a_second_base_takes_the_metadata_of_the_bind_key(database: Database) -> None:
    class Base(DeclarativeBase):
        id: Mapped[int] = mapped_column(primary_key=True)

    flask = Extension(Base)
    model: Any = type("Exams", (flask.Model,), {"__abstract__": True, "__bind_key__": "exams"})

    class QuizBase(DeclarativeBase):
        registry = flask.Model.registry
        metadata = model.metadata

    kit = Quizkit(mount(QuizBase, prefix="keyed_", subject=Integer()))

    assert first_attempt(database, kit, goes="exams") == 1
    assert kit.models.metadata is flask.metadatas["exams"]


def test_a_second_base_without_a_bind_key_goes_to_the_default_engine(database: Database) -> None:
    class Base(DeclarativeBase):
        id: Mapped[int] = mapped_column(primary_key=True)

    flask = Extension(Base)

    class QuizBase(DeclarativeBase):
        registry = flask.Model.registry

    kit = Quizkit(mount(QuizBase, prefix="keyed_", subject=Integer()))

    assert first_attempt(database, kit, goes=None) == 1


@pytest.mark.parametrize("place", ["on the base", "on each class"])
def test_classes_with_a_bind_key_keep_the_configuration_of_their_base(database: Database, place: str) -> None:
    class Base(DeclarativeBase):
        metadata = MetaData(info={"quizkit": CONFIG})

    flask = Extension(Base)
    kit: Quizkit[Any] = Quizkit(mounted(flask.Model, "exams", place))

    assert first_attempt(database, kit, goes="exams") == 1
    assert kit.models.config is CONFIG
    assert config_of(flask.metadatas["exams"]) is CONFIG
    assert kit.models.table(kit.models.quiz).name == "keyed_quiz"


@pytest.mark.parametrize("of_base", [None, "app"])
@pytest.mark.parametrize("place", ["on the base", "on each class"])
def test_the_schema_of_the_metadata_of_a_bind_key_is_that_of_the_tables_and_of_what_they_reference(
    place: str, of_base: str | None
) -> None:
    class Base(DeclarativeBase):
        metadata = MetaData(schema=of_base, info={"quizkit": CONFIG})

    flask = Extension(Base, schema="exams")
    on_key = mounted(flask.Model, "exams", place)

    tables = on_key.tables()
    targets = {one.target_fullname for table in tables for one in table.foreign_keys}
    assert {table.schema for table in tables} == {"exams"}
    assert {target.split(".")[0] for target in targets} == {"exams"}
    assert on_key.config == replace(CONFIG, schema="exams") == config_of(flask.metadatas["exams"])
