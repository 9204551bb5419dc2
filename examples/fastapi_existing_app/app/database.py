"""The engine, the session and the base, as they were."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

from sqlalchemy import Integer, MetaData
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from quizkit.models import SubjectColumn, TableConfig
from quizkit.sessions import configure_sqlite

URL = os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///app.db")

engine = create_async_engine(URL)
if engine.dialect.name == "sqlite":
    configure_sqlite(engine)  # new: foreign keys, and locks that work
sessionmaker = async_sessionmaker(engine)


class Base(DeclarativeBase):
    """The application's own base."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        },
        # new: how quizkit's tables are named, and that takers are our users
        info={"quizkit": TableConfig(prefix="exam_", subject=SubjectColumn(type_=Integer(), references="users.id"))},
    )


async def get_session() -> AsyncIterator[AsyncSession]:
    """Yield a session for one request and commit if it succeeds."""
    async with sessionmaker() as session, session.begin():
        yield session
