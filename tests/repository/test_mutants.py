"""The list of guards: every edit applies, every test exists, and the page is up to date. And how a guard is checked."""

from __future__ import annotations

import ast
import builtins
from functools import cache
from pathlib import Path

import pytest

import mutants


def test_every_edit_applies_once() -> None:
    counts = {guard.name: guard.count() for guard in mutants.listed()}

    assert {name: count for name, count in counts.items() if count != 1} == {}


def test_every_edit_gives_a_valid_and_different_module() -> None:
    for guard in mutants.listed():
        before = (mutants.ROOT / guard.path).read_text()

        assert _meaning(before.replace(guard.old, guard.new)) != _meaning(before), guard.name


@cache
def _meaning(module: str) -> str:
    return ast.dump(ast.parse(module))


def test_no_edit_uses_an_unknown_name() -> None:
    # Any test would catch such an edit: it raises NameError.
    unknown = {}
    for guard in mutants.listed():
        before = (mutants.ROOT / guard.path).read_text()
        unknown[guard.name] = _names(before.replace(guard.old, guard.new)) - _names(before) - set(dir(builtins))

    assert {name: names for name, names in unknown.items() if names} == {}


@cache
def _names(module: str) -> frozenset[str]:
    nodes = ast.walk(ast.parse(module))
    return frozenset(
        node.id if isinstance(node, ast.Name) else node.arg for node in nodes if isinstance(node, ast.Name | ast.arg)
    )


def test_names_are_unique_and_databases_known() -> None:
    guards = mutants.listed()

    assert len({guard.name for guard in guards}) == len(guards)
    assert {name for guard in guards for name in guard.databases} <= set(mutants.DATABASES)
    assert all(guard.tests and guard.databases for guard in guards)


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((mutants.ROOT / file).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_test_of_the_list_exists() -> None:
    named = {test for guard in mutants.listed() for test in guard.tests}
    named |= {test for kind in ("fault", "threat") for one in mutants.promises(kind) for test in one.tests}
    missing = []
    for test in sorted(named):
        file, _, function = test.partition("::")
        function = function.partition("[")[0]
        if not (mutants.ROOT / file).exists() or (function and function not in _functions(file)):
            missing.append(test)

    assert missing == []


@pytest.mark.parametrize(("kind", "letter", "last"), [("fault", "F", 32), ("threat", "S", 25)])
def test_every_fault_and_threat_is_listed(kind: str, letter: str, last: int) -> None:
    assert [one.name for one in mutants.promises(kind)] == [f"{letter}{number}" for number in range(1, last + 1)]


def test_the_page_is_generated_from_the_list() -> None:
    assert mutants.PAGE.read_text() == mutants.page(), "run: python tests/mutants.py --write-docs"


# ---------------------------------------------------------------------------------------------- checking a guard

MODULE = "def allowed(number):\n    return number < 3\n"
TESTS = """
import pytest
from quizkit.limit import allowed

@pytest.fixture
def limit():
    assert not allowed(3)
    return 3

def test_the_limit_is_exclusive():
    assert not allowed(3)

def test_one_is_allowed():
    assert allowed(1)

def test_with_a_fixture(limit):
    assert allowed(limit - 1)

def test_that_fails_anyway():
    assert allowed(9)
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a package with one module, and its tests."""
    package = tmp_path / "src" / "quizkit"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "limit.py").write_text(MODULE)
    (tmp_path / "test_limit.py").write_text(TESTS)
    return tmp_path


def guard(*tests: str, old: str = "number < 3", new: str = "True") -> mutants.Guard:
    return mutants.Guard("limit", "A limit.", "limit.py", old, new, tuple(f"test_limit.py::{test}" for test in tests))


def test_a_guard_is_caught_if_each_of_its_tests_fails_without_it(copy: Path) -> None:
    assert mutants.outcome(guard("test_the_limit_is_exclusive"), "sqlite", copy) == mutants.CAUGHT

    both = mutants.outcome(guard("test_the_limit_is_exclusive", "test_one_is_allowed"), "sqlite", copy)
    assert both == f"{mutants.SURVIVED}: test_limit.py::test_one_is_allowed passed"
    assert (copy / "src" / "quizkit" / "limit.py").read_text() == MODULE


@pytest.mark.parametrize(
    "wrong",
    [
        guard("test_the_limit_is_exclusive", old="number < 4"),
        guard("test_the_limit_is_exclusive", new="number < 3"),
        guard("test_the_limit_is_exclusive", new="nothing"),
        guard("test_with_a_fixture"),
    ],
    ids=["no longer there", "changes nothing", "undefined name", "fixture"],
)
def test_an_error_outside_a_test_does_not_count_as_caught(wrong: mutants.Guard, copy: Path) -> None:
    assert mutants.outcome(wrong, "sqlite", copy).startswith(mutants.UNFIT)


def test_a_test_that_fails_without_any_edit_stops_the_run(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not mutants.sound([(guard("test_that_fails_anyway"), "sqlite")], copy)
    assert "Without any edit, the tests do not pass on SQLite" in capsys.readouterr().out
