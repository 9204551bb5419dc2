"""`quizkit db`: managing quizkit's tables in a database. No command prints a URL, which may contain a password."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import MetaData

from quizkit import migrations
from quizkit.cli._tell import err, fail
from quizkit.errors import UsageError
from quizkit.migrations._runner import unversioned
from quizkit.models import Models, TableConfig, config_of
from quizkit.models._migrating import how_to_migrate

__all__ = ["db"]

db = typer.Typer(no_args_is_help=True, help="Manage quizkit's tables in a database.")

Url = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="QUIZKIT_DATABASE_URL",
        help="The URL of the database, such as sqlite:///quiz.db or postgresql://user@host/name.",
        show_envvar=True,
    ),
]
Tables = Annotated[
    str | None,
    typer.Option(
        "--tables",
        envvar="QUIZKIT_TABLES",
        metavar="MODULE:NAME",
        help="Your mounted tables: a declarative base, a MetaData, Models, a kit or a TableConfig, such as app.models:Base.",
        show_envvar=True,
    ),
]
Where = Annotated[str, typer.Argument(metavar="REVISION", help="The target revision; by default the newest.")]


def _config(tables: str | None) -> TableConfig:
    """Return the configuration of the tables for a command."""
    if tables is None:
        return TableConfig()
    found = _imported(tables)
    mounted = getattr(found, "models", found)  # of a kit, or of its tenants
    found = mounted.config if isinstance(mounted, Models) else getattr(found, "metadata", found)
    if not isinstance(found, TableConfig | MetaData):
        raise UsageError(
            "tables_unknown",
            f"--tables must name a declarative base, a MetaData, Models, a kit or a TableConfig, and {tables} is "
            f"of the type {type(found).__name__}",
        )
    return found if isinstance(found, TableConfig) else config_of(found)


def _imported(tables: str) -> Any:
    """Return the object that `--tables` names.

    Raises:
        UsageError: `tables_unknown`: the module, a module that it imports, or the name does not exist.
    """
    module, _, name = tables.partition(":")
    if not module or not name:
        raise UsageError("tables_unknown", "--tables must be MODULE:NAME, such as app.models:Base")
    if "" not in sys.path:
        sys.path.insert(0, "")  # the application is in the current directory
    try:
        found: Any = import_module(module)
    except ImportError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            wrong = f"there is no module {error.name} in the current directory or among the installed packages"
        else:
            wrong = f"importing {module} failed: {error}"
        raise UsageError("tables_unknown", f"--tables {tables}: {wrong}") from None
    for part in name.split("."):
        if not hasattr(found, part):
            place = getattr(found, "__name__", None) or f"an object of the type {type(found).__name__}"
            raise UsageError("tables_unknown", f"--tables {tables}: {place} has no {part}")
        found = getattr(found, part)
    return found


@db.command()
def upgrade(url: Url, revision: Where = "head", tables: Tables = None) -> None:
    """Upgrade quizkit's tables to the newest revision."""
    config = _config(tables)
    before = migrations.current(url, config=config)
    with err.status("Upgrading…"):
        migrations.upgrade(url, revision, config=config)
    after = migrations.current(url, config=config)
    typer.echo(f"At {after} already." if before == after else f"Upgraded from {before or 'nothing'} to {after}.")


@db.command()
def downgrade(
    url: Url,
    revision: Annotated[str, typer.Argument(help="The target revision; base drops all tables with their rows.")],
    tables: Tables = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Downgrade quizkit's tables to an older revision."""
    config = _config(tables)
    before = migrations.current(url, config=config)
    if not yes:
        typer.confirm(
            f"This drops everything that was added after {revision}, with its data. Continue?", abort=True, err=True
        )
    migrations.downgrade(url, revision, config=config)
    typer.echo(f"Downgraded from {before or 'nothing'} to {migrations.current(url, config=config) or 'nothing'}.")


@db.command()
def stamp(
    url: Url,
    revision: Where = "head",
    tables: Tables = None,
    force: Annotated[bool, typer.Option("--force", help="Set it even if the tables differ.")] = False,
) -> None:
    """Set the revision of tables that create_all created; refused if they differ. Not for those of your own history."""
    config = _config(tables)
    is_first = unversioned(url, config=config)
    migrations.stamp(url, revision, config=config, force=force)
    found = migrations.current(url, config=config)
    typer.echo(f"Stamped {found or 'nothing'}.")
    if is_first and found:
        err.print(
            "From now on quizkit db upgrade upgrades these tables. If your own Alembic history has steps of quizkit, "
            "it does not see this: undo it with quizkit db stamp base",
            soft_wrap=True,
        )


@db.command()
def current(url: Url, tables: Tables = None) -> None:
    """Print the revision in quizkit's own version table."""
    config = _config(tables)
    found, newest = migrations.current(url, config=config), migrations.head()
    if found is None and unversioned(url, config=config):
        typer.echo(
            "The tables exist, but not quizkit's version table: your own Alembic history has their steps, or create_all "
            f"made them. quizkit db check compares them with {newest}"
        )
        return
    typer.echo(f"{found or 'nothing'}{' (newest)' if found == newest else f'; the newest is {newest}'}")


@db.command()
def heads() -> None:
    """Print the newest revision of this release."""
    typer.echo(migrations.head())


@db.command()
def check(url: Url, tables: Tables = None) -> None:
    """Compare the database with what this release expects; exit code 1 if they differ."""
    config = _config(tables)
    differences = migrations.check(url, config=config)
    for difference in differences:
        typer.echo(difference)
    if differences:
        places = "1 place" if len(differences) == 1 else f"{len(differences)} places"
        mounted = "" if tables else ". If you mounted the tables, name them with --tables or QUIZKIT_TABLES"
        advice = how_to_migrate(config, tables=tables)
        fail(f"The database differs from this release in {places}. {advice}{mounted}")
    typer.echo("The database matches this release.")


@db.command()
def sql(
    revision: Annotated[str, typer.Argument(help="The target revision, from an empty database; or FROM:TO.")] = "head",
    dialect: Annotated[str, typer.Option("--dialect", help="postgresql, sqlite or mariadb.")] = "postgresql",
    tables: Tables = None,
) -> None:
    """Print the SQL statements of an upgrade, without a database."""
    typer.echo(migrations.sql(dialect, revision, config=_config(tables)), nl=False)


@db.command("revision-for-host")
def revision_for_host(
    alembic: Annotated[
        Path, typer.Option("--alembic", help="Your alembic.ini, or a pyproject.toml with [tool.alembic].")
    ] = Path("alembic.ini"),
    message: Annotated[str | None, typer.Option("-m", "--message", help="The message of the revision.")] = None,
    tables: Tables = None,
) -> None:
    """Add a revision to your Alembic history that runs quizkit's next migration step."""
    config = None if tables is None else _config(tables)
    written = migrations.revision_for_host(alembic, config=config, message=message)
    if written is None:
        typer.echo(f"Your history is at {migrations.head()} already.")
    else:
        typer.echo(
            f"Wrote {written.name}. Next: alembic upgrade head, then, for your own columns and foreign keys in these "
            "tables: alembic revision --autogenerate"
        )
        if tables is None:
            err.print(
                "The step makes the tables that the target_metadata of your env.py has, or the ready-made ones if it has "
                "none. If you mounted the tables, pass --tables or set QUIZKIT_TABLES: the step then refuses to make others",
                soft_wrap=True,
            )
