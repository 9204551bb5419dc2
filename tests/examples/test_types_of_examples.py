"""Every example passes the type checkers of a user who copies it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from type_checkers import ROOT, mypy_errors, pyright_errors

EXISTING = "fastapi_existing_app"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.parametrize("plugin", [False, True], ids=["alone", "with_the_plugin_of_pydantic"])
def test_mypy_passes_every_example(place: Path, *, plugin: bool) -> None:
    assert mypy_errors(place, plugin=plugin) == []
    assert mypy_errors(place / EXISTING, ".", plugin=plugin) == []


def test_pyright_passes_every_example(place: Path) -> None:
    assert pyright_errors(place, [EXISTING]) == []


def test_an_error_in_an_example_is_found(place: Path) -> None:
    wrong = "from quizkit.schemas import QuizCreate\n\nQuizCreate(titel='Rivers')\n"
    (place / "wrong.py").write_text(wrong)
    (place / EXISTING / "migrations" / "wrong_step.py").write_text(wrong)

    assert [line.split(" ")[0] for line in mypy_errors(place)] == ["wrong.py:3:"]
    assert [line.split(" ")[0] for line in mypy_errors(place / EXISTING, ".")] == ["migrations/wrong_step.py:3:"]
    assert {line.split(" ")[0] for line in pyright_errors(place, [EXISTING])} == {
        "wrong.py:3:",
        f"{EXISTING}/migrations/wrong_step.py:3:",
    }
