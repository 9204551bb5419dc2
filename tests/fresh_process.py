"""A program in a new process, in which nothing of quizkit is loaded yet."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from serving import unmeasured


def in_a_fresh_process(program: str) -> Any:
    """Run a program, and return the JSON value that it prints."""
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=unmeasured())
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)
