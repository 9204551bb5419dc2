"""How the tables are named, and what ids of the host's users look like. Lives in `MetaData.info`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.schema import conv
from sqlalchemy.types import TypeEngine

from quizkit.errors import Misuse

__all__ = ["INFO_KEY", "SubjectColumn", "TableConfig", "config_of"]

INFO_KEY: Final = "quizkit"
_LONGEST_PREFIX: Final = 24


# One object, because column types do not compare by value.
_OPAQUE: Final[TypeEngine[Any]] = String(64)


@dataclass(frozen=True, kw_only=True)
class SubjectColumn:
    """How ids of the host's users are stored: opaque strings, unless told otherwise.

    Attributes:
        type_: the column type, such as `BigInteger()` or `Uuid()`.
        references: the column of the host that it refers to, such as `users.id`; the host migrates this key.
        ondelete: what happens to rows of a deleted user. CASCADE would erase exam history and is not offered.
    """

    type_: TypeEngine[Any] = _OPAQUE
    references: str | None = None
    ondelete: Literal["RESTRICT", "SET NULL"] = "RESTRICT"

    def foreign_keys(self) -> list[ForeignKey]:
        """Return the foreign key to the host's users, if there is one."""
        return [ForeignKey(self.references, ondelete=self.ondelete)] if self.references else []


@dataclass(frozen=True, kw_only=True)
class TableConfig:
    """Set it in `MetaData(info={"quizkit": TableConfig(...)})`; mixins and packaged revisions read it there."""

    prefix: str = "quizkit_"
    schema: str | None = None
    subject: SubjectColumn = field(default_factory=SubjectColumn)

    def __post_init__(self) -> None:
        if len(self.prefix) > _LONGEST_PREFIX or not (self.prefix == "" or self.prefix.isidentifier()):
            raise Misuse("table_prefix", f"A prefix is an identifier of at most {_LONGEST_PREFIX} characters")

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
        """Return the columns of a key."""
        return list(columns)


DEFAULT: Final = TableConfig()


def config_of(metadata: MetaData | None) -> TableConfig:
    """Return the configuration that a metadata carries, else the default."""
    found = metadata.info.get(INFO_KEY) if metadata is not None else None
    return found if isinstance(found, TableConfig) else DEFAULT
