"""A program in a new process, in which nothing of quizkit is loaded yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


def in_a_fresh_process(program: str) -> Any:
    """Run a program, and return the JSON value that it prints."""
    # Without the environment of the test runner: measuring coverage loads modules too.
    bare = {"PATH": os.environ["PATH"]}
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=bare)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)
