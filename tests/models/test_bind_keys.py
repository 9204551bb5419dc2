"""A base that gives its classes another metadata, as Flask-SQLAlchemy does for a `__bind_key__`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine, Integer, MetaData, UpdateBase, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session

from conftest import Database
from quizkit.crud import Quizkit
from quizkit.models import Models, SubjectColumn, TableConfig, config_of, models
from quizkit.models._row import mixin_of
from quizkit.questions import TrueFalse
from quizkit.schemas import QuizCreate

CONFIG = TableConfig(prefix="keyed_", subject=SubjectColumn(type_=Integer()))


class BindMixin:
    """Flask-SQLAlchemy's `BindMixin`: one metadata for each bind key, of which the class knows only when it is made."""

    made: ClassVar[dict[str, MetaData]]
    metadata: ClassVar[MetaData]

    def __init_subclass__(cls, **values: Any) -> None:
        key = getattr(cls, "__bind_key__", None)
        if key is not None and "metadata" not in cls.__dict__:
            if key not in cls.made:
                cls.made[key] = MetaData(schema=getattr(cls, "schema_of_key", None), info={"bind_key": key})
            if cls.made[key] is not getattr(cls, "metadata", None):
                cls.metadata = cls.made[key]
        super().__init_subclass__(**values)


class FlaskSession(Session):
    """Flask-SQLAlchemy's session: the engine of the metadata of the mapper's table, or of the changed table."""

    engines: dict[str | None, Engine]

    def get_bind(self, mapper: Any = None, clause: Any = None, **_more: Any) -> Any:
        table = mapper.local_table if mapper is not None else None
        if table is None and isinstance(clause, UpdateBase):
            table = clause.table
        return self.engines[None if table is None else table.metadata.info.get("bind_key")]


@pytest.mark.parametrize("place", ["on the base", "on each class"])
def test_classes_with_a_bind_key_keep_the_configuration_of_their_base(database: Database, place: str) -> None:
    key: dict[str, Any] = {"__bind_key__": "exams"}

    class Base(BindMixin, DeclarativeBase):
        made: ClassVar[dict[str, MetaData]] = {}
        metadata = MetaData(info={"quizkit": CONFIG})

    keyed = type("Keyed", (Base,), {"__abstract__": True, **(key if place == "on the base" else {})})
    own = {} if place == "on the base" else key
    mounted: Any = {
        role: type(f"Keyed{role}", (mixin_of(getattr(models, role)), keyed), dict(own))
        for role in models.__dataclass_fields__
    }
    kit: Quizkit[Any] = Quizkit(Models(**mounted))
    other = create_engine("sqlite://")
    event.listen(other, "before_cursor_execute", lambda *_arguments: pytest.fail("this went to the default engine"))
    engine = database.engine()
    session = FlaskSession()
    session.engines = {None: other, "exams": engine}
    kit.models.metadata.create_all(engine)
    with session:
        asked = [TrueFalse(content="Is the Rhine a river?", answer=True)]
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=asked))
        kit.quizzes.publish(session, quiz.id)
        number = kit.attempts.start(session, quiz.id, taker=7).number
        session.rollback()
    kit.models.metadata.drop_all(engine)
    engine.dispose()

    assert number == 1
    assert kit.models.config is CONFIG
    assert config_of(Base.made["exams"]) is CONFIG
    assert kit.models.table(kit.models.quiz).name == "keyed_quiz"


@pytest.mark.parametrize("of_base", [None, "app"])
@pytest.mark.parametrize("place", ["on the base", "on each class"])
def test_the_schema_of_the_metadata_of_a_bind_key_is_that_of_the_tables_and_of_what_they_reference(
    place: str, of_base: str | None
) -> None:
    key: dict[str, Any] = {"__bind_key__": "exams"}

    class Base(BindMixin, DeclarativeBase):
        made: ClassVar[dict[str, MetaData]] = {}
        schema_of_key: ClassVar[str] = "exams"
        metadata = MetaData(schema=of_base, info={"quizkit": CONFIG})

    keyed = type("Keyed", (Base,), {"__abstract__": True, **(key if place == "on the base" else {})})
    own = {} if place == "on the base" else key
    classes: Any = {
        role: type(f"Keyed{role}", (mixin_of(getattr(models, role)), keyed), dict(own))
        for role in models.__dataclass_fields__
    }
    mounted: Models[Any] = Models(**classes)

    tables = mounted.tables()
    targets = {one.target_fullname for table in tables for one in table.foreign_keys}
    assert {table.schema for table in tables} == {"exams"}
    assert {target.split(".")[0] for target in targets} == {"exams"}
    assert mounted.config == replace(CONFIG, schema="exams") == config_of(Base.made["exams"])
