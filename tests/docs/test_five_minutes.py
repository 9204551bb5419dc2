"""The five-minute tutorial: a new environment, an existing application, the page's snippets pasted."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def checked(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", str(file)],
        cwd=file.parent,
        capture_output=True,
        text=True,
        check=False,
        env={"MYPYPATH": str(ROOT / "src"), "PATH": ""},
    )


def test_the_pasted_code_passes_the_type_checker(pasted: Path) -> None:
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not in this environment")
    assert "type: ignore" not in pasted.read_text()
    right = checked(pasted)

    assert right.returncode == 0, right.stdout
    pasted.write_text(pasted.read_text().replace("taker=ann_id", 'taker="7"'))
    assert checked(pasted).stdout.count("error") >= 3


def test_the_pasted_code_runs_in_a_new_environment(pasted: Path, tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip("uv is not in this environment")
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = str(place / "bin" / "python")
    pins = tmp_path / "constraints.txt"
    pins.write_text(
        "\n".join(re.findall(r"^[\w.-]+==[^\s;\\]+", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE))
    )
    install = [str(uv), "pip", "install", "--quiet", "--python", python, f"{ROOT}[sqlite]", "-c", str(pins)]
    subprocess.run(install, check=True, cwd=tmp_path)

    done = subprocess.run([python, str(pasted)], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "['Rivers']\n1 of 1\n"
