"""Reading database URLs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from quizkit.errors import MissingExtra, QuizkitError, UsageError

__all__ = ["read_url"]

_EXTRAS: Final = {"aiosqlite": "sqlite", "asyncpg": "postgresql", "psycopg": "psycopg", "asyncmy": "mariadb", "pymysql": "mariadb"}  # fmt: skip


def read_url(target: str | URL) -> tuple[URL, bool]:
    """Return a URL and whether its driver is async. A bare `postgresql://` uses the installed driver.

    Raises:
        UsageError: it is not a database URL. The message does not repeat the URL, which may contain a password.
        MissingExtra: its driver is not installed.
    """
    refused: QuizkitError = UsageError("database_url", "This is not a database URL; give one such as sqlite:///quiz.db")
    try:
        url = make_url(target)
        if url.drivername in {"postgresql", "postgres"}:
            url = url.set(drivername=f"postgresql+{_installed('psycopg', 'asyncpg')}")
        elif url.drivername in {"mariadb", "mysql"}:
            url = url.set(drivername=f"{url.drivername}+{_installed('pymysql', 'asyncmy')}")
        dialect = url.get_dialect()
        dialect.import_dbapi()
    except (ArgumentError, NoSuchModuleError, ValueError):
        pass
    except ModuleNotFoundError as error:
        driver = (error.name or "").partition(".")[0]
        if driver in _EXTRAS:
            refused = MissingExtra.named(_EXTRAS[driver], f"The database driver {driver}")
        else:
            refused = UsageError("database_driver", f"quizkit supports the drivers {', '.join(_EXTRAS)} and pysqlite")
    else:
        return url, bool(dialect.is_async)
    raise refused


def _installed(*drivers: str) -> str:
    return next((driver for driver in drivers if find_spec(driver)), drivers[0])
