"""Every Python block of the README and the documentation, and every example, passes the type checkers of a user.

The blocks of a page are one module, in their order. From the first block with a top-level `await` on, they are the body
of a coroutine, because a module cannot await. Each line keeps its number, so that an error names the line of the page.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from code_blocks import PAGES, ROOT, blocks

# What a checker says about the body of a coroutine, and not about the page: its names look unused.
UNUSED = {"reportUnusedVariable", "reportUnusedFunction", "reportUnusedClass"}


def module_of(page: Path) -> str:
    """Return the Python blocks of a page as one module, each line at its place."""
    found = [(line, body) for line, language, body in blocks(page) if language == "python"]
    lines = [""] * (page.read_text().count("\n") + 1)
    indent = ""
    for line, body in found:
        if not indent and _awaits(body):
            lines[line - 1] = "async def page() -> None:"
            indent = "    "
        for number, code in enumerate(body.splitlines(), line):
            lines[number] = f"{indent}{code}".rstrip()
    return "\n".join(lines) + "\n"


def _awaits(body: str) -> bool:
    try:
        compile(body, "page", "exec", dont_inherit=True)
    except SyntaxError:
        compile(body, "page", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        return True
    return False


def written(pages: list[Path], place: Path) -> dict[str, str]:
    """Write the modules of pages, and return the name of each page by that of its module."""
    names = {}
    for page in pages:
        if any(language == "python" for _, language, _ in blocks(page)):
            name = str(page.relative_to(ROOT) if page.is_relative_to(ROOT) else page.name)
            module = re.sub(r"\W", "_", name.removesuffix(".md")) + "_md.py"
            (place / module).write_text(module_of(page))
            names[module] = name
    return names


def mypy_errors(place: Path) -> list[str]:
    """Return what mypy says in strict mode of the modules in a folder."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not in this environment")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", "--config-file="]
    done = subprocess.run(
        [*command, "--cache-dir", str(ROOT / ".cache" / "mypy-pages"), *sorted(file.name for file in place.iterdir())],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MYPYPATH": str(ROOT / "src")},
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if ": error:" in line]


def pyright_errors(place: Path, tmp_path: Path) -> list[str]:
    """Return what Pyright says in strict mode of the modules in a folder."""
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not in this environment")
    config = tmp_path / "pyrightconfig.json"
    unused = dict.fromkeys(UNUSED, False)
    config.write_text(json.dumps({"include": [str(place)], "typeCheckingMode": "strict", **unused}))
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(config)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    diagnostics = json.loads(done.stdout)["generalDiagnostics"]
    return [
        f"{Path(diagnostic['file']).name}:{diagnostic['range']['start']['line'] + 1}: {diagnostic['message'].splitlines()[0]}"
        for diagnostic in diagnostics
        if diagnostic["severity"] == "error"
    ]


def on_pages(errors: list[str], names: dict[str, str]) -> list[str]:
    """Name the page instead of its module in what a checker says."""
    return [
        f"{names.get(module, module)}{rest}"
        for module, rest in (re.split(r"(?<=\.py)", line, maxsplit=1) for line in errors)
    ]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    return folder


def examples(place: Path) -> None:
    for example in (ROOT / "examples").glob("*.py"):
        (place / f"example_{example.name}").write_text(example.read_text())


def test_mypy_passes_every_page_and_example(place: Path) -> None:
    names = written(PAGES, place)
    examples(place)

    assert len(names) > 20
    assert on_pages(mypy_errors(place), names) == []


def test_pyright_passes_every_page_and_example(place: Path, tmp_path: Path) -> None:
    names = written(PAGES, place)
    examples(place)

    assert on_pages(pyright_errors(place, tmp_path), names) == []


BROKEN = """# A page

```python
from quizkit.questions import TrueFalse

right = TrueFalse(content="The Rhine is a river.", answer=True)
```

It awaits.

```python
async def nothing() -> int:
    return 1


await nothing()
wrong = TrueFalse(content="?", answer="perhaps")
```
"""


def test_an_error_on_a_page_is_found_and_names_its_line(place: Path, tmp_path: Path) -> None:
    page = tmp_path / "broken.md"
    page.write_text(BROKEN)
    names = written([page], place)

    for errors in (mypy_errors(place), pyright_errors(place, tmp_path)):
        assert [line.split(" ")[0] for line in on_pages(errors, names)] == ["broken.md:17:"]
