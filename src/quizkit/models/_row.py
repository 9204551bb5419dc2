"""Base classes of all mapped classes. The host's declarative setup must not change quizkit's tables by accident.

So every column type is explicit (a host's `type_annotation_map` replaces implicit ones), every constraint and index
has a `conv()` name (a host's naming convention rewrites plain ones), and targets of foreign keys are looked up by
role, never by class name.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    event,
)
from sqlalchemy.orm import Mapped, Mapper, declared_attr, has_inherited_table, mapped_column

from quizkit.errors import UsageError
from quizkit.models._config import TENANT, TableConfig, config_of_class, keep_config
from quizkit.models._host_class import (
    HostClass,
    check_columns,
    check_decorator,
    check_names,
    directive,
    host_class,
    keep_base_out,
    mapper_args,
    names,
    table_args,
)
from quizkit.models._mapping import check_mapping
from quizkit.models._references import check_references_of
from quizkit.models._types import ID, UtcDateTime, words

S = TypeVar("S")

NAME = 64


class Row:
    """A table of quizkit. `role` determines its name, `keys` are the columns of its primary key."""

    role: ClassVar[str]
    keys: ClassVar[tuple[str, ...]] = ("id",)

    if TYPE_CHECKING:
        metadata: ClassVar[MetaData]
        __quizkit__: ClassVar[TableConfig]

        tenant_id: Mapped[Any]
        """The tenant of the row; the column exists only with `TableConfig.tenant`."""

        def __init__(self, **values: Any) -> None: ...

    def __init_subclass__(cls, **values: Any) -> None:
        if hasattr(cls, "metadata") and not cls.__dict__.get("__abstract__") and not _derived(cls):
            _mount(cls)
        super().__init_subclass__(**values)

    # A host may derive from a mounted class; the subclass has no table and no key of its own.

    @declared_attr.directive
    def __tablename__(cls) -> str | None:  # noqa: N805 - SQLAlchemy hands over the class
        check_decorator(cls)
        return None if _derived(cls) else config_of_class(cls).table(cls.role)

    @classmethod
    def __table_cls__(cls, *parts: Any, **options: Any) -> Table | None:
        """Create the table, as SQLAlchemy or the host's base would, unless its columns would change quizkit's."""
        config = config_of_class(cls)
        check_columns(cls, [part for part in parts if isinstance(part, Column)], set(config.key(*cls.keys)))
        create: Any = getattr(super(), "__table_cls__", Table)
        created: Table | None = create(*parts, **options)
        return created

    # A mounted class has its own two of these, with the host's arguments.

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
        # With the tenant, because ids are unique only within one: a session must not take two rows for the same.
        # Bases may ask the mixin itself for them, which has no table, as Advanced Alchemy's do.
        if _derived(cls) or not hasattr(cls, "metadata"):
            return {}
        return {"primary_key": config_of_class(cls).key(*cls.keys)}

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805 - SQLAlchemy hands over the class
        check_decorator(cls)
        if _derived(cls):
            return ()
        config = config_of_class(cls)
        key = PrimaryKeyConstraint(*config.key(*cls.keys), name=config.name("pk", cls.role))
        return (key, *cls._constraints(config), {"schema": config.schema})

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        return ()

    @classmethod
    def _refers(cls, config: TableConfig, column: str, role: str) -> ForeignKeyConstraint:
        """Return a foreign key with RESTRICT: rows that are referenced cannot be deleted."""
        return ForeignKeyConstraint(
            config.key(column),
            [f"{config.qualified(role)}.{name}" for name in config.key("id")],
            name=config.name("fk", cls.role, column),
            ondelete="RESTRICT",
        )

    @classmethod
    def _one_of(cls, config: TableConfig, column: str, words: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
        listed = ", ".join(f"'{word}'" for word in words)
        return CheckConstraint(f"{column} IN ({listed})", name=config.name("ck", cls.role, column))

    @classmethod
    def _holds(cls, config: TableConfig, name: str, rule: str) -> CheckConstraint:
        return CheckConstraint(rule, name=config.name("ck", cls.role, name))


def _derived(cls: Any) -> bool:
    return has_inherited_table(cls)


def mixin_of(model: type[Row]) -> type[Row]:
    """Return the mixin of a mounted class."""
    # The last one: a class of the host may have a `role` of its own.
    return next(base for base in reversed(model.__mro__) if issubclass(base, Row) and "role" in vars(base))


def is_ours(model: type[Row], name: str) -> bool:
    """Return whether an attribute of a mounted class belongs to quizkit, and was not added by the host."""
    if name == TENANT:
        return config_of_class(model).tenant is not None
    return any(name in vars(base) for base in mixin_of(model).__mro__)


def _mount(cls: type[Row]) -> None:
    """Add what the host says on its class to quizkit's part, and keep the rest of its declarative base out."""
    config = keep_config(cls)
    mixin = mixin_of(cls)
    of_quizkit = {name for base in mixin.__mro__ if issubclass(base, Row) for name in names(base)}
    if config.tenant is not None:
        of_quizkit.add(TENANT)
    host = host_class(cls, Row, mixin)
    check_names(host, of_quizkit)
    known = of_quizkit | {name for one in host.explicit for name in names(one)}
    keep_base_out(cls, host, of_quizkit)
    named: Any = cls.__tablename__
    if named != config.table(cls.role):
        raise UsageError(
            "table_name",
            f"The class {cls.__name__} names its table. Set the names with TableConfig.prefix: migrations cannot find a "
            "table with another name",
        )
    if config.tenant is not None:
        type.__setattr__(cls, TENANT, config.tenant.column(config.name("fk", cls.role, TENANT)))
    _add_arguments(cls, host)
    event.listen(cls, "after_mapper_constructed", lambda mapper, _: _check_mapped(mapper, config, of_quizkit, known))
    check_references_of(cls, config)


