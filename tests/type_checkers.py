"""The type checkers of a host: mypy and Pyright in strict mode over files that import quizkit, with the host's settings."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

# The stricter settings of Pydantic's plugin, which many hosts use for their own models.
PLUGIN = """[mypy]
plugins = pydantic.mypy

[pydantic-mypy]
init_typed = True
init_forbid_extra = True
warn_required_dynamic_aliases = True
"""


def mypy_lines(place: Path, *files: str, plugin: bool = False, python: Path | None = None) -> list[str]:
    """Return what mypy says of files in a folder, by default all modules in it; of quizkit as installed for a `python`."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not in this environment")
    config = place / "mypy.ini"
    config.write_text(PLUGIN if plugin else "[mypy]\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context"]
    # One for each worker: two runs that write one cache at once can fail.
    kept = f"{'mypy-plugin' if plugin else 'mypy-host'}-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    cache = place / ".mypy_cache" if python else ROOT / ".cache" / kept
    options = ["--config-file", str(config), "--cache-dir", str(cache)]
    if python is not None:
        options += ["--python-executable", str(python)]
    done = subprocess.run(
        [*command, *options, *(files or sorted(file.name for file in place.glob("*.py")))],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MYPYPATH": "" if python else str(ROOT / "src")},
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout.splitlines()


def mypy_errors(place: Path, *files: str, plugin: bool = False, python: Path | None = None) -> list[str]:
    """Return the errors of `mypy_lines`."""
    return [line for line in mypy_lines(place, *files, plugin=plugin, python=python) if ": note: " not in line]


def pyright_errors(place: Path, roots: Sequence[str] = (), settings: Mapping[str, Any] | None = None) -> list[str]:
    """Return the errors and warnings of Pyright for all modules in a folder, whose imports start at `roots`."""
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not in this environment")
    config = place / "pyrightconfig.json"
    environments = [{"root": root} for root in [*roots, "."]]
    strict = {"include": ["."], "typeCheckingMode": "strict", "executionEnvironments": environments}
    config.write_text(json.dumps({**strict, **(settings or {})}))
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(config)],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] >= len(list(place.rglob("*.py")))
    return [
        f"{Path(found['file']).relative_to(place.resolve())}:{found['range']['start']['line'] + 1}: "
        f"{found['message'].splitlines()[0]} [{found.get('rule', '')}]"
        for found in report["generalDiagnostics"]
        if found["severity"] in {"error", "warning"}
    ]
