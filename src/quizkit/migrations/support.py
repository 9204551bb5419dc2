"""What packaged revisions may import. Frozen: revisions that were released keep importing it."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, DateTime, Numeric
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from quizkit.models import TableConfig, config_of

__all__ = ["config", "moment", "points"]


def config() -> TableConfig:
    """Return how the tables of this run are named: from the runner, else from the host's metadata."""
    context = op.get_context()
    given = context.config.attributes.get("quizkit") if context.config is not None else None
    return given if isinstance(given, TableConfig) else config_of(context.opts.get("target_metadata"))


def points(digits: int) -> TypeEngine[Any]:
    """Return numeric(digits, 7), and on SQLite, which has no decimals, a whole number of ten-millionths."""
    return Numeric(digits, 7).with_variant(BigInteger(), "sqlite")


def moment() -> TypeEngine[Any]:
    """Return a time with zone, and on MariaDB, which has none, one with microseconds."""
    return DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
