"""The conftest.py and the test on the page about tests are complete: pytest runs them as they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from code_blocks import ROOT, blocks
from serving import unmeasured


def test_the_example_runs(tmp_path: Path) -> None:
    files = {
        body.partition("\n")[0].removeprefix("# "): body
        for _, language, body in blocks(ROOT / "docs" / "how-to" / "testing.md")
        if language == "python" and body.startswith("# ")
    }
    for name, body in files.items():
        (tmp_path / name).write_text(body)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=unmeasured())

    assert "1 passed" in done.stdout, done.stdout + done.stderr
