"""The list of guards: every edit applies, every test exists, and the page in the reference is up to date."""

from __future__ import annotations

import ast
from functools import cache

import pytest

import mutants


def test_every_edit_of_the_list_applies_once() -> None:
    counts = {guard.name: guard.count() for guard in mutants.listed()}

    assert {name: count for name, count in counts.items() if count != 1} == {}


def test_every_edit_gives_a_valid_and_different_module() -> None:
    for guard in mutants.listed():
        before = (mutants.ROOT / guard.path).read_text()
        after = before.replace(guard.old, guard.new)

        assert ast.dump(ast.parse(after)) != ast.dump(ast.parse(before)), guard.name


def test_names_are_distinct_and_databases_known() -> None:
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
