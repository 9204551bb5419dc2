"""All cases of the suite on every supported Python, and with the lowest supported dependencies: `make test-all`.

Each row has its own environment in `.cache/matrix`. A Python that is not installed is skipped with a message;
with names of rows as arguments only those run, and then none may be skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SUITE = ["-m", "pytest", "-q", "-n", os.environ.get("QUIZKIT_TEST_WORKERS", "auto"), "-p", "no:cacheprovider"]
POOLED = ["tests/crud", "tests/test_databases.py", "tests/test_transactions.py"]


class Row(NamedTuple):
    """One run of the suite."""

    name: str
    python: str
    requirements: str
    tests: tuple[str, ...] = ()
    databases: str = "sqlite,postgresql,mariadb"


ROWS = (
    Row("3.11", "3.11", "requirements/dev.txt"),
    Row("3.12", "3.12", "requirements/dev.txt"),
    Row("3.13", "3.13", "requirements/dev.txt"),
    Row("3.14", "3.14", "requirements/dev.txt"),
    Row("lowest", "3.11", "requirements/lowest.txt"),
    Row("pgbouncer", "3.11", "requirements/dev.txt", tuple(POOLED), "pgbouncer"),
)


def interpreter(version: str) -> str | None:
    """Return a Python of a version: this one, one on the path, or one of pyenv's."""
    if version == "{}.{}".format(*sys.version_info[:2]):
        return sys.executable
    found = shutil.which(f"python{version}")
    beside = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{version}.*/bin/python"))
    return str(beside[-1]) if beside else found


def prepared(row: Row, python: str) -> str:
    """Return the Python of the row's environment, with its requirements and this checkout of quizkit installed."""
    place = ROOT / ".cache" / "matrix" / f"{row.python}-{Path(row.requirements).stem}"
    uv = str(Path(sys.executable).with_name("uv"))
    own = place / "bin" / "python"
    if not own.exists():
        subprocess.run([python, "-m", "venv", "--without-pip", str(place)], check=True)
    sync = [uv, "pip", "sync", "--quiet", "--python", str(own), "--require-hashes", row.requirements]
    subprocess.run(sync, cwd=ROOT, check=True)
    install = [uv, "pip", "install", "--quiet", "--python", str(own), "--no-deps", "--editable", "."]
    subprocess.run(install, cwd=ROOT, check=True)
    return str(own)


def main(names: list[str]) -> int:
    """Run the rows and print their results."""
    rows = [row for row in ROWS if not names or row.name in names]
    results: dict[str, str] = {}
    for row in rows:
        python = interpreter(row.python)
        if python is None:
            results[row.name] = "FAILED: no such Python" if names else f"SKIPPED: Python {row.python} is NOT here"
            continue
        began = time.monotonic()
        print(f"--- {row.name}: Python {row.python}, {row.requirements}, {row.databases}", flush=True)
        environment = {
            **os.environ,
            "QUIZKIT_TEST_DATABASES": row.databases,
            "QUIZKIT_TEST_CASES": os.environ.get("QUIZKIT_TEST_CASES", "all"),
            "CI": "true",
        }
        done = subprocess.run([prepared(row, python), *SUITE, *row.tests], cwd=ROOT, check=False, env=environment)
        outcome = "passed" if done.returncode == 0 else "FAILED"
        results[row.name] = f"{outcome} in {time.monotonic() - began:.0f} s"
    print()
    for name, result in results.items():
        print(f"{name:12} {result}")
    return any(result.startswith("FAILED") for result in results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
