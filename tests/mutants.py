"""A small mutation check: each guard in `mutants.toml` is removed from a copy, where its tests must then fail.

`make mutants` runs all guards; `python tests/mutants.py save_state` runs one; `--database sqlite` or `servers` runs
those of a database. The run fails if a test fails without any edit, if an edit no longer applies, or if a test passes
without its guard. `--write-docs` writes the page of guarantees from the same list instead.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_suffix(".toml")
PAGE = ROOT / "docs" / "reference" / "guarantees.md"

DATABASES = ("sqlite", "postgresql", "mariadb")
CHOICES = {"sqlite": DATABASES[:1], "servers": DATABASES[1:], **{name: (name,) for name in DATABASES[1:]}}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}

PYTEST = ("-m", "pytest", "-q", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist")
SEED = "--hypothesis-seed=0"
"""The same examples in each run: a guard must not be caught by chance."""
PATIENCE = 180
"""The time limit for the tests of one guard, in seconds. They take a few; without a lock they might wait forever."""
FAILED_TESTS = 1
"""The exit code of pytest if tests ran and some failed."""
_BROKEN = re.compile(r" - (ImportError|ModuleNotFoundError|NameError|SyntaxError|IndentationError)")

CAUGHT, SURVIVED, UNFIT = "caught", "SURVIVED", "DOES NOT APPLY"


class Guard(NamedTuple):
    """A guard: what it guarantees, the edit that removes it, and the tests that must then fail, each of them."""

    name: str
    guarantee: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    databases: tuple[str, ...] = ("sqlite",)

    @property
    def path(self) -> str:
        """The path of its module."""
        return f"src/quizkit/{self.file}"

    def count(self, root: Path = ROOT) -> int:
        """Return how often the text to replace occurs. The edit applies if it occurs once."""
        return (root / self.path).read_text().count(self.old)


class Promise(NamedTuple):
    """A row of the fault matrix or of the threats: its id, what quizkit guarantees, and the tests."""

    name: str
    guarantee: str
    tests: tuple[str, ...]


def listed() -> list[Guard]:
    """Return all guards."""
    return [_guard(row) for row in _rows("guard")]


def _rows(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(LIST.read_text())[kind]
    return found


def _guard(row: dict[str, Any]) -> Guard:
    lists = {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
    return Guard(**{**row, **lists})


def promises(kind: str) -> list[Promise]:
    """Return the rows of a kind: `fault` or `threat`."""
    return [Promise(row["name"], row["guarantee"], tuple(row["tests"])) for row in _rows(kind)]


# ---------------------------------------------------------------------------------------------- running


@contextmanager
def copies(jobs: int) -> Iterator[SimpleQueue[Path]]:
    """Make a copy of the sources, the tests and the files that tests read, for each job, with a bytecode cache of its own."""
    with tempfile.TemporaryDirectory(prefix="quizkit-mutants-") as place:
        free: SimpleQueue[Path] = SimpleQueue()
        for job in range(jobs):
            copy = Path(place) / str(job)
            for name in ("src", "tests", "examples", "docs"):
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copy(ROOT / "pyproject.toml", copy)
            free.put(copy)
        yield free


def run(copy: Path, tests: Sequence[str], database: str, patience: float = PATIENCE) -> tuple[int, str]:
    """Run tests in a copy; return the exit code of pytest, and its output."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPATH": str(copy / "src"),
        "PYTHONPYCACHEPREFIX": str(copy / "bytecode"),
        "QUIZKIT_TEST_DATABASES": database,
        "QUIZKIT_TEST_CASES": "all",
        "COLUMNS": "400",
    }
    stop = ["-x"] if len(tests) == 1 else []
    command = [sys.executable, *PYTEST, SEED, *stop, *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=patience
        )
    except subprocess.TimeoutExpired:
        return -1, f"no result after {patience:.0f} s"
    return done.returncode, done.stdout + done.stderr


_edits = iter(range(1, sys.maxsize))


def edited(path: Path, text: str) -> None:
    """Write a module with a modification time of its own: cached bytecode is found by the second, and edits are faster."""
    path.write_text(text)
    at = int(time.time()) + next(_edits)
    os.utime(path, (at, at))


def outcome(guard: Guard, database: str, copy: Path) -> str:
    """Remove a guard from a copy, run its tests, restore it; return whether it was caught, or why not."""
    path = copy / guard.path
    before = path.read_text()
    if before.count(guard.old) != 1 or guard.old == guard.new:
        return f"{UNFIT}: the text occurs {before.count(guard.old)} times in {guard.path}"
    edited(path, before.replace(guard.old, guard.new))
    try:
        code, output = run(copy, guard.tests, database)
    finally:
        edited(path, before)
    lines = output.splitlines()
    failed = [line.removeprefix("FAILED ") for line in lines if line.startswith("FAILED ")]
    if code not in {0, FAILED_TESTS} or any(map(_BROKEN.search, failed)):
        return f"{UNFIT}: pytest returned {code}: {output[-600:]}"
    passed = [test for test in guard.tests if not any(_is_of(line, test) for line in failed)]
    if passed and any(line.startswith("ERROR ") for line in lines):  # no test got as far as its own assertions
        return f"{UNFIT}: a fixture failed: {output[-600:]}"
    return f"{SURVIVED}: {', '.join(passed)} passed" if passed else CAUGHT


