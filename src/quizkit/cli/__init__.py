"""`quizkit db|convert|demo` at the command line."""

from __future__ import annotations

import sys

from quizkit.errors import MissingExtra

__all__ = ["main"]


def main() -> None:
    """Run the command line; the entry point of the `quizkit` script."""
    try:
        from quizkit.cli._app import run  # noqa: PLC0415 - needs the cli extra, and says so when it is missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"typer", "rich", "click"}:
            raise
        sys.stderr.write(f"quizkit: {MissingExtra.named('cli', 'The command line')}\n")
        raise SystemExit(1) from None
    run()
