"""What of a host's class, its mixins and its declarative base reaches quizkit's tables."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import pytest
import sqlalchemy.orm
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    String,
    Table,
    func,
)
from sqlalchemy.ext.declarative import DeferredReflection
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    column_property,
    declarative_base,
    declared_attr,
    mapped_column,
    registry,
    relationship,
)

from quizkit import models as q
from quizkit.errors import UsageError
from quizkit.models import Models, TableConfig, TenantColumn, models, mount
from quizkit.models._host_class import mapped_names
from quizkit.models._row import mixin_of

ROLES = list(models.__dataclass_fields__)


class Stamped:
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(), server_default=func.now(), index=True)
    updated_at: Mapped[dt.datetime | None] = mapped_column(DateTime(), onupdate=dt.datetime.now)
    deleted_at: Mapped[dt.datetime | None]


class Everything(Stamped):
    """What bases of applications have."""

    id: Mapped[int] = mapped_column(primary_key=True)
    lock: Mapped[int] = mapped_column(Integer(), default=0)
    tenant_id: Mapped[int]

    @declared_attr
    def made_by_id(cls) -> Mapped[int | None]:  # noqa: N805 - SQLAlchemy hands over the class
        return mapped_column(ForeignKey("users.id"))

    @declared_attr
    def made_by(cls: Any) -> Mapped[Any]:  # noqa: N805 - SQLAlchemy hands over the class
        return relationship("User", foreign_keys=[cls.made_by_id])

    @declared_attr
    def twice(cls: Any) -> Mapped[int]:  # noqa: N805 - SQLAlchemy hands over the class
        return column_property(cls.lock * 2)

    @declared_attr.directive
    def __tablename__(cls: Any) -> str:  # noqa: N805 - SQLAlchemy hands over the class
        return cls.__name__.lower()  # type: ignore[no-any-return] # it is a class

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
        return {"version_id_col": cls.lock, "eager_defaults": True}

    @declared_attr.directive
    def __table_args__(cls: Any) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy hands over the class
        return (Index(f"ix_{cls.__tablename__}_lock", cls.lock, cls.made_by_id), {"comment": "of the host"})


def base(**config: Any) -> type[DeclarativeBase]:
    class Base(Everything, DeclarativeBase):
        metadata = MetaData(info={"quizkit": TableConfig(**config)})

    return Base


def legacy_base() -> Any:
    return declarative_base(cls=Everything, metadata=MetaData(info={"quizkit": TableConfig()}))


def abstract_base() -> Any:
    class Base(DeclarativeBase): ...

    class Entity(Everything, Base):
        __abstract__ = True

    return Entity


def mounted(on: Any) -> Models[Any]:
    made: Any = {role: type(f"Host{role}", (mixin_of(getattr(models, role)), on), {}) for role in ROLES}
    return Models(**made)


def shape(table: Any) -> Any:
    """Everything about the columns, constraints and indexes of a table."""
    columns = sorted(
        (c.name, repr(c.type), c.nullable, c.primary_key, repr(c.default), repr(c.onupdate), repr(c.server_default))
        for c in table.columns
    )
    constraints = sorted((type(c).__name__, str(c.name)) for c in table.constraints)
    return columns, constraints, sorted((str(i.name), [str(e) for e in i.expressions]) for i in table.indexes)


@pytest.fixture(params=[base, legacy_base, abstract_base], ids=lambda make: make.__name__)
def full(request: pytest.FixtureRequest) -> Any:
    return request.param()


def test_a_base_with_columns_changes_no_table_of_quizkit(full: Any) -> None:
    host = mounted(full)

    assert [shape(table) for table in host.tables()] == [shape(table) for table in models.tables()]


def test_a_base_with_columns_adds_no_attribute_to_quizkits_mappers(full: Any) -> None:
    host = mounted(full)

    for role in ROLES:
        ours, theirs = getattr(models, role).__mapper__, getattr(host, role).__mapper__
        assert list(theirs.attrs.keys()) == list(ours.attrs.keys())
        assert [column.name for column in theirs.primary_key] == [column.name for column in ours.primary_key]
        assert theirs.version_id_col is None


def test_the_options_of_a_base_apply(full: Any) -> None:
    host = mounted(full)

    assert {table.comment for table in host.tables()} == {"of the host"}
    assert {getattr(host, role).__mapper__.eager_defaults for role in ROLES} == {True}


def test_a_column_of_the_base_is_no_attribute_of_quizkits_classes(full: Any) -> None:
    host: Any = mounted(full)

    assert not hasattr(host.bank, "deleted_at")
    assert not hasattr(host.bank(), "deleted_at")
    with pytest.raises(AttributeError, match="no columns of your base"):
        host.quiz.made_by  # noqa: B018 - that is the point


def test_the_hosts_own_tables_keep_the_columns_of_the_base(full: Any) -> None:
    mounted(full)

    class User(full):  # type: ignore[misc] # a base made by a fixture
        __tablename__ = "users"

    table: Any = User.__table__
    assert {"id", "lock", "tenant_id", "made_by_id", "created_at", "deleted_at"} <= set(table.columns.keys())


M = Mapped
Site = Mapped[int]


class BareMixin:
    """Annotations without a value, of which SQLAlchemy maps only those with `Mapped`."""

    metadata: MetaData
    registry: registry
    plain: str
    named: ClassVar[Mapped[int]]
    helper: list[Mapped[int]]
    long: sqlalchemy.orm.Mapped[int]
    short: M[int]
    alias: Site
    text: Mapped[int]


@pytest.mark.parametrize("allow", [True, False])
def test_a_base_with_bare_annotations_changes_no_table_of_quizkit(allow: bool) -> None:
    class Base(BareMixin, DeclarativeBase):
        __allow_unmapped__ = allow

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)

    host = mount(Base)

    table: Any = User.__table__
    assert set(table.c.keys()) == {"id"} | mapped_names(BareMixin) == {"id", "long", "short", "alias", "text"}
    assert [shape(table) for table in host.tables()] == [shape(table) for table in models.tables()]
    assert not hasattr(host.quiz, "plain")
    assert (host.quiz.metadata, "plain" in vars(host.quiz)) == (Base.metadata, False)


def test_tenants_of_quizkit_are_not_the_column_of_the_base() -> None:
    host = mounted(base(tenant=TenantColumn(type_=String(36))))

    assert {repr(table.c.tenant_id.type) for table in host.tables()} == {repr(TenantColumn(type_=String(36)).type_)}
    assert {table.primary_key.columns.keys()[0] for table in host.tables()} == {"tenant_id"}


def test_a_class_derived_from_a_mounted_one_has_no_columns_of_the_base_either() -> None:
    on = base()

    class Bank(q.BankMixin, on):  # type: ignore[misc, valid-type] # a base made by a function
        kind: Mapped[str] = mapped_column(String(20), default="plain")
        __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "plain"}  # noqa: RUF012 - SQLAlchemy's

    class Shared(Bank):
        school: Mapped[str | None] = mapped_column(String(20))
        __mapper_args__ = {"polymorphic_identity": "shared"}  # noqa: RUF012 - SQLAlchemy's

    assert set(Bank.__table__.columns.keys()) == set(models.bank.__table__.columns.keys()) | {"kind", "school"}  # type: ignore[attr-defined] # it is mapped
    assert Shared.__mapper__.polymorphic_identity == "shared"


# ---------------------------------------------------------------------------------------------- said on the class


class Deletable:
    deleted_at: Mapped[dt.datetime | None] = mapped_column(DateTime())


def test_a_mixin_in_the_class_statement_adds_its_columns_though_the_base_has_it_too() -> None:
    class Base(Deletable, DeclarativeBase):
        metadata = MetaData()

    class Quiz(q.QuizMixin[str], Base, Deletable):  # Python allows no other order
        ...

    class Bank(q.BankMixin, Base): ...

    class Category(q.CategoryMixin, Base, Deletable): ...

    assert "deleted_at" in Quiz.__table__.c
    assert "deleted_at" in Category.__table__.c
    assert "deleted_at" not in Bank.__table__.c


def test_a_mixin_of_the_host_that_derives_from_quizkits_adds_its_columns() -> None:
    class Base(DeclarativeBase):
        metadata = MetaData()
        left_out: Mapped[str] = mapped_column(String(3))

    class ExamMixin(q.QuizMixin[str]):
        course: Mapped[str] = mapped_column(String(20))

    class OnBase(ExamMixin, Base):
        __abstract__ = True
        room: Mapped[str] = mapped_column(String(20))

    class Exam(OnBase): ...

    added = set(Exam.__table__.c.keys()) - set(models.table(models.quiz).c.keys())
    assert added == {"course", "room"}


def written(kind: str, value: Any) -> Any:
    """`value` in each of the ways in which hosts write arguments."""

    def answer(cls: Any) -> Any:
        return value

    if kind == "plain":
        return value
    answer.__name__ = "__table_args__"
    if kind == "declared_attr":
        return declared_attr(classmethod(answer))  # type: ignore[arg-type] # as type checkers like it
    return declared_attr.directive(answer)


@pytest.mark.parametrize("kind", ["plain", "declared_attr", "directive"])
def test_arguments_of_a_class_its_mixins_and_its_base_are_all_merged(kind: str) -> None:
    def place(name: str, **mapper: Any) -> dict[str, Any]:
        return {
            "__table_args__": written(kind, (CheckConstraint("title <> ''", name=f"a_{name}"), {f"mysql_{name}": "1"})),
            "__mapper_args__": written(kind, mapper),
        }

    before = type("Before", (), place("before", eager_defaults=True))
    after = type("After", (), place("after", confirm_deleted_rows=False))
    on = type("Base", (DeclarativeBase,), {"metadata": MetaData(), **place("base", passive_updates=False)})
    quiz: Any = type("Quiz", (before, q.QuizMixin, after, on), place("class", batch=False))
    table, mapper = quiz.__table__, quiz.__mapper__

    checks = {str(one.name) for one in table.constraints}
    assert {"a_class", "a_before", "a_after", "pk_quizkit_quiz", "ck_quizkit_quiz_state"} <= checks
    assert "a_base" not in checks
    assert {f"mysql_{name}" for name in ("class", "before", "after", "base")} <= table.dialect_kwargs.keys()
    assert (mapper.eager_defaults, mapper.confirm_deleted_rows) == (True, False)
    assert (mapper.passive_updates, mapper.batch) == (False, False)
    assert [column.name for column in mapper.primary_key] == ["id"]


def test_the_class_decides_where_several_give_the_same_argument() -> None:
    class Commented:
        __table_args__ = {"comment": "of the mixin"}  # noqa: RUF012 - SQLAlchemy's
        __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's

    class Base(DeclarativeBase):
        metadata = MetaData()

    class Quiz(q.QuizMixin[str], Commented, Base):
        __table_args__ = {"comment": "of the class"}  # noqa: RUF012 - SQLAlchemy's
        __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy's

    table: Any = Quiz.__table__
    assert (table.comment, Quiz.__mapper__.eager_defaults) == ("of the class", True)


def test_a_directive_may_add_to_quizkits_arguments() -> None:
    class Base(DeclarativeBase):
        metadata = MetaData()

    class Quiz(q.QuizMixin[str], Base):
        course: Mapped[str | None] = mapped_column(String(20))

        @declared_attr.directive
        def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy hands over the class
            *ours, options = super().__table_args__
            return (*ours, Index("ix_course", "course"), options)

        @declared_attr.directive
        def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
            return {**super().__mapper_args__, "version_id_col": cls.version}

    table: Any = Quiz.__table__
    assert {str(index.name) for index in table.indexes} >= {"ix_course", "ix_quizkit_quiz_author_id"}
    assert len(table.constraints) == len(models.table(models.quiz).constraints)
    assert Quiz.__mapper__.version_id_col is table.c.version


# ---------------------------------------------------------------------------------------------- refused


class Plain(DeclarativeBase):
    """Stands for a new base in each case: some are refused only when the table exists."""


class Titled:
    title: Mapped[str] = mapped_column(String(5))


LOCK = mapped_column(Integer(), default=1)
OTHER_LOCK = mapped_column(Integer(), default=1)

REFUSED: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "a column of quizkit": ("host_attribute", (q.QuizMixin, Plain), {"title": mapped_column(String(5))}),
    "a column of quizkit, annotated": (
        "host_attribute",
        (q.QuizMixin, Plain),
        {"__annotations__": {"title": Mapped[str]}},
    ),
    "a property over a column": ("host_attribute", (q.QuizMixin, Plain), {"title": property(lambda self: "x")}),
    "the role": ("host_attribute", (q.QuizMixin, Plain), {"role": mapped_column(String(5))}),
    "a mixin with a column of quizkit, before": ("host_attribute", (Titled, q.QuizMixin, Plain), {}),
    "a mixin with a column of quizkit, after": ("host_attribute", (q.QuizMixin, Titled, Plain), {}),
    "the base first": ("mixin_order", (Plain, q.QuizMixin), {}),
    "a mixin after the base, which has its column": (
        "mixin_order",
        (
            q.QuizMixin,
            type("Deleting", (DeclarativeBase,), {"metadata": MetaData(), "deleted_at": mapped_column(DateTime())}),
            Deletable,
        ),
        {},
    ),
    "another table": ("table_name", (q.QuizMixin, Plain), {"__tablename__": "exams"}),
    "another table by a directive": (
        "table_name",
        (q.QuizMixin, Plain),
        {"__tablename__": declared_attr.directive(lambda cls: "exams")},
    ),
    "another schema": ("class_arguments", (q.QuizMixin, Plain), {"__table_args__": {"schema": "app"}}),
    "another schema in a mixin": (
        "class_arguments",
        (q.QuizMixin, type("InApp", (), {"__table_args__": {"schema": "app"}}), Plain),
        {},
    ),
    "another schema in the base": (
        "class_arguments",
        (
            q.QuizMixin,
            type("InAppBase", (DeclarativeBase,), {"metadata": MetaData(), "__table_args__": {"schema": "app"}}),
        ),
        {},
    ),
    "another primary key": (
        "class_arguments",
        (q.QuizMixin, Plain),
        {"__table_args__": (PrimaryKeyConstraint("title", name="pk_other"),)},
    ),
    "a primary key without a name": (
        "class_arguments",
        (q.QuizMixin, Plain),
        {"__table_args__": (PrimaryKeyConstraint("title"),)},
    ),
    "another key of the mapper": (
        "class_arguments",
        (q.QuizMixin, Plain),
        {"__mapper_args__": {"primary_key": ["title"]}},
    ),
    "a prefix of attributes": ("class_arguments", (q.QuizMixin, Plain), {"__mapper_args__": {"column_prefix": "_"}}),
    "attributes left out": (
        "class_arguments",
        (q.QuizMixin, Plain),
        {"__mapper_args__": {"exclude_properties": ["title"]}},
    ),
    "mapper arguments as a classmethod": (
        "class_arguments",
        (q.QuizMixin, Plain),
        {"__mapper_args__": classmethod(lambda cls: {"batch": False})},
    ),
    "table arguments as a function": ("class_arguments", (q.QuizMixin, Plain), {"__table_args__": lambda cls: ()}),
    "a table of the host": ("class_arguments", (q.QuizMixin, Plain), {"__table__": Table("quizkit_quiz", MetaData())}),
    "a column of quizkit under another attribute": (
        "host_attribute",
        (q.QuizMixin, Plain),
        {"heading": mapped_column("title", String(5))},
    ),
    "a column of quizkit under another attribute, as a declared_attr": (
        "host_attribute",
        (
            q.QuizMixin,
            type("Headed", (), {"heading": declared_attr(lambda cls: mapped_column("title", String(5)))}),
            Plain,
        ),
        {},
    ),
    "the key of a column of quizkit": (
        "host_attribute",
        (q.QuizMixin, Plain),
        {"heading": Column("heading", String(5), key="title")},
    ),
    "the name of a parameter": ("host_attribute", (q.QuizMixin, Plain), {"own": mapped_column("__id", String(5))}),
    "a column in the key": (
        "class_arguments",
        (q.QuizMixin, Plain),
        {"no": mapped_column(Integer(), primary_key=True)},
    ),
    "a column in the key, annotated": (
        "class_arguments",
        (q.QuizMixin, Plain),
        {"__annotations__": {"no": Mapped[Annotated[int, mapped_column(primary_key=True)]]}},
    ),
    "a version that verbs do not count": (
        "class_arguments",
        (q.QuizMixin, Plain),
        {"lock": LOCK, "__mapper_args__": {"version_id_col": LOCK}},
    ),
    "a version of a class that has none": (
        "class_arguments",
        (q.SlotMixin, Plain),
        {"version": OTHER_LOCK, "__mapper_args__": {"version_id_col": OTHER_LOCK}},
    ),
    "a discriminator that created rows lack": (
        "class_arguments",
        (q.BankMixin, Plain),
        {"__annotations__": {"kind": Mapped[str | None]}, "__mapper_args__": {"polymorphic_on": "kind"}},
    ),
    "a base that reflects": (
        "mount_base",
        (q.QuizMixin, type("Reflected", (DeferredReflection, DeclarativeBase), {"metadata": MetaData()})),
        {},
    ),
    "a dataclass base": (
        "dataclass_base",
        (q.QuizMixin, type("DataBase", (MappedAsDataclass, DeclarativeBase), {"metadata": MetaData()})),
        {},
    ),
}


@pytest.mark.filterwarnings("ignore")  # SQLAlchemy also warns about some
@pytest.mark.parametrize("what", REFUSED)
def test_a_class_that_would_change_quizkits_part_is_refused(what: str) -> None:
    code, bases, body = REFUSED[what]
    new = type("Base", (DeclarativeBase,), {"metadata": MetaData()})
    with pytest.raises(UsageError) as refused:
        type("Quiz", tuple(new if one is Plain else one for one in bases), dict(body))

    assert refused.value.code == code


def test_a_column_of_the_host_may_have_another_key() -> None:
    class Base(DeclarativeBase):
        metadata = MetaData()

    class Quiz(q.QuizMixin[str], Base):
        own: Mapped[str | None] = mapped_column("__id", String(5), key="own_id")

    assert Quiz.__table__.c.own_id.name == "__id"


@pytest.mark.parametrize("decorate", [registry().mapped, registry().mapped_as_dataclass])
def test_a_class_without_a_base_is_refused(decorate: Callable[[type], type]) -> None:
    with pytest.raises(UsageError, match=r"a declarative base, instead of registry\.mapped") as refused:
        decorate(type("Quiz", (q.QuizMixin,), {}))

    assert refused.value.code == "mount_base"


def test_a_base_whose_classes_a_decorator_makes_dataclasses_is_refused() -> None:
    class Base(DeclarativeBase):
        metadata = MetaData()

    class Abstract:
        metadata = MetaData()

    with pytest.raises(UsageError) as refused:
        registry(metadata=Abstract.metadata).mapped_as_dataclass(type("Quiz", (q.QuizMixin, Abstract), {}))

    assert refused.value.code == "dataclass_base"


@pytest.mark.parametrize(
    ("bases", "body", "named"),
    [
        (
            (q.QuizMixin, Plain),
            {"title": mapped_column(String(5)), "role": "x"},
            "The class Quiz, .* defines role, title",
        ),
        ((q.QuizMixin, Titled, Plain), {}, "The class Titled, .* defines title"),
        ((Plain, q.QuizMixin), {}, "last in the class Quiz"),
        ((q.QuizMixin, Plain), {"__tablename__": "exams"}, "The class Quiz names its table"),
    ],
)
def test_a_refused_class_is_named_with_its_attribute(bases: Any, body: dict[str, Any], named: str) -> None:
    new = type("Base", (DeclarativeBase,), {"metadata": MetaData()})
    with pytest.raises(UsageError, match=named):
        type("Quiz", tuple(new if one is Plain else one for one in bases), dict(body))


def test_a_column_object_of_the_host_is_added() -> None:
    class Base(DeclarativeBase):
        metadata = MetaData()

    class Quiz(q.QuizMixin[str], Base):
        course = Column(String(20))

    assert "course" in Quiz.__table__.c
    assert Quiz(course="B1", id=uuid.uuid4()).course == "B1"


def _adds_a_column() -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        def __init_subclass__(cls, **options: Any) -> None:
            cls.site = mapped_column(Integer(), nullable=False)
            super().__init_subclass__(**options)

    return Base


def _names_tables() -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        def __init_subclass__(cls, **options: Any) -> None:
            cls.__tablename__ = cls.__name__.lower()
            super().__init_subclass__(**options)

    return Base


def _replaces_table_arguments() -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        def __init_subclass__(cls, **options: Any) -> None:
            cls.__table_args__ = {"comment": "ours"}
            super().__init_subclass__(**options)

    return Base


def _cascades() -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        @declared_attr.cascading  # type: ignore[arg-type] # SQLAlchemy types it for attributes without a class
        def site(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy hands over the class
            return mapped_column(Integer())

    return Base


@pytest.mark.parametrize("base", [_adds_a_column, _names_tables, _replaces_table_arguments, _cascades])
@pytest.mark.parametrize("tenant", [None, String(20)])
@pytest.mark.filterwarnings("ignore:Attribute 'site' on class:sqlalchemy.exc.SAWarning")
def test_a_base_that_changes_its_classes_while_they_are_made_is_refused(
    base: Callable[[], type[DeclarativeBase]], tenant: String | None
) -> None:
    with pytest.raises(UsageError) as refused:
        mount(base(), tenant=tenant)
    assert refused.value.code == "mount_base"


FILLED = {"assignment", "attempt", "bank", "category", "question", "quiz"}


@pytest.mark.parametrize("role", ROLES)
def test_a_column_that_no_verb_can_fill_is_refused(role: str) -> None:
    class Base(DeclarativeBase): ...

    bases = (mixin_of(getattr(models, role)), Base)
    if role in FILLED:  # verbs take values= for them
        filled: Any = type("Filled", bases, {"course": mapped_column(Integer(), nullable=False)})
        assert not filled.__table__.c.course.nullable
        return
    with pytest.raises(UsageError, match=r"rows of Unfilled, .* the column course_no") as refused:
        type("Unfilled", bases, {"course": mapped_column("course_no", Integer(), nullable=False)})

    assert refused.value.code == "host_attribute"


@pytest.mark.parametrize(
    "column",
    [
        lambda: mapped_column(Integer(), nullable=True),
        lambda: mapped_column(Integer(), default=1),
        lambda: mapped_column(Integer(), default=lambda: 1),
        lambda: mapped_column(Integer(), server_default="1"),
        lambda: mapped_column(Integer(), FetchedValue()),
        lambda: mapped_column(Integer(), Identity()),
        lambda: mapped_column(Integer(), Computed("position + 1")),
        lambda: mapped_column(Integer(), Sequence("courses")),
    ],
    ids=["nullable", "default", "function", "server_default", "trigger", "identity", "computed", "sequence"],
)
def test_a_column_that_fills_itself_may_be_on_every_class(column: Any) -> None:
    class Base(DeclarativeBase): ...

    made: Any = type("Slot", (q.SlotMixin, Base), {"course": column(), "__annotations__": {"course": Mapped[int]}})

    assert "course" in made.__table__.c


@pytest.mark.parametrize("column", [{"default": "plain"}, {"server_default": "plain"}, {"nullable": False}], ids=str)
def test_a_discriminator_that_created_rows_have_is_accepted(column: Any) -> None:
    class Base(DeclarativeBase): ...

    body = {
        "kind": mapped_column(String(9), **column),
        "__mapper_args__": {"polymorphic_on": "kind", "polymorphic_identity": "plain"},
    }
    made: Any = type("Quiz", (q.QuizMixin, Base), body)

    assert made.__mapper__.polymorphic_on is made.__table__.c.kind
