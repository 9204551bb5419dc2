"""The everyday run takes each case once on each database, and over both kinds of session; `make test-all` takes all.

A case that is marked `one_database` runs on one of them, and the cases take turns.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
CALLED = re.compile(r"(.*)\[(sync|async)-(sqlite|postgresql|mariadb)\]")
DATABASES = ("sqlite", "postgresql", "mariadb")


def collected(*names: str, cases: str = "") -> list[str]:
    """Return the tests that a run would take."""
    environment = {**os.environ, "QUIZKIT_TEST_CASES": cases, "QUIZKIT_TEST_DATABASES": ",".join(DATABASES)}
    asked = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:randomly", "-p", "no:xdist", *names]
    listed = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if "::" in line]


def called(tests: list[str]) -> list[tuple[str, ...]]:
    """Return the name, the kind of session and the database of each test that calls a verb."""
    return [match.groups() for match in map(CALLED.match, tests) if match]


def test_each_case_runs_once_on_each_database_and_over_both_kinds_of_session() -> None:
    tests = collected("tests/crud/test_categories.py", "tests/migrations/test_hosts.py")
    everything = collected("tests/crud/test_categories.py", "tests/migrations/test_hosts.py", cases="all")
    kinds = {(session, kind) for kind in DATABASES for session in ("sync", "async")}

    run = called(tests)
    assert {(session, kind) for _, session, kind in run} == kinds
    assert set(called(everything)) == {
        (name, session, kind) for name in {name for name, _, _ in run} for session, kind in kinds
    }
    assert Counter((name, kind) for name, _, kind in run) == {
        (name, kind): 1 for name, _, _ in run for kind in DATABASES
    }

    hosts, all_hosts = ([test for test in listed if "migrate_side_by_side" in test] for listed in (tests, everything))
    assert len(hosts) * 3 == len(all_hosts)
    assert {kind for kind in DATABASES for test in hosts if kind in test} == set(DATABASES)
