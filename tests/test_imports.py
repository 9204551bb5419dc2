"""An import loads only what it needs, because every process of every user pays for it."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from types import ModuleType

import pytest

from quizkit import questions, schemas
from quizkit.questions._loading import MODULES
from serving import unmeasured

FRAMEWORKS = {"fastapi", "starlette", "litestar", "flask", "django"}
DRIVERS = {"aiosqlite", "asyncpg", "psycopg", "asyncmy", "pymysql", "sqlite3"}
DIALECTS = {"sqlalchemy.dialects.mysql", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite"}
TESTING = {"hypothesis", "factory", "pytest"}
COMMAND_LINE = {"typer", "rich"}


def loaded_by(module: str) -> set[str]:
    program = f"import sys, {module}; print('\\n'.join(sys.modules))"
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=unmeasured())
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


QUESTIONS = {
    "_exact", "_first_use", "errors", "questions", "questions._base", "questions._content", "questions._draft",
    "questions._lint", "questions._loading", "questions._marking", "questions._model", "questions._registry", "questions._unicode",
    "vocabulary",
}  # fmt: skip
SCHEMAS = {"_first_use", "schemas"}
MODELS = {
    "_exact", "_first_use", "errors", "models", "models._bundle", "models._config", "models._host_class", "models._mapping", "models._mounting", "models._pickling",
    "models._references", "models._row", "models._subjects", "models._types", "models.assignments",
    "models.attempts", "models.banks", "models.categories", "models.questions", "models.quizzes", "vocabulary",
}  # fmt: skip
CRUD = {
    "crud", "crud._core", "crud._core.anonymous", "crud._core.arguments", "crud._core.binds", "crud._core.cache", "crud._core.changing", "crud._core.clock", "crud._core.column_values",
    "crud._core.context", "crud._core.creating", "crud._core.dialects", "crud._core.differing", "crud._core.expiring",
    "crud._core.host_columns", "crud._core.missing", "crud._core.paging", "crud._core.savepoints",
    "crud._core.tables", "crud._core.verbs", "crud._kit", "crud.assignments", "crud.attempts",
    "crud.attempts.access_check", "crud.banks", "crud.categories", "crud.gradebook", "crud.previews",
    "crud.questions", "crud.quizzes", "crud.supervision", "models._migrating", "rules", "rules.category_tree", "rules.lifecycle",
    "rules.times", "schemas._base", "schemas.banks", "schemas.categories", "sessions",
}  # fmt: skip


@pytest.mark.parametrize(
    ("module", "ours"),
    [
        ("quizkit", set()),
        ("quizkit.questions", QUESTIONS),
        ("quizkit.schemas", SCHEMAS),
        ("quizkit.models", MODELS),
        ("quizkit.crud", QUESTIONS | SCHEMAS | MODELS | CRUD),
    ],
)
def test_an_import_loads_exactly_these_modules_of_quizkit(module: str, ours: set[str]) -> None:
    """No question type, and of what verbs call only `banks` and `categories` (decision 0072)."""
    loaded = {name for name in loaded_by(module) if name.partition(".")[0] == "quizkit"}

    assert loaded == {"quizkit", *(f"quizkit.{name}" for name in ours)}


@pytest.mark.parametrize(
    ("package", "modules"), [(questions, MODULES), (schemas, vars(schemas)["_MODULES"])], ids=["questions", "schemas"]
)
def test_names_that_load_their_module_come_from_where_type_checkers_see_them(
    package: ModuleType, modules: dict[str, tuple[str, ...]]
) -> None:
    (checked,) = (
        node
        for node in ast.parse(inspect.getsource(package)).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    imports = [node for node in checked.body if isinstance(node, ast.ImportFrom)]

    assert {
        str(node.module).removeprefix(f"{package.__name__}."): tuple(name.name for name in node.names)
        for node in imports
    } == modules


BUILT = """
import gc
{load}
from pydantic import BaseModel
classes = [one for one in gc.get_objects() if isinstance(one, type) and issubclass(one, BaseModel)]
ours = [one for one in classes if one.__module__.startswith("quizkit")]
assert ours
print(*(one.__name__ for one in ours if one.__pydantic_complete__))
"""


@pytest.mark.parametrize(
    "load",
    [
        "from quizkit.schemas import *",
        "from quizkit.questions import *",
        "import quizkit.crud",
        "import quizkit.formats",
    ],
)
def test_no_schema_is_built_by_an_import(load: str) -> None:
    command = [sys.executable, "-c", BUILT.format(load=load)]
    built = subprocess.run(command, capture_output=True, text=True, check=True, env=unmeasured())

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


@pytest.mark.parametrize("module", ["quizkit.crud", "quizkit.models", "quizkit.questions", "quizkit.schemas"])
def test_a_package_can_be_loaded_again(module: str) -> None:
    program = (
        f"import importlib, {module} as package; first = [getattr(package, name) for name in package.__all__]\n"
        "again = importlib.reload(package); assert first == [getattr(again, name) for name in again.__all__]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=unmeasured())
