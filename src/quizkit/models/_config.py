"""How the tables are named, and what ids of the host's users and tenants look like. Lives in `MetaData.info`."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from sqlalchemy import Column, ForeignKey, MetaData, String
from sqlalchemy.schema import conv
from sqlalchemy.types import TypeEngine

from quizkit.errors import UsageError
from quizkit.models._types import words

__all__ = ["INFO_KEY", "SubjectColumn", "TableConfig", "TenantColumn", "config_of"]

INFO_KEY: Final = "quizkit"
TENANT: Final = "tenant_id"

# The longest name of a constraint must fit into the 63 bytes of PostgreSQL.
_LONGEST_PREFIX: Final = 20


# One object, because column types do not compare by value.
_OPAQUE: Final[TypeEngine[Any]] = words(64)


@dataclass(frozen=True, kw_only=True)
class _HostId:
    """An id of the host's: opaque text, unless told otherwise."""

    type_: TypeEngine[Any] = _OPAQUE
    references: str | None = None

    def __post_init__(self) -> None:
        # One that refers to the host's column must be the same as that, to the collation.
        plain = self.type_ if type(self.type_) is String and self.type_ is not _OPAQUE else None
        if self.references is None and plain is not None and plain.length and plain.collation is None:
            object.__setattr__(self, "type_", words(plain.length))

    def without_key(self) -> Self:
        """Return the same column without the foreign key, which is the host's."""
        plain = copy.copy(self)
        object.__setattr__(plain, "references", None)
        return plain


@dataclass(frozen=True, kw_only=True)
class SubjectColumn(_HostId):
    """How ids of the host's users are stored: opaque strings, unless told otherwise.

    Attributes:
        type_: the column type, such as `BigInteger()`, `Uuid()` or `String(36)`.
        references: the column of the host that it refers to, such as `users.id`; the host migrates this key.
        ondelete: what happens to rows of a deleted user. CASCADE would erase exam history and is not offered.
    """

    ondelete: Literal["RESTRICT", "SET NULL"] = "RESTRICT"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.ondelete not in {"RESTRICT", "SET NULL"}:
            raise UsageError("subject_ondelete", "Rows of a deleted user are kept: ondelete is RESTRICT or SET NULL")

    def foreign_keys(self, name: conv) -> list[ForeignKey]:
        """Return the foreign key to the host's users, if there is one."""
        return [ForeignKey(self.references, ondelete=self.ondelete, name=name)] if self.references else []


@dataclass(frozen=True, kw_only=True)
class TenantColumn(_HostId):
    """How ids of the host's tenants are stored. With it, `tenant_id` leads every key of every table.

    Attributes:
        type_: the column type, such as `String(64)` or `BigInteger()`.
        references: the column of the host that it refers to, such as `tenants.id`; the host migrates this key.
    """

    def column(self, name: conv) -> Column[Any]:
        """Return the column of one table, with the foreign key to the host's tenants if there is one."""
        keys = [ForeignKey(self.references, ondelete="RESTRICT", name=name)] if self.references else []
        return Column(TENANT, self.type_, *keys, nullable=False)


@dataclass(frozen=True, kw_only=True)
class TableConfig:
    """Set it in `MetaData(info={"quizkit": TableConfig(...)})`; mixins and packaged revisions read it there.

    Attributes:
        prefix: what the names of the tables begin with.
        schema: the schema that they are in; the default one unless given.
        subject: how ids of users are stored.
        tenant: how ids of tenants are stored; None where there are none.
    """

    prefix: str = "quizkit_"
    schema: str | None = None
    subject: SubjectColumn = field(default_factory=SubjectColumn)
    tenant: TenantColumn | None = None

    def __post_init__(self) -> None:
        if len(self.prefix) > _LONGEST_PREFIX or not (self.prefix == "" or self.prefix.isidentifier()):
            raise UsageError("table_prefix", f"A prefix is an identifier of at most {_LONGEST_PREFIX} characters")

    def table(self, role: str) -> str:
        """Return the name of a table, without the schema."""
        return self.prefix + role

    def qualified(self, role: str) -> str:
        """Return the name of a table as `MetaData.tables` has it."""
        return f"{self.schema}.{self.table(role)}" if self.schema else self.table(role)

    def name(self, kind: str, role: str, *parts: str) -> conv:
        """Return the name of a constraint or index, which no naming convention of the host rewrites."""
        return conv("_".join([kind, self.table(role), *parts]))

    def key(self, *columns: str) -> list[str]:
        """Return the columns of a key; the tenant, where there is one, leads, so that tables can be sharded by it."""
        return [TENANT, *columns] if self.tenant is not None else list(columns)


DEFAULT: Final = TableConfig()


def config_of(metadata: MetaData | Iterable[MetaData] | None) -> TableConfig:
    """Return the configuration that a metadata carries (or the first of several that does), else the default."""
    candidates = [metadata] if isinstance(metadata, MetaData) else list(metadata or ())
    found = (one.info.get(INFO_KEY) for one in candidates)
    return next((config for config in found if isinstance(config, TableConfig)), DEFAULT)
