"""The command line, run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys


def quizkit(*words: str, typed: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a new process."""
    return subprocess.run(
        [sys.executable, "-m", "quizkit", *words],
        capture_output=True,
        text=True,
        check=False,
        input=typed,
        timeout=120,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **environment},
    )
