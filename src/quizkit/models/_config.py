"""The names of the tables, and the types of the ids of the host's users and tenants. Stored in `MetaData.info`."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.schema import conv
from sqlalchemy.types import TypeEngine

from quizkit.errors import UsageError
from quizkit.models._types import words

__all__ = ["INFO_KEY", "SubjectColumn", "TableConfig", "TenantColumn", "config_of"]

INFO_KEY: Final = "quizkit"
TENANT: Final = "tenant_id"

# The longest constraint name must fit into the 63 bytes of PostgreSQL.
_MAX_PREFIX_LENGTH: Final = 20


# A single object, because column types do not compare by value.
_OPAQUE: Final[TypeEngine[Any]] = words(64)


@dataclass(frozen=True, kw_only=True)
class _HostId:
    """An id of the host: opaque text by default."""

    type_: TypeEngine[Any] = _OPAQUE
    references: str | None = None

    def __post_init__(self) -> None:
        # A column that references one of the host must have the same type, including the collation.
        plain = self.type_ if type(self.type_) is String and self.type_ is not _OPAQUE else None
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
        type_: the column type, such as `BigInteger()`, `Uuid()` or `String(36)`.
        references: the column of the host that it references, such as `users.id`; the host migrates this key.
        ondelete: what happens to the rows of a deleted user. CASCADE would erase exam history and is not available.
    """

    ondelete: Literal["RESTRICT", "SET NULL"] = "RESTRICT"

    def __post_init__(self) -> None:
        super().__post_init__()
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
    """The configuration of the tables: pass it as `MetaData(info={"quizkit": TableConfig(...)})`.

    Mixins and packaged revisions read it there.

    Attributes:
        prefix: the prefix of the table names.
        schema: the schema of the tables; by default that of the connection.
        subject: the column for ids of users.
        tenant: the column for ids of tenants; None without tenants.
    """

    prefix: str = "quizkit_"
    schema: str | None = None
    subject: SubjectColumn = field(default_factory=SubjectColumn)
    tenant: TenantColumn | None = None

    def __post_init__(self) -> None:
        if len(self.prefix) > _MAX_PREFIX_LENGTH or not (self.prefix == "" or self.prefix.isidentifier()):
            raise UsageError(
                "table_prefix", f"A prefix must be an identifier of at most {_MAX_PREFIX_LENGTH} characters"
            )

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


def config_of(metadata: MetaData | Iterable[MetaData] | None) -> TableConfig:
    """Return the configuration of a metadata (or of the first of several that has one), else the default."""
    candidates = [metadata] if isinstance(metadata, MetaData) else list(metadata or ())
    found = (candidate.info.get(INFO_KEY) for candidate in candidates)
    return next((config for config in found if isinstance(config, TableConfig)), DEFAULT)
