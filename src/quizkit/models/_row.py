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

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, MetaData, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, declared_attr, has_inherited_table, mapped_column

from quizkit.errors import UsageError
from quizkit.models._config import TENANT, TableConfig, config_of
from quizkit.models._types import ID, UtcDateTime, words

S = TypeVar("S")

NAME = 64


class Row:
    """A table of quizkit. `role` determines its name, `keys` are the columns of its primary key."""

    role: ClassVar[str]
    keys: ClassVar[tuple[str, ...]] = ("id",)

    if TYPE_CHECKING:
        metadata: ClassVar[MetaData]

        tenant_id: Mapped[Any]
        """The tenant of the row; the column exists only with `TableConfig.tenant`."""

        def __init__(self, **values: Any) -> None: ...

    def __init_subclass__(cls, **values: Any) -> None:
        if hasattr(cls, "metadata") and not cls.__dict__.get("__abstract__") and not _derived(cls):
            _add_to_ours(cls)
        super().__init_subclass__(**values)

    # A host may derive from a mounted class; the subclass has no table and no key of its own.

    @declared_attr.directive
    def __tablename__(cls) -> str | None:  # noqa: N805 - SQLAlchemy hands over the class
        return None if _derived(cls) else config_of(cls.metadata).table(cls.role)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands over the class
        return {} if _derived(cls) else {"primary_key": list(cls.keys)}

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy hands over the class
        if _derived(cls):
            return ()
        config = config_of(cls.metadata)
        key = PrimaryKeyConstraint(*config.key(*cls.keys), name=config.name("pk", cls.role))
        return (*cls._tenant(config), key, *cls._constraints(config), {"schema": config.schema})

    @classmethod
    def _tenant(cls, config: TableConfig) -> Iterable[Any]:
        """Yield the tenant column, and an index for lookups by the mapper's primary key."""
        if config.tenant is not None:
            yield config.tenant.column(config.name("fk", cls.role, "tenant_id"))
            yield Index(config.name("ix", cls.role, "key"), *cls.keys)

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
    return next(base for base in model.__mro__ if issubclass(base, Row) and "role" in vars(base))


def is_ours(model: type[Row], name: str) -> bool:
    """Return whether an attribute of a mounted class belongs to quizkit, and was not added by the host."""
    return name == TENANT or any(name in vars(base) for base in mixin_of(model).__mro__)


def _add_to_ours(cls: type[Row]) -> None:
    """Add the host's table arguments to quizkit's: by default they would replace quizkit's keys and checks."""
    config = config_of(cls.metadata)
    theirs = {
        name: next(vars(base)[name] for base in cls.__mro__ if name in vars(base))
        for name in ("__tablename__", "__table_args__", "__mapper_args__")
    }
    added = {name: value for name, value in theirs.items() if value is not vars(Row)[name]}
    if added.get("__tablename__", config.table(cls.role)) != config.table(cls.role):
        raise UsageError(
            "table_name",
            "Set the table names with TableConfig.prefix: migrations cannot find a table with another name",
        )
    given: Any
    if "__table_args__" in added:
        given = _evaluated(added["__table_args__"], cls)
        parts = [given] if isinstance(given, dict) else list(given)
        options = parts.pop() if parts and isinstance(parts[-1], dict) else {}
        *ours, own = vars(Row)["__table_args__"].fget(cls)
        type.__setattr__(cls, "__table_args__", (*ours, *parts, {**options, **own}))
    if "__mapper_args__" in added:
        given = _evaluated(added["__mapper_args__"], cls)
        type.__setattr__(cls, "__mapper_args__", {**given, **vars(Row)["__mapper_args__"].fget(cls)})


def _evaluated(given: Any, cls: type[Row]) -> Any:
    return given.fget(cls) if isinstance(given, declared_attr) else given


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
