"""Conventions of the repository that no linter can check. Each test names what is wrong and where."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import quizkit
from quizkit.questions import registered
from quizkit.vocabulary import QuestionType

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "quizkit"
FILES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

PUBLIC_MODULES = [
    "quizkit", "quizkit.cli", "quizkit.crud", "quizkit.errors", "quizkit.formats", "quizkit.formats.gift",
    "quizkit.formats.handwritten", "quizkit.formats.native", "quizkit.migrations",
    "quizkit.migrations.steps", "quizkit.models",
    "quizkit.questions", "quizkit.rules.access",
    "quizkit.rules.behaviours", "quizkit.rules.closing", "quizkit.rules.drawing", "quizkit.rules.lifecycle",
    "quizkit.rules.navigation",
    "quizkit.rules.papers", "quizkit.rules.release", "quizkit.rules.scoring", "quizkit.rules.times",
    "quizkit.rules.timing", "quizkit.rules.attempt_limits", "quizkit.rules.windows", "quizkit.rules.category_tree",
    "quizkit.schemas", "quizkit.sessions", "quizkit.testing", "quizkit.vocabulary",
]  # fmt: skip


def public() -> Iterator[tuple[str, str, Any]]:
    for module_name in PUBLIC_MODULES:
        module = importlib.import_module(module_name)
        for name in module.__all__:
            yield module_name, name, getattr(module, name)


@pytest.mark.parametrize("module_name", PUBLIC_MODULES)
def test_every_public_module_lists_its_names_sorted_and_they_exist(module_name: str) -> None:
    module = importlib.import_module(module_name)

    listed = list(module.__all__)
    # Constants, then classes, then functions, each by name: as the linter sorts them.
    constants = [n for n in listed if n.isupper()]
    classes = [n for n in listed if not n.isupper() and n[:1].isupper()]
    rest = [n for n in listed if n not in constants and n not in classes]
    assert listed == [*sorted(constants), *sorted(classes), *sorted(rest)] or listed == sorted(listed)
    assert [name for name in listed if not hasattr(module, name)] == []


def test_a_public_name_that_is_a_module_is_a_public_module() -> None:
    modules = {f"{module_name}.{name}" for module_name, name, thing in public() if inspect.ismodule(thing)}

    assert modules <= set(PUBLIC_MODULES)


def test_the_readme_names_every_public_module() -> None:
    table = set(re.findall(r"^\| `(quizkit[\w.]*)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))

    assert table == {".".join(name.split(".")[:2]) for name in PUBLIC_MODULES} - {"quizkit"}


def test_the_public_surface_changes_only_on_purpose() -> None:
    found = "\n".join(f"{module_name}.{name}" for module_name, name, _ in public()) + "\n"

    snapshot = Path(__file__).with_name("surface.txt")
    assert found == snapshot.read_text(), f"if this is on purpose, write it to {snapshot.name} and to the changelog"


def test_everything_public_has_a_docstring() -> None:
    silent = []
    for module_name, name, thing in public():
        if inspect.isclass(thing) or inspect.isfunction(thing) or inspect.ismodule(thing):
            if not inspect.getdoc(thing):
                silent.append(f"{module_name}.{name}")
            if inspect.isclass(thing) and thing.__module__.startswith("quizkit"):
                silent += [
                    f"{module_name}.{name}.{method}"
                    for method, function in vars(thing).items()
                    if inspect.isfunction(function)
                    and not method.startswith("_")
                    and not inspect.getdoc(getattr(thing, method))
                ]

    assert silent == []


def test_every_field_of_every_schema_and_question_has_a_description() -> None:
    silent = set()
    for module_name, name, thing in public():
        for field_name, field in getattr(thing, "model_fields", {}).items() if inspect.isclass(thing) else ():
            if not field.description:
                silent.add(f"{module_name}.{name}.{field_name}")

    assert silent == set()


def test_every_module_has_a_docstring() -> None:
    silent = [m.name for m in pkgutil.walk_packages(quizkit.__path__, "quizkit.") if not _module_docstring(m.name)]

    assert silent == []


def _module_docstring(name: str) -> str | None:
    path = SOURCE / (name.removeprefix("quizkit.").replace(".", "/"))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    return ast.get_docstring(ast.parse(file.read_text()))


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_no_module_breaks_an_architecture_rule(file: Path) -> None:
    tree = ast.parse(file.read_text())
    place = file.relative_to(SOURCE).parts[0]
    called = list(calls(tree))
    tails = {name.rpartition(".")[2] for name in called}

    assert not {"eval", "exec", "__import__"} & set(called)
    assert not any(name.startswith(("pickle.", "yaml.")) for name in called)
    if place == "crud":
        assert not {"commit", "rollback", "close"} & tails, "verbs flush and never commit"
        assert "refresh" not in tails
    if place in {"questions", "rules"}:
        assert "float" not in called, "marks are exact"
        assert not {"now", "today", "utcnow", "random", "token_bytes"} & tails, (
            "the clock and the random source are arguments"
        )
    if place in {"crud", "models", "rules"}:
        assert "func.now" not in called, "only the injected clock is used, never the database's"
        assert "text" not in called or file.name in {"dialects.py", "savepoints.py"}, (
            "statements are built, not written"
        )
    ours = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    hooked = {
        ast.unparse(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"compiles", "compiler.compiles"}
    }
    assert hooked <= ours, "no hooks on types that are not ours"
    assert "logging.basicConfig" not in called


UNUSED = {
    "csv", "openpyxl", "xlsxwriter",  # a spreadsheet could run what is exported as a formula
    "lxml", "xml", "defusedxml",  # entities, DTDs
    "gzip", "bz2", "lzma", "tarfile", "zipfile", "zlib",  # archives that grow, or leave their folder
    "marshal", "pickle", "shelve", "yaml",  # data that is code
    "asteval", "numexpr", "simpleeval", "sympy",  # expressions of authors
}  # fmt: skip
"""Modules for formats with known attacks. Importing one needs tests against those attacks first."""


def test_no_module_reads_xml_archives_or_pickles_writes_spreadsheets_or_evaluates_expressions() -> None:
    imported: dict[str, set[str]] = {}
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                imported.setdefault(name.partition(".")[0], set()).add(str(file.relative_to(SOURCE)))

    assert {name: files for name, files in imported.items() if name in UNUSED} == {}


def test_only_the_clock_of_the_verbs_reads_the_time() -> None:
    asking = {
        str(file.relative_to(SOURCE))
        for file in FILES
        if any(
            name.endswith(("datetime.now", "datetime.utcnow", "time.time"))
            for name in calls(ast.parse(file.read_text()))
        )
    }

    assert asking == {"crud/_core/clock.py"}


def test_every_question_type_is_one_module_one_registration_and_one_test_module() -> None:
    modules = {f.stem for f in (SOURCE / "questions").glob("*.py") if not f.stem.startswith("_")}
    tests = {f.stem.removeprefix("test_") for f in (ROOT / "tests" / "questions").glob("test_*.py")}

    assert modules == set(QuestionType) == {name for name in registered() if name in modules}
    assert modules <= tests


def test_no_branch_on_a_question_type_outside_questions_formats_the_test_kit_and_the_command_line() -> None:
    allowed = {"questions", "formats", "testing", "cli", "vocabulary.py"}
    names = "|".join(name for name in QuestionType if name != QuestionType.DESCRIPTION)  # also the name of a field
    branch = re.compile(
        rf"""["'](?:{names})["']|QuestionType\.|\.type (?:==|!=|in) |isinstance\(\w+, UnknownQuestion"""
    )
    found = [
        f"{file.relative_to(SOURCE)}: {line.strip()}"
        for file in FILES
        if file.relative_to(SOURCE).parts[0] not in allowed
        for line in file.read_text().splitlines()
        if branch.search(line)
    ]

    assert found == []


