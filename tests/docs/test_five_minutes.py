"""The five-minute tutorial: a new environment, an existing application, the page's snippets pasted."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from type_checkers import mypy_errors

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "embed.md"


def snippets() -> list[str]:
    return re.findall(r"```python[^\n]*\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def pasted(tmp_path: Path) -> Path:
    file = tmp_path / "school.py"
    file.write_text("\n\n".join(snippets()), encoding="utf-8")
    return file


def test_the_tutorial_starts_from_an_application_of_forty_lines() -> None:
    before, *pages = snippets()

    assert "quizkit" not in before
    assert 35 <= len(before.splitlines()) <= 45
    assert all("quizkit" in page for page in pages)


def test_a_host_writes_fewer_than_forty_lines() -> None:
    """Everything but the application that was there: the imports, the mount, the tables, a quiz and its attempt."""
    _, *pages = snippets()

    assert len([line for page in pages for line in page.splitlines() if line.strip()]) < 40


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment in which only quizkit is installed, from a wheel."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("uv is not in this environment")
    place = tmp_path_factory.mktemp("host")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "venv")], check=True)
    interpreter = place / "venv" / "bin" / "python"
    pins = place / "constraints.txt"
    pins.write_text(
        "\n".join(re.findall(r"^[\w.-]+==[^\s;\\]+", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE))
    )
    install: list[str | Path] = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        interpreter,
        f"{ROOT}[sqlite]",
        "-c",
        pins,
    ]
    subprocess.run(install, check=True, cwd=place)
    return interpreter


def test_the_pasted_code_passes_the_type_checker_as_installed(pasted: Path, python: Path) -> None:
    place = pasted.parent
    assert "ignore" not in pasted.read_text()

    assert mypy_errors(place, python=python) == []

    pasted.write_text(pasted.read_text().replace("taker=ann_id", 'taker="7"'))
    assert len(mypy_errors(place, python=python)) == 3


def test_the_pasted_code_runs_in_a_new_environment(pasted: Path, python: Path) -> None:
    done = subprocess.run([python, str(pasted)], cwd=pasted.parent, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "['Rivers']\n1 of 1\n"
