"""A small mutation check: each guard of `mutants.toml` is taken out of a copy, where its tests must then fail.

`make mutants` runs all of them; `python tests/mutants.py save_state` runs one, `--database sqlite` or `servers` some.
A guard that survives, an edit that no longer applies, and a test that fails without any edit each fail the run.
`--write-docs` writes the page of guarantees instead, from the same list.
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

PYTEST = ("-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=no")
PATIENCE = 180
"""Seconds for the tests of one guard; a few seconds are enough, and a lock that is missing may wait for ever."""
FAILED_TESTS = 1
"""What pytest returns when tests ran and some failed; everything else is another kind of failure."""
_BROKEN = re.compile(r" - (ImportError|ModuleNotFoundError|NameError|SyntaxError|IndentationError)")

CAUGHT, SURVIVED, UNFIT = "caught", "SURVIVED", "DOES NOT APPLY"


class Guard(NamedTuple):
    """One guard: what it guards, the edit that takes it out, and the tests of which each must then fail."""

    name: str
    guards: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    databases: tuple[str, ...] = ("sqlite",)

    @property
    def path(self) -> str:
        """Where its module is."""
        return f"src/quizkit/{self.file}"

    def count(self, root: Path = ROOT) -> int:
        """Return how often the text that is replaced is there; the edit applies if it is once."""
        return (root / self.path).read_text().count(self.old)


class Promise(NamedTuple):
    """One row of the fault matrix or of the threats: its id, what is promised, and the tests of it."""

    name: str
    says: str
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
    """Return the rows of the `fault`s or the `threat`s."""
    return [Promise(row["name"], row["says"], tuple(row["tests"])) for row in _rows(kind)]


# ---------------------------------------------------------------------------------------------- running


@contextmanager
def copies(jobs: int) -> Iterator[SimpleQueue[Path]]:
    """Make one copy of the sources, the tests and what those read, for each job; what they compile is kept beside it."""
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
    """Run tests over a copy; return what pytest returned, and what it said."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPATH": str(copy / "src"),
        "PYTHONPYCACHEPREFIX": str(copy / "bytecode"),
        "QUIZKIT_TEST_DATABASES": database,
        "COLUMNS": "400",
    }
    command = [sys.executable, *PYTEST, *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=patience
        )
    except subprocess.TimeoutExpired:
        return -1, "it took too long"
    return done.returncode, done.stdout + done.stderr


_edits = iter(range(1, sys.maxsize))


def edited(path: Path, text: str) -> None:
    """Write a module at a moment of its own: bytecode is found by the second, and an edit may be quicker."""
    path.write_text(text)
    moment = int(time.time()) + next(_edits)
    os.utime(path, (moment, moment))


def outcome(guard: Guard, database: str, copy: Path) -> str:
    """Take a guard out of a copy, run its tests, put it back; return what became of it."""
    path = copy / guard.path
    before = path.read_text()
    if before.count(guard.old) != 1 or guard.old == guard.new:
        return f"{UNFIT}: the text occurs {before.count(guard.old)} times in {guard.path}"
    edited(path, before.replace(guard.old, guard.new))
    try:
        code, said = run(copy, guard.tests, database)
    finally:
        edited(path, before)
    failed = [line.removeprefix("FAILED ") for line in said.splitlines() if line.startswith("FAILED ")]
    if code not in {0, FAILED_TESTS} or any(map(_BROKEN.search, failed)):
        return f"{UNFIT}: pytest returned {code}: {said[-600:]}"
    passed = [test for test in guard.tests if not any(_is_of(line, test) for line in failed)]
    return f"{SURVIVED}: {', '.join(passed)} passed" if passed else CAUGHT


def _is_of(line: str, test: str) -> bool:
    return line.startswith(test) and line[len(test) : len(test) + 1] in {"", "[", " ", ":"}