def _check_mapped(mapper: Mapper[Any], config: TableConfig, of_quizkit: set[str], known: set[str]) -> None:
    """Refuse a class that verbs could not use, or to which its base has added something in `__init_subclass__`."""
    cls: Any = mapper.class_
    table: Any = mapper.local_table
    key = [column.name for column in table.primary_key]
    if (
        table.name != config.table(cls.role)
        or key != config.key(*cls.keys)
        or table.primary_key.name != config.name("pk", cls.role)
        or not known.issuperset(mapper.columns.keys())
    ):
        raise UsageError(
            "mount_base",
            "Your base changes the classes that are made from it, in __init_subclass__ or with declared_attr.cascading: "
            "mount quizkit's classes on a base that does not, with the same registry, "
            "class QuizBase(DeclarativeBase): registry = Base.registry",
        )
    check_mapping(mapper, of_quizkit)


def _add_arguments(cls: type[Row], host: HostClass) -> None:
    """Give the class the arguments of both: by default the host's would replace quizkit's keys and checks."""

    def for_table(cls: Any) -> Any:
        return () if _derived(cls) else table_args(cls, host, vars(Row)["__table_args__"].fget(cls))

    def for_mapper(cls: Any) -> Any:
        return {} if _derived(cls) else mapper_args(cls, host, vars(Row)["__mapper_args__"].fget(cls))

    type.__setattr__(cls, "__table_args__", directive("__table_args__", for_table))
    type.__setattr__(cls, "__mapper_args__", directive("__mapper_args__", for_mapper))


class Identified(Row):
    """A row with its own id, a UUID version 7 that the client generates."""

    id: Mapped[uuid.UUID] = mapped_column(ID, sort_order=-100)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime(), sort_order=900)


class Changing(Identified):
    """A row that can be changed and archived, but is never deleted. `version` increases with every change."""

    version: Mapped[int] = mapped_column(Integer(), default=1, sort_order=898)
    made_from: Mapped[str | None] = mapped_column(
        words(64), nullable=True, sort_order=899, doc="SHA-256 of the call that created it, if the client gave the id."
    )
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime(), sort_order=901)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True, sort_order=902)
