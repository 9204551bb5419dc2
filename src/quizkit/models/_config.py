"""The names of the tables, and the types of the ids of the host's users and tenants.

A host's configuration is in `MetaData.info`. Each mapped class keeps the one that it was mapped with, because one
metadata can have several sets of tables.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Any, Final, Literal, Self

from sqlalchemy import ForeignKey, MetaData, String, event
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.schema import conv
from sqlalchemy.types import TypeEngine

from quizkit.errors import UsageError
from quizkit.models._types import words

__all__ = [
    "CLASS_KEY",
    "COLUMN_NAME",
    "INFO_KEY",
    "SubjectColumn",
    "TableConfig",
    "TenantColumn",
    "config_of",
    "config_of_class",
    "configs_of",
    "keep_config",
    "refuse_option",
]

INFO_KEY: Final = "quizkit"
CLASS_KEY: Final = "__quizkit__"
_MOUNTED: Final = "quizkit.mounted"
TENANT: Final = "tenant_id"

# The longest constraint name must fit into the 63 bytes of PostgreSQL.
_MAX_PREFIX_LENGTH: Final = 20


# Single objects, because column types do not compare by value. The ids of identity providers can be long.
_OPAQUE_USER: Final[TypeEngine[Any]] = words(255)
_OPAQUE_TENANT: Final[TypeEngine[Any]] = words(64)


COLUMN_NAME: Final = 'the name of a column as text, such as "users.id"'


def refuse_option(name: str, value: Any, kinds: type[Any] | tuple[type[Any], ...], takes: str) -> None:
    """Raise UsageError if the value of an option is of none of some kinds."""
    if not isinstance(value, kinds):
        raise UsageError("mount_options", f"{name}= takes {takes}")


@dataclass(frozen=True, kw_only=True)
class _HostId:
    """An id of the host: opaque text by default."""

    type_: TypeEngine[Any] = _OPAQUE_TENANT
    references: str | None = None

    def __post_init__(self) -> None:
        refuse_option("type_", self.type_, TypeEngine, "a column type, such as Integer()")
        refuse_option("references", self.references, (str, NoneType), COLUMN_NAME)
        if self.references is not None and not all(self.references.rpartition(".")[::2]):
            raise UsageError("mount_options", f"references= takes {COLUMN_NAME}")
        # A column that references one of the host must have the same type, including the collation.
        opaque = self.type_ is _OPAQUE_USER or self.type_ is _OPAQUE_TENANT
        plain = self.type_ if type(self.type_) is String and not opaque else None
        if self.references is None and plain is not None and plain.length and plain.collation is None:
            object.__setattr__(self, "type_", words(plain.length))

    def without_key(self) -> Self:
        """Return the same column without the foreign key, which the host migrates."""
        plain = copy.copy(self)
        object.__setattr__(plain, "references", None)
        return plain


@dataclass(frozen=True, kw_only=True)
class SubjectColumn(_HostId):
    """The column for ids of the host's users: opaque strings by default.

    Attributes:
        type_: the column type, such as `BigInteger()`, `Uuid()` or `String(36)`; by default text of up to 255
            characters.
        references: the column of the host that it references, such as `users.id`; the host migrates this key.
        ondelete: what happens to the rows of a deleted user. CASCADE would erase exam history and is not available.
    """

    type_: TypeEngine[Any] = _OPAQUE_USER
    ondelete: Literal["RESTRICT", "SET NULL"] = "RESTRICT"

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_option("ondelete", self.ondelete, str, "RESTRICT or SET NULL, as text")
        if self.ondelete not in {"RESTRICT", "SET NULL"}:
            raise UsageError(
                "subject_ondelete", "ondelete must be RESTRICT or SET NULL, because rows of a deleted user are kept"
            )

    def foreign_keys(self, name: conv) -> list[ForeignKey]:
        """Return the foreign key to the host's users, if it has one."""
        return [ForeignKey(self.references, ondelete=self.ondelete, name=name)] if self.references else []


@dataclass(frozen=True, kw_only=True)
class TenantColumn(_HostId):
    """The column for ids of the host's tenants. With it, `tenant_id` is the first column of every key of every table.

    Attributes:
        type_: the column type, such as `String(64)` or `BigInteger()`.
        references: the column of the host that it references, such as `tenants.id`; the host migrates this key.
    """

    def column(self, name: conv) -> MappedColumn[Any]:
        """Return the column for one table, with the foreign key to the host's tenants if it has one."""
        keys = [ForeignKey(self.references, ondelete="RESTRICT", name=name)] if self.references else []
        return mapped_column(TENANT, self.type_, *keys, nullable=False, sort_order=1000)