def sound(runs: Sequence[tuple[Guard, str]], copy: Path) -> bool:
    """Return whether the tests pass as long as nothing is taken out; else say which do not."""
    fine = True
    for database in DATABASES:
        tests = sorted({test for guard, on in runs if on == database for test in guard.tests})
        code, said = run(copy, tests, database, PATIENCE * len(tests)) if tests else (0, "")
        if code != 0:
            fine = False
            print(f"Without any edit the tests do not pass on {NAMES[database]}:\n{said[-3000:]}")
    return fine


def check(guards: Sequence[Guard], databases: Sequence[str], jobs: int) -> int:
    """Run the guards and print what became of them."""
    runs = [(guard, database) for guard in guards for database in guard.databases if database in databases]
    began = time.monotonic()
    with copies(jobs) as free, ThreadPoolExecutor(jobs) as pool:
        copy = free.get()
        if not sound(runs, copy):
            return 1
        free.put(copy)

        def one(guard: Guard, database: str) -> bool:
            mine = free.get()
            result = outcome(guard, database, mine)
            free.put(mine)
            print(f"{guard.name:32} {database:12} {result}", flush=True)
            return result == CAUGHT

        caught = list(pool.map(lambda each: one(*each), runs))
    print(f"\n{sum(caught)} of {len(runs)} caught in {time.monotonic() - began:.0f} s")
    return 0 if runs and all(caught) else 1


# ---------------------------------------------------------------------------------------------- the page


_HEAD = """# Guarantees and their tests

This page is generated from `tests/mutants.toml` by `python tests/mutants.py --write-docs`.

## Guards

`make mutants` takes each of these guards out of a copy of quizkit and runs the tests beside it, which must then fail.
There are {all} guards: {sqlite} are checked on SQLite, {servers} on PostgreSQL or MariaDB.

| Guard | What it guards | Where | Databases | Tests that fail without it |
| --- | --- | --- | --- | --- |
"""

_FAULTS = """
## Faults

What happens when something goes wrong. `F` numbers are those of the design.

| Fault | What holds | Tests |
| --- | --- | --- |
"""

_THREATS = """
## Threats

What happens when somebody does wrong. `S` numbers are those of the design.

| Threat | What holds | Tests |
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
        f"| `{guard.name}` | {guard.guards} | `{guard.file}` | {', '.join(NAMES[one] for one in guard.databases)} | {_shown(guard.tests)} |"
        for guard in guards
    ]
    said = {kind: [f"| {one.name} | {one.says} | {_shown(one.tests)} |" for one in promises(kind)] for kind in ("fault", "threat")}  # fmt: skip
    parts = [_HEAD.format(**counts), *_lines(rows), _FAULTS, *_lines(said["fault"]), _THREATS, *_lines(said["threat"])]
    return "".join(parts)


def _lines(rows: Sequence[str]) -> Iterator[str]:
    return (f"{row}\n" for row in rows)


def _shown(tests: Sequence[str]) -> str:
    """Return tests as links would be too long: their module and their name, without parameters."""
    names = dict.fromkeys(re.sub(r"\[.*", "", test.removeprefix("tests/")) for test in tests)
    return ", ".join(f"`{name}`" for name in names) or "not tested"


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description="Take guards out, one by one: their tests must fail.")
    parser.add_argument("names", nargs="*", help="guards; all of them unless given")
    parser.add_argument("--database", choices=CHOICES, help="only on these databases")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--write-docs", action="store_true", help="write the page of guarantees, and run nothing")
    given = parser.parse_args(arguments)
    if given.write_docs:
        PAGE.write_text(page())
        return 0
    guards = [guard for guard in listed() if not given.names or guard.name in given.names]
    unknown = set(given.names) - {guard.name for guard in guards}
    if unknown:
        parser.error(f"no such guard: {', '.join(sorted(unknown))}")
    return check(guards, CHOICES.get(given.database, DATABASES), given.jobs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
