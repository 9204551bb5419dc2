"""Every code block in the README and the documentation is run, page by page, as a reader would."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from code_blocks import PAGES, ROOT, blocks
from quizkit.questions import _registry
from serving import unmeasured

RUN = {"python", "bash"}
SHOWN = {"text", "json", "gift", "toml", "ini", "sql"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_code_block_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rivers.gift").write_bytes((ROOT / "examples" / "rivers.gift").read_bytes())
    names: dict[str, Any] = {"__name__": "__main__"}
    monkeypatch.setattr(_registry, "_types", dict(_registry._types))  # a page may register a question type
    with asyncio.Runner() as runner:
        for line, language, body in blocks(page):
            assert language in RUN | SHOWN, f"{page.name}:{line}: declare what this block is"
            if language == "python":
                _run_python(body, f"{page.name}:{line}", names, runner)
            elif language == "bash":
                _run_shell(body, f"{page.name}:{line}", tmp_path)
        for engine in [value for value in names.values() if hasattr(value, "dispose") and not isinstance(value, type)]:
            done = engine.dispose()
            if inspect.isawaitable(done):
                runner.run(_wait(done))


async def _wait(done: Any) -> None:
    await done


def _run_python(body: str, where: str, names: dict[str, Any], runner: asyncio.Runner) -> None:
    code = compile(body, where, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        runner.run(_wait(eval(code, names)))
    else:
        exec(code, names)


# Commands that install, or would run these tests again, are checked but not run.
LOOKED_AT = re.compile(r"^(pip install|uv add|poetry add|git clone|cd |pre-commit install)")


def _run_shell(body: str, where: str, place: Path) -> None:
    environment = unmeasured(PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}", COLUMNS="100")
    for command in filter(None, (line.partition("  #")[0].strip() for line in body.splitlines())):
        if command.startswith("#"):
            continue
        if LOOKED_AT.match(command):
            named = re.findall(r"quizkit\[([\w,]+)\]", command)
            extras = (ROOT / "pyproject.toml").read_text()
            assert all(f"\n{extra} = [" in extras for one in named for extra in one.split(",")), where
            continue
        if command.startswith("make "):
            words = ["make", "--dry-run", *command.split()[1:]]
            done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        else:
            done = subprocess.run(
                command, shell=True, cwd=place, capture_output=True, text=True, check=False, env=environment
            )
        assert done.returncode == 0, f"{where}: {command}\n{done.stdout}{done.stderr}"


def test_every_link_between_pages_has_a_target() -> None:
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    missing = [str(p.relative_to(ROOT / "docs")) for p in PAGES if p.is_relative_to(ROOT / "docs")]

    assert [page for page in missing if page not in navigation] == []