@dataclass(frozen=True, kw_only=True)
class TableConfig:
    """The configuration of the tables. `mount` makes one from its options.

    If you write classes with the mixins, set it yourself: `MetaData(info={"quizkit": TableConfig(...)})`, or
    `__quizkit__ = TableConfig(...)` on a class or an abstract base. Packaged revisions read it there.

    Attributes:
        prefix: the prefix of the table names.
        schema: the schema of the tables; by default that of the metadata, else that of the connection.
        subject: the column for ids of users.
        tenant: the column for ids of tenants; None without tenants.
    """

    prefix: str = "quizkit_"
    schema: str | None = None
    subject: SubjectColumn = field(default_factory=SubjectColumn)
    tenant: TenantColumn | None = None

    def __post_init__(self) -> None:
        refuse_option("prefix", self.prefix, str, "text")
        refuse_option("schema", self.schema, (str, NoneType), "text")
        refuse_option("subject", self.subject, SubjectColumn, "a SubjectColumn")
        refuse_option("tenant", self.tenant, (TenantColumn, NoneType), "a TenantColumn")
        if len(self.prefix.encode()) > _MAX_PREFIX_LENGTH or not (self.prefix == "" or self.prefix.isidentifier()):
            raise UsageError(
                "table_prefix", f"A prefix must be an identifier of at most {_MAX_PREFIX_LENGTH} bytes in UTF-8"
            )

        object.__setattr__(self, "schema", self.schema or None)

    def table(self, role: str) -> str:
        """Return the name of a table, without the schema."""
        return self.prefix + role

    def qualified(self, role: str) -> str:
        """Return the name of a table as in `MetaData.tables`."""
        return f"{self.schema}.{self.table(role)}" if self.schema else self.table(role)

    def name(self, kind: str, role: str, *parts: str) -> conv:
        """Return the name of a constraint or index, protected from the host's naming conventions."""
        return conv("_".join([kind, self.table(role), *parts]))

    def key(self, *columns: str) -> list[str]:
        """Return the columns of a key, with the tenant first if there are tenants, so that tables can be sharded by it."""
        return [TENANT, *columns] if self.tenant is not None else list(columns)


DEFAULT: Final = TableConfig()


def configs_of(metadata: MetaData | Iterable[MetaData] | None) -> list[TableConfig]:
    """Return the configurations of all tables of quizkit on a metadata, or on several, in the order of mapping.

    If no class is mapped yet, it is the configuration in `MetaData.info`, if there is one.
    """
    found: dict[TableConfig, None] = {}
    for one in [metadata] if isinstance(metadata, MetaData) else list(metadata or ()):
        given = one.info.get(INFO_KEY)
        alone = (_in_schema(given, one),) if isinstance(given, TableConfig) else ()
        found.update(dict.fromkeys(one.info.get(_MOUNTED) or alone))
    return list(found)


def config_of(metadata: MetaData | Iterable[MetaData] | None) -> TableConfig:
    """Return the configuration of quizkit's tables on a metadata (or on the one of several that has them).

    Without any it is the default, in the schema of the metadata.

    Raises:
        UsageError: `tables_several`: the metadata has several sets of tables.
    """
    found = configs_of(metadata)
    if len(found) > 1:
        raise UsageError(
            "tables_several",
            "Several sets of quizkit's tables are mounted on this metadata: pass the config of one, models.config",
        )
    alone = metadata if isinstance(metadata, MetaData) else None
    return found[0] if found else _in_schema(DEFAULT, alone)


def config_of_class(cls: Any) -> TableConfig:
    """Return the configuration of a class: its own or an inherited one, else that in its metadata, else the default.

    A base may choose another metadata for each class, as Flask-SQLAlchemy does for a `__bind_key__`. Then it is the
    configuration in the nearest metadata of its bases.
    """
    if not hasattr(cls, "metadata"):
        raise UsageError(
            "mount_base",
            f"Write class {cls.__name__}(…Mixin, Base) with a declarative base, instead of registry.mapped. A base with "
            "registry = your_registry maps it beside your own classes",
        )
    return _in_schema(_given(cls), cls.metadata)


def _given(cls: Any) -> TableConfig:
    given = getattr(cls, CLASS_KEY, None)
    if given is None:
        bases = (vars(base).get("metadata") for base in cls.__mro__)
        places = (cls.metadata, *(base for base in bases if isinstance(base, MetaData)))
        given = next((place.info[INFO_KEY] for place in places if INFO_KEY in place.info), None)
    if given is not None and not isinstance(given, TableConfig):
        raise UsageError("mount_options", f'{CLASS_KEY} and MetaData(info={{"{INFO_KEY}": ...}}) take a TableConfig')
    return given or DEFAULT


def keep_config(cls: Any) -> TableConfig:
    """Return the configuration of a class that is being mapped, and keep it with the class and with its metadata.

    The class may get its metadata later than this, from an `__init_subclass__` of its base, so the table says which, and
    in which schema it is.
    """
    config = config_of_class(cls)
    given = _given(cls)
    type.__setattr__(cls, CLASS_KEY, given)
    event.listen(cls, "instrument_class", lambda mapper, _: _keep_with(mapper.local_table.metadata, given))
    return config


def _keep_with(metadata: MetaData, given: TableConfig) -> None:
    config = _in_schema(given, metadata)
    mounted = metadata.info.setdefault(_MOUNTED, [])
    if config not in mounted:
        mounted.append(config)


def _in_schema(config: TableConfig, metadata: MetaData | None) -> TableConfig:
    # A table without a schema is created in that of its metadata, so migrations must look there too.
    if config.schema is not None or metadata is None or metadata.schema is None:
        return config
    return replace(config, schema=metadata.schema)
