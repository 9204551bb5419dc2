"""What to run if the tables are not those of this release: the same sentence in every message."""

from __future__ import annotations

from quizkit.models._config import DEFAULT, TableConfig

__all__ = ["how_to_migrate"]


def how_to_migrate(
    config: TableConfig, *, tables: str | None = None, alone: str = "otherwise run: quizkit db upgrade"
) -> str:
    """Return the commands for both ways to migrate tables: inside the host's history, and with quizkit's own.

    Args:
        config: the configuration of the tables.
        tables: how the host names its mounted tables on the command line, if that is known.
        alone: what to run if the host's history has no steps of quizkit.
    """
    option = "" if tables is None and config == DEFAULT else f" --tables {tables or 'MODULE:KIT'}"
    return (
        f"If the tables are part of your own Alembic history, run: quizkit db revision-for-host{option}, then alembic "
        f"upgrade head; {alone}{option}"
    )
