"""Alembic's environment, as it was, with one new line."""

from __future__ import annotations

import asyncio

from alembic import context
from app import quizzes as quizzes  # new: the classes are in the metadata
from app.database import URL
from app.models import Base
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from quizkit import migrations

target_metadata = Base.metadata


def run(connection: Connection) -> None:
    """Run what was asked for over a connection."""
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        render_as_batch=True,  # SQLite
        include_object=migrations.include_object(target_metadata),  # new
    )
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    """Connect."""
    engine = create_async_engine(URL)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if context.is_offline_mode():
    context.configure(url=URL, target_metadata=target_metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(main())