def test_schemas_models_and_crud_have_a_module_for_each_noun() -> None:
    for noun in ("assignments", "attempts", "banks", "categories", "questions", "quizzes"):
        for package in ("schemas", "models", "crud"):
            assert (SOURCE / package / f"{noun}.py").exists() or (SOURCE / package / noun / "__init__.py").exists()


NOUNS = sorted(
    room.name for room in (SOURCE / "crud").iterdir() if (room / "__init__.py").exists() and room.name[0] != "_"
)


def imported_when_called(verb: ast.FunctionDef) -> set[str]:
    return {one.name for node in ast.walk(verb) if isinstance(node, ast.ImportFrom) for one in node.names}


@pytest.mark.parametrize("noun", NOUNS)
def test_every_verb_is_a_function_of_a_module_of_its_name(noun: str) -> None:
    """The code of a verb is in the module of its name, which it imports when it is called (decision 0072).

    Every noun reads in `find` and changes in `edit`.
    """
    elsewhere = {
        **dict.fromkeys(("get", "page"), "find"),
        **dict.fromkeys(("update", "revise", "archive", "restore"), "edit"),
        "paper_json": "paper",
        **dict.fromkeys(("set_outline", "remove"), "outline"),
    }
    room = SOURCE / "crud" / noun
    public = ast.parse((room / "__init__.py").read_text())
    group = next(node for node in public.body if isinstance(node, ast.ClassDef))
    verbs = [node for node in group.body if isinstance(node, ast.FunctionDef)]
    astray = [
        verb.name
        for verb in verbs
        if (module := elsewhere.get(verb.name, verb.name)) not in imported_when_called(verb)
        or f"{module}.{verb.name.removesuffix('_json')}" not in set(calls(verb))
        or not (room / f"{module}.py").exists()
    ]

    assert len(verbs) >= 4
    assert astray == []


