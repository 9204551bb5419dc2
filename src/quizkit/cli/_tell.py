"""Terminal output: results go to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from typing import Final, NoReturn

from rich.console import Console

__all__ = ["FAILED", "INTERRUPTED", "err", "fail", "out"]

FAILED: Final = 1
INTERRUPTED: Final = 130

out = Console()
err = Console(stderr=True, highlight=False)


def fail(sentence: str) -> NoReturn:
    """Print an error and exit with code 1."""
    err.print(f"quizkit: {sentence}", style="red", markup=False, soft_wrap=True)
    sys.exit(FAILED)
