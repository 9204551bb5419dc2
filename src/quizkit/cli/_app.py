"""The commands. Each says what it did in a line, and fails with one sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from sqlalchemy.exc import SQLAlchemyError

from quizkit import __version__
from quizkit.cli import _demo
from quizkit.cli._db import db
from quizkit.cli._tell import FAILED, INTERRUPTED, err, fail, out
from quizkit.errors import QuizkitError
from quizkit.formats import FileProblem, ImportReport, Severity, WriteReport, gift, native

app = typer.Typer(
    name="quizkit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The quiz domain, done once.",
)
app.add_typer(db, name="db")


def run() -> None:
    """Run the command line. Whatever goes wrong is told in one sentence, without a traceback."""
    try:
        app()
    except QuizkitError as error:
        fail(error.message)
    except SQLAlchemyError as error:
        # Its own text may repeat statements, values and the address with its password.
        fail(f"The database cannot be reached, or refuses ({type(getattr(error, 'orig', None) or error).__name__})")
    except OSError as error:
        fail(f"{error.strerror or 'The file or connection cannot be used'}{_named(error)}")
    except KeyboardInterrupt:
        err.print("quizkit: interrupted")
        sys.exit(INTERRUPTED)


def _named(error: OSError) -> str:
    return f": {error.filename}" if isinstance(error.filename, str) else ""


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
    _tell(source, found.problems, found.more)
    _tell(target, written.problems, written.more)
    done = len(found.items) - written.lost
    err.print(f"{done} of {len(found.items) + found.lost} questions converted.")
    if found.lost or written.lost:
        sys.exit(FAILED)


def _tell(path: Path, problems: tuple[FileProblem, ...], more: int) -> None:
    for problem in problems:
        where = f"{path}:{problem.line}" if problem.line else f"{path}: question {problem.item}"
        style = "red" if problem.severity is Severity.ERROR else "yellow"
        err.print(
            f"{where}: {problem.severity}: {problem.message} [{problem.code}]",
            style=style,
            markup=False,
            soft_wrap=True,
        )
    if more:
        err.print(f"{path}: {more} more problems", style="yellow", markup=False)


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