def test_modules_of_rules_and_of_crud_have_different_names() -> None:
    rules = {file.stem for file in (SOURCE / "rules").glob("*.py")} - {"__init__"}
    crud = {file.stem.strip("_") for file in (SOURCE / "crud").rglob("*.py")}

    assert rules & crud == set()


def test_no_class_of_crud_is_split_by_inheritance() -> None:
    """A base class is that of all groups of verbs or from the standard library, never half of another class."""
    bases = {
        ast.unparse(base).partition("[")[0]
        for file in FILES
        if file.relative_to(SOURCE).parts[0] == "crud"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    }

    assert bases == {"Generic", "NamedTuple", "VerbGroup", "Protocol"}


def test_statements_are_built_only_in_modules_of_statements() -> None:
    """A use case shows what is loaded, decided and stored; its SQL is in a module of statements."""
    building = {"select", "insert", "update", "delete"}
    mechanism = {"binds.py", "tables.py", "creating.py", "paging.py"}
    flat = {
        "banks.py",
        "categories.py",
        "pools.py",
        "find.py",
    }  # small modules, or conditions that each call adds to a page
    found = {
        str(file.relative_to(SOURCE))
        for file in FILES
        if file.relative_to(SOURCE).parts[0] == "crud" and not file.stem.endswith("statements")
        if building & set(calls(ast.parse(file.read_text())))
    }

    assert {name for name in found if name.rpartition("/")[2] not in mechanism | flat} == set()


def test_no_module_is_called_utils_or_helpers() -> None:
    assert not [f for f in FILES if f.stem.strip("_") in {"utils", "util", "helpers", "helper", "common", "misc"}]


def test_no_module_has_more_than_400_lines() -> None:
    assert [
        f"{f.name}: {n}" for f in FILES if (n := len(f.read_text().splitlines())) > 400 and f.parent.name != "versions"
    ] == []


# Metaphors and phrases to avoid, and the terms of the field: see docs/glossary.md.
WORDS = {
    r"dice": "random source, seed",
    r"stairs": "layers",
    r"the house": "architecture",
    r"behind (?:the|every) doors?": "public API",
    r"desk": "working slot",
    r"sittings?": "attempt",
    r"turned down": "rejected alternatives",
    r"riddle": "say what happens",
    r"(?:is|are) told": "gets, is reported, fails with",
    r"(?:tells|told|tell) of": "reports",
    r"was said": "access event, setting",
    r"nothing of it": "none",
    r"who picks": "a taker who picks",
}


def test_prose_uses_the_terms_of_the_field() -> None:
    wrong = re.compile("|".join(rf"\b(?:{word})\b" for word in WORDS), re.IGNORECASE)
    frozen = re.compile(r"quizkit dice 1")  # part of every stored order
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    found = [
        f"{file.relative_to(ROOT)}:{number}: {hit[0]}"
        for file in [*FILES, *TESTS, *sorted((ROOT / "examples").rglob("*.py")), *pages]
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (hit := wrong.search(frozen.sub("", line)))
    ]

    assert found == []


