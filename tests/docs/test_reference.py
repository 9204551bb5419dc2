"""The generated reference has an anchor and an inventory entry for every public name, verb and field."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference" / "api"
COLLECTED = re.compile(r"^::: (\S+)$", re.MULTILINE)


def modules() -> list[str]:
    surface = (ROOT / "tests" / "repository" / "surface.txt").read_text().split()
    return sorted({line.rpartition(".")[0] for line in surface})


def addresses() -> Iterator[str]:
    """Yield the dotted name of every public name, of the public functions of its class, and of its fields."""
    for line in (ROOT / "tests" / "repository" / "surface.txt").read_text().split():
        module_name, _, name = line.rpartition(".")
        thing = getattr(importlib.import_module(module_name), name)
        yield line
        if inspect.isclass(thing) and thing.__module__.startswith("quizkit"):
            yield from (f"{line}.{n}" for n, f in vars(thing).items() if inspect.isfunction(f) and n[0] != "_")
            if issubclass(thing, BaseModel):
                yield from (f"{line}.{field}" for field in thing.model_fields)


def test_every_public_module_has_a_page() -> None:
    found = [name for page in sorted(PAGES.glob("*.md")) for name in COLLECTED.findall(page.read_text())]

    assert sorted(found) == modules()
    listed = (ROOT / "mkdocs.yml").read_text()
    assert [page.name for page in PAGES.glob("*.md") if f"reference/api/{page.name}" not in listed] == []


@pytest.fixture(scope="module")
def site() -> Path:
    built = subprocess.run(
        [Path(sys.executable).with_name("zensical"), "build", "--clean", "--strict"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    return ROOT / "site"


def test_the_inventory_names_every_public_name_and_its_addresses_exist(site: Path) -> None:
    header = (site / "objects.inv").read_bytes().split(b"\n", 4)
    assert header[0] == b"# Sphinx inventory version 2"
    entries = {}
    for line in zlib.decompress(header[4]).decode().splitlines():
        name, _role, _priority, address, _shown = line.split(" ", 4)
        entries[name] = address.replace("$", name)

    assert [name for name in addresses() if name not in entries] == []
    anchors = {
        page: set(re.findall(r'id="([^"]+)"', (site / page / "index.html").read_text()))
        for page in {address.partition("#")[0] for address in entries.values()}
    }
    assert [a for a in entries.values() if a.partition("#")[2] not in anchors[a.partition("#")[0]]] == []
