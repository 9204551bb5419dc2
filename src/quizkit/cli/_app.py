"""The commands. Each says what it did in a line, and fails with one sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quizkit import __version__, migrations
from quizkit.cli import _demo
from quizkit.errors import QuizkitError
from quizkit.formats import FileProblem, ImportReport, Severity, WriteReport, gift, native

FAILED: Final = 1
INTERRUPTED: Final = 130

app = typer.Typer(
    name="quizkit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The quiz domain, done once.",
)
db = typer.Typer(no_args_is_help=True, help="quizkit's tables in a database.")
app.add_typer(db, name="db")

out = Console()
err = Console(stderr=True, highlight=False)

Url = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="QUIZKIT_DATABASE_URL",
        help="The database, such as sqlite:///quiz.db or postgresql://user@host/name.",
        show_envvar=True,
    ),
]


def run() -> None:
    """Run the command line. Whatever goes wrong is told in one sentence, without a traceback."""
    try:
        app()
    except QuizkitError as error:
        _fail(error.message)
    except SQLAlchemyError as error:
        # Its own text may repeat statements, values and the address with its password.
        _fail(f"The database cannot be reached, or refuses ({type(getattr(error, 'orig', None) or error).__name__})")
    except OSError as error:
        _fail(f"{error.strerror or 'The file or connection cannot be used'}{_named(error)}")
    except KeyboardInterrupt:
        err.print("quizkit: interrupted")
        sys.exit(INTERRUPTED)


def _named(error: OSError) -> str:
    return f": {error.filename}" if isinstance(error.filename, str) else ""


def _fail(sentence: str) -> None:
    err.print(f"quizkit: {sentence}", style="red", markup=False, soft_wrap=True)
    sys.exit(FAILED)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"quizkit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


# ---------------------------------------------------------------------------------------------- db


@db.command()
def upgrade(
    url: Url, revision: Annotated[str, typer.Argument(help="Where to; the newest unless given.")] = "head"
) -> None:
    """Bring quizkit's tables to the newest revision."""
    before = migrations.current(url)
    with err.status("Upgrading…"):
        migrations.upgrade(url, revision)
    after = migrations.current(url)
    typer.echo(f"At {after} already." if before == after else f"Upgraded from {before or 'nothing'} to {after}.")


@db.command()
def current(url: Url) -> None:
    """Say which revision the database is at."""
    found, newest = migrations.current(url), migrations.head()
    typer.echo(f"{found or 'nothing'}{' (newest)' if found == newest else f'; the newest is {newest}'}")


@db.command()
def check(url: Url) -> None:
    """Compare the database with what this release expects; exit code 1 where they differ."""
    differences = migrations.check(url)
    for difference in differences:
        typer.echo(difference)
    if differences:
        _fail(f"The database differs from this release in {len(differences)} places; try: quizkit db upgrade")
    typer.echo("The database is as this release expects it.")


# ---------------------------------------------------------------------------------------------- convert


class Format(StrEnum):
    """The formats that can be converted."""

    GIFT = "gift"
    NATIVE = "native"


_READERS: Final[dict[Format, Callable[[bytes], ImportReport]]] = {Format.GIFT: gift.read, Format.NATIVE: native.read}
_WRITERS: Final[dict[Format, Callable[[Any], WriteReport]]] = {Format.GIFT: gift.write, Format.NATIVE: native.write}
_BY_SUFFIX: Final = {".gift": Format.GIFT, ".txt": Format.GIFT, ".json": Format.NATIVE}


def _format(path: Path, given: Format | None) -> Format:
    found = given or _BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        raise typer.BadParameter(f"The format of {path} is not clear: name it .gift, .txt or .json, or say --from/--to")
    return found


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A file of questions.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Where to write; - for the terminal.")],
    from_: Annotated[Format | None, typer.Option("--from", help="The format of IN, if its name does not say.")] = None,
    to: Annotated[Format | None, typer.Option("--to", help="The format of OUT, if its name does not say.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
) -> None:
    """Convert a file of questions; what is lost is told by line, and exit code 1 says that a question was."""
    reader, writer = _READERS[_format(source, from_)], _WRITERS[_format(target, to)]
    if str(target) != "-" and target.exists() and not force:
        raise typer.BadParameter(f"{target} exists; say --force to overwrite it")
    with err.status("Converting…"):
        found = reader(source.read_bytes())
        written = writer(found.items)
    if str(target) == "-":
        typer.echo(written.text, nl=False)
    else:
        target.write_text(written.text, encoding="utf-8")
    _tell(source, found.problems)
    _tell(target, written.problems)
    lost = len(found.errors) + len(written.errors)
    done = len(found.items) - len(written.errors)
    err.print(f"{done} of {len(found.items) + len(found.errors)} questions converted.")
    if lost:
        sys.exit(FAILED)


def _tell(path: Path, problems: tuple[FileProblem, ...]) -> None:
    for problem in problems:
        where = f"{path}:{problem.line}" if problem.line else f"{path}: question {problem.item}"
        style = "red" if problem.severity is Severity.ERROR else "yellow"
        err.print(
            f"{where}: {problem.severity}: {problem.message} [{problem.code}]",
            style=style,
            markup=False,
            soft_wrap=True,
        )


# ---------------------------------------------------------------------------------------------- demo


@app.command()
def demo(
    directory: Annotated[
        Path | None, typer.Argument(help="Where to keep the database; a temporary place unless given.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Another database, such as postgresql://…")] = None,
    interactive: Annotated[bool, typer.Option("--interactive", help="Take the quiz yourself.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides what the simulated takers answer.")] = 7,
) -> None:
    """Send a GIFT file through everything: import, publish, three takers, graded results."""
    _demo.run(out, err, directory=directory, url=url, interactive=interactive, seed=seed)