# A name of a test says what the subject does; these words leave the subject out, or are metaphors.
IN_NO_TEST_NAME = {
    "asked", "beside", "dice", "door", "doors", "elses", "home", "house", "kept", "looked", "lots", "meanwhile",
    "promises", "said", "seat", "sheet", "sit", "sits", "sitting", "somebody", "spoils", "stairs", "tell", "tells",
    "told", "whoever",
}  # fmt: skip


def test_names_of_tests_use_the_terms_of_the_field() -> None:
    names = {
        (file, name)
        for file in TESTS
        for name in [file.stem, *re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))]
    }

    assert len(names) > 1000
    assert sorted(name for _, name in names if IN_NO_TEST_NAME & set(name.split("_"))) == []


def test_variables_are_named_after_their_values() -> None:
    vague = {"said", "told"}
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in [*FILES, *TESTS]
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, (ast.Name, ast.arg)) and (node.id if isinstance(node, ast.Name) else node.arg) in vague
    ]

    assert found == []


def test_every_exception_to_a_lint_rule_carries_its_reason() -> None:
    bare = []
    for file in [*FILES, *sorted((ROOT / "examples").glob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            found = re.search(r"#\s*(noqa|type: ignore|pragma: no cover)(.*)$", line)
            if found and not re.search(r"[-#] \w+", found[2]) and "repository" not in file.relative_to(ROOT).parts:
                bare.append(f"{file.relative_to(ROOT)}:{number}")

    assert bare == []


def test_the_repository_names_no_place_of_one_machine_and_no_package_host() -> None:
    looked_at = [
        *(f for f in ROOT.iterdir() if not f.name.startswith((".coverage", ".git"))), *(ROOT / "docs").rglob("*.md"), *FILES,
        *(ROOT / "requirements").glob("*.txt"), *(ROOT / ".ci").glob("*"),
        ROOT / ".gitignore",
    ]  # fmt: skip
    hosts = re.compile(r"pypi\.org|pythonhosted|files\.python|/(?:work|root|home)/\w")

    assert [f.name for f in looked_at if f.is_file() and hosts.search(f.read_text(errors="ignore"))] == []


def test_the_tools_have_the_same_versions_everywhere() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()

    assert "repo: local" in hooks
    assert "rev:" not in hooks, "hooks run the tools of the locked environment"
    for tool in ("ruff", "mypy", "pyright", "lint-imports"):
        assert tool in hooks
        assert tool in (ROOT / "Makefile").read_text()


def test_the_version_is_the_same_in_the_metadata_and_in_the_package() -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert metadata["version"] == quizkit.__version__


def test_every_error_code_is_in_the_reference() -> None:
    codes = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "Refused", "NotFound", "UsageError", "Invalid", "Unreadable", "Invalid.of", "PydanticCustomError",
                "Conflict", "Interrupted", "Problem", "GapFault",
            }:  # fmt: skip
                constants = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                codes |= {c for c in constants if re.fullmatch(r"[a-z_]+", c) and "_" in c}
    reference = (ROOT / "docs" / "reference" / "errors.md").read_text()

    assert len(codes) > 25
    assert sorted(code for code in codes if f'<a id="{code}"></a>`{code}`' not in reference) == []


def test_every_lint_code_is_in_the_reference() -> None:
    codes: set[str] = {
        str(node.args[0].value)
        for file in (SOURCE / "questions").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Lint" and isinstance(node.args[0], ast.Constant)
    }
    reference = (ROOT / "docs" / "reference" / "lint.md").read_text()

    assert len(codes) > 10
    assert sorted(code for code in codes if f'<a id="{code}"></a>`{code}`' not in reference) == []


def test_the_architecture_page_describes_every_module_of_the_rules_once() -> None:
    modules = sorted(module.name for module in pkgutil.iter_modules([str(SOURCE / "rules")]))
    page = (ROOT / "docs" / "discussion" / "architecture.md").read_text()
    section = page.partition("## The modules of `rules`")[2].partition("\n## ")[0]

    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == modules
