"""Every Python block of the README and the documentation passes the type checkers of a user.

The blocks of a page are one module, in their order. From the first block with a top-level `await` on, they are the body
of a coroutine, because a module cannot await. Each line keeps its number, so that an error names the line of the page.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from code_blocks import PAGES, ROOT, blocks
from type_checkers import mypy_errors, pyright_errors

# In the body of a coroutine, the names of a page look unused. Comments for Pyright apply to their file only.
COROUTINE = "# pyright: reportUnusedVariable=false, reportUnusedFunction=false, reportUnusedClass=false"


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
    if indent:
        assert not lines[0], "the first line of a page is its title"
        lines[0] = COROUTINE
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


@pytest.mark.parametrize("plugin", [False, True], ids=["alone", "with_the_plugin_of_pydantic"])
def test_mypy_passes_every_page(place: Path, *, plugin: bool) -> None:
    names = written(PAGES, place)

    assert len(names) > 20
    assert on_pages(mypy_errors(place, plugin=plugin), names) == []


def test_pyright_passes_every_page(place: Path) -> None:
    names = written(PAGES, place)

    assert on_pages(pyright_errors(place), names) == []


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

    for errors in (mypy_errors(place), mypy_errors(place, plugin=True), pyright_errors(place)):
        assert [line.split(" ")[0] for line in on_pages(errors, names)] == ["broken.md:17:"]


UNUSED = """# A page

```python
def forget() -> None:
    found = 1
```
"""


def test_a_name_that_a_page_does_not_use_is_found(place: Path, tmp_path: Path) -> None:
    page = tmp_path / "unused.md"
    page.write_text(UNUSED)
    names = written([page], place)

    assert [line.split(" ")[0] for line in on_pages(pyright_errors(place), names)] == ["unused.md:5:"]
