"""The commands. Each prints a line about what it did, or fails with one sentence and an exit code."""

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
    """Run the command line. Errors are printed as one sentence, without a traceback."""
    try:
        app()
    except QuizkitError as error:
        fail(error.message)
    except SQLAlchemyError as error:
        # The error's own text may contain statements, values, and the URL with its password.
        fail(
            f"The database cannot be reached, or rejects the operation ({type(getattr(error, 'orig', None) or error).__name__})"
        )
    except OSError as error:
        fail(f"{error.strerror or 'The file or connection cannot be used'}{_named(error)}")
    except KeyboardInterrupt:
        err.print("quizkit: interrupted")
        sys.exit(INTERRUPTED)


def _named(error: OSError) -> str:
    return f": {error.filename}" if isinstance(error.filename, str) else ""


def _version(requested: bool) -> None:
    if requested:
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
    """The formats that `quizkit convert` supports."""

    GIFT = "gift"
    NATIVE = "native"


_READERS: Final[dict[Format, Callable[[bytes], ImportReport]]] = {Format.GIFT: gift.read, Format.NATIVE: native.read}
_WRITERS: Final[dict[Format, Callable[[Any], WriteReport]]] = {Format.GIFT: gift.write, Format.NATIVE: native.write}
_BY_SUFFIX: Final = {".gift": Format.GIFT, ".txt": Format.GIFT, ".json": Format.NATIVE}


def _format(path: Path, given: Format | None) -> Format:
    found = given or _BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        raise typer.BadParameter(
            f"The format of {path} is unknown: use the suffix .gift, .txt or .json, or pass --from/--to"
        )
    return found


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The file of questions to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write; - for the terminal.")],
    from_: Annotated[
        Format | None, typer.Option("--from", help="The format of IN; by default from its suffix.")
    ] = None,
    to: Annotated[Format | None, typer.Option("--to", help="The format of OUT; by default from its suffix.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT if it exists.")] = False,
) -> None:
    """Convert a file of questions. Losses are reported by line; exit code 1 means that a question was lost."""
    reader, writer = _READERS[_format(source, from_)], _WRITERS[_format(target, to)]
    if str(target) != "-" and target.exists() and not force:
        raise typer.BadParameter(f"{target} exists; pass --force to overwrite it")
    with err.status("Converting…"):
        found = reader(source.read_bytes())
        written = writer(found.items)
    if str(target) == "-":
        typer.echo(written.text, nl=False)
    else:
        target.write_text(written.text, encoding="utf-8")
    _report(source, found.problems, found.more)
    _report(target, written.problems, written.more)
    done = len(found.items) - written.lost
    err.print(f"{done} of {len(found.items) + found.lost} questions converted.")
    if found.lost or written.lost:
        sys.exit(FAILED)


def _report(path: Path, problems: tuple[FileProblem, ...], more: int) -> None:
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
        Path | None, typer.Argument(help="The directory for the database; a temporary one by default.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Use this database instead, such as postgresql://…")] = None,
    interactive: Annotated[bool, typer.Option("--interactive", help="Take the quiz yourself.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The seed for the answers of the simulated takers.")] = 7,
) -> None:
    """Run a GIFT file through all steps: import, publish, three takers, graded results."""
    _demo.run(out, err, directory=directory, url=url, interactive=interactive, seed=seed)