def _is_of(line: str, test: str) -> bool:
    return line.startswith(test) and line[len(test) : len(test) + 1] in {"", "[", " ", ":"}


def sound(runs: Sequence[tuple[Guard, str]], copy: Path) -> bool:
    """Return whether all tests pass without any edit; print those that do not."""
    fine = True
    for database in DATABASES:
        tests = sorted({test for guard, on in runs if on == database for test in guard.tests})
        code, output = run(copy, tests, database, PATIENCE * len(tests)) if tests else (0, "")
        if code != 0:
            fine = False
            print(f"Without any edit, the tests do not pass on {NAMES[database]}:\n{output[-3000:]}")
    return fine


def check(guards: Sequence[Guard], databases: Sequence[str], jobs: int) -> int:
    """Remove the guards one by one, print each result, and return the exit code."""
    runs = [(guard, database) for guard in guards for database in guard.databases if database in databases]
    began = time.monotonic()
    with copies(jobs) as free, ThreadPoolExecutor(jobs) as pool:
        copy = free.get()
        if not sound(runs, copy):
            return 1
        free.put(copy)

        def is_caught(guard: Guard, database: str) -> bool:
            mine, start = free.get(), time.monotonic()
            result = outcome(guard, database, mine)
            free.put(mine)
            print(f"{guard.name:32} {database:12} {time.monotonic() - start:4.0f} s  {result}", flush=True)
            return result == CAUGHT

        caught = list(pool.map(lambda each: is_caught(*each), runs))
    print(f"\n{sum(caught)} of {len(runs)} caught in {time.monotonic() - began:.0f} s")
    return 0 if runs and all(caught) else 1


# ---------------------------------------------------------------------------------------------- the page


_HEAD = """# Guarantees and their tests

This page is generated from `tests/mutants.toml` by `python tests/mutants.py --write-docs`.

## Guards

`make mutants` removes each guard in turn from a copy of quizkit and runs its tests, which must then fail. There are
{all} guards: {sqlite} are checked on SQLite, {servers} on PostgreSQL or MariaDB.

| Guard | Guarantee | Module | Databases | Tests that fail without it |
| --- | --- | --- | --- | --- |
"""

_FAULTS = """
## Faults

The behaviour when something goes wrong: a race, a lost connection, a crash.

| Fault | Guarantee | Tests |
| --- | --- | --- |
"""

_THREATS = """
## Threats

The behaviour when somebody attacks: a taker, an author, or the author of a file.

| Threat | Guarantee | Tests |
| --- | --- | --- |
"""


def page() -> str:
    """Return the page of guarantees."""
    guards = listed()
    counts = {
        "all": len(guards),
        "sqlite": sum("sqlite" in guard.databases for guard in guards),
        "servers": sum(not {"postgresql", "mariadb"}.isdisjoint(guard.databases) for guard in guards),
    }
    rows = [
        f"| `{guard.name}` | {guard.guarantee} | `{guard.file}` | {', '.join(NAMES[one] for one in guard.databases)} | {_shown(guard.tests)} |"
        for guard in guards
    ]
    others = {kind: [f"| {one.name} | {one.guarantee} | {_shown(one.tests)} |" for one in promises(kind)] for kind in ("fault", "threat")}  # fmt: skip
    parts = [
        _HEAD.format(**counts),
        *_lines(rows),
        _FAULTS,
        *_lines(others["fault"]),
        _THREATS,
        *_lines(others["threat"]),
    ]
    return "".join(parts)


def _lines(rows: Sequence[str]) -> Iterator[str]:
    return (f"{row}\n" for row in rows)


def _shown(tests: Sequence[str]) -> str:
    """Return the module and the name of each test, without parameters."""
    names = dict.fromkeys(re.sub(r"\[.*", "", test.removeprefix("tests/")) for test in tests)
    return ", ".join(f"`{name}`" for name in names) or "none"


def main(arguments: Sequence[str]) -> int:
    """Check the guards that the arguments name, or write the page; return the exit code."""
    parser = argparse.ArgumentParser(description="Remove guards one by one; their tests must then fail.")
    parser.add_argument("names", nargs="*", help="the guards to remove; all of them by default")
    parser.add_argument("--database", choices=CHOICES, help="check only on these databases")
    parser.add_argument("--jobs", type=int, default=2, help="how many guards to check at a time")
    parser.add_argument("--write-docs", action="store_true", help="write the page of guarantees and check nothing")
    given = parser.parse_args(arguments)
    if given.write_docs:
        PAGE.write_text(page())
        return 0
    guards = [guard for guard in listed() if not given.names or guard.name in given.names]
    unknown = set(given.names) - {guard.name for guard in guards}
    if unknown:
        parser.error(f"unknown guard: {', '.join(sorted(unknown))}")
    return check(guards, CHOICES.get(given.database, DATABASES), given.jobs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
