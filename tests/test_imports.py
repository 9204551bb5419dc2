"""An import loads only what it needs, because every process of every user pays for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FRAMEWORKS = {"fastapi", "starlette", "litestar", "flask", "django"}
DRIVERS = {"aiosqlite", "asyncpg", "psycopg", "asyncmy", "pymysql", "sqlite3"}
DIALECTS = {"sqlalchemy.dialects.mysql", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite"}
TESTING = {"hypothesis", "factory", "pytest"}
COMMAND_LINE = {"typer", "rich"}


def loaded_by(module: str) -> set[str]:
    program = f"import sys, {module}; print('\\n'.join(sys.modules))"
    # Without the environment of the test runner: measuring coverage loads modules too.
    bare = {"PATH": os.environ["PATH"]}
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=bare)
    return set(found.stdout.split())


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("quizkit", {"pydantic", "sqlalchemy", "alembic", *FRAMEWORKS, *DRIVERS, *TESTING, *COMMAND_LINE}),
        ("quizkit.errors", {"pydantic", "sqlalchemy", "alembic", *FRAMEWORKS}),
        ("quizkit.questions", {"sqlalchemy", "alembic", "asyncio", *FRAMEWORKS, *DRIVERS, *TESTING}),
        ("quizkit.schemas", {"sqlalchemy", "alembic", "asyncio", *FRAMEWORKS, *DRIVERS, *TESTING}),
        ("quizkit.formats", {"sqlalchemy", "alembic", "asyncio", *FRAMEWORKS, *DRIVERS, *TESTING}),
        ("quizkit.models", {"alembic", *FRAMEWORKS, *DRIVERS, *DIALECTS, *TESTING, *COMMAND_LINE}),
        ("quizkit.crud", {"alembic", *FRAMEWORKS, *DRIVERS, *DIALECTS, *TESTING, *COMMAND_LINE}),
        ("quizkit.migrations", {"alembic", *FRAMEWORKS, *DRIVERS, *TESTING, *COMMAND_LINE}),
        ("quizkit.testing", {"alembic", *FRAMEWORKS, *DRIVERS, *COMMAND_LINE}),
    ],
)
def test_importing_a_module_loads_only_what_it_needs(module: str, never: set[str]) -> None:
    assert loaded_by(module) & never == set()


BUILT = """
import gc, {module}
from pydantic import BaseModel
classes = [one for one in gc.get_objects() if isinstance(one, type) and issubclass(one, BaseModel)]
ours = [one for one in classes if one.__module__.startswith("quizkit")]
assert ours
print(*(one.__name__ for one in ours if one.__pydantic_complete__))
"""


@pytest.mark.parametrize("module", ["quizkit.schemas", "quizkit.questions", "quizkit.crud", "quizkit.formats"])
def test_no_schema_is_built_by_an_import(module: str) -> None:
    bare = {"PATH": os.environ["PATH"]}
    program = BUILT.format(module=module)
    built = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=bare)

    assert built.stdout.split() == []


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [("quizkit.testing", "hypothesis", "testing"), ("quizkit.testing", "factory", "testing")],
)
def test_a_missing_optional_dependency_is_an_error_that_names_its_extra(module: str, missing: str, extra: str) -> None:
    program = (
        f"import sys; sys.modules[{missing!r}] = None\ntry:\n    import {module}\nexcept ImportError as e: print(e)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert f'pip install "quizkit[{extra}]"' in done.stdout


def test_the_command_line_without_its_extra_prints_one_line() -> None:
    program = "import sys; sys.modules['typer'] = None\nfrom quizkit.cli import main\nmain()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert 'pip install "quizkit[cli]"' in done.stderr
