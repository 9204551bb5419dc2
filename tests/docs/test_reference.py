"""The generated reference has an anchor and an inventory entry for every public name, verb and field."""

from __future__ import annotations

import importlib
import inspect
import re
import zlib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import BaseModel

from built_site import anchors, text
from quizkit.crud import VerbGroup

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference" / "api"
ERRORS = ROOT / "docs" / "reference" / "errors.md"
COLLECTED = re.compile(r"^::: (\S+)$", re.MULTILINE)


def surface() -> list[str]:
    return (ROOT / "tests" / "repository" / "surface.txt").read_text().split()


def modules() -> list[str]:
    return sorted({line.rpartition(".")[0] for line in surface()})


def addresses() -> Iterator[str]:
    """Yield the dotted name of every public name, of the public functions of its class, and of its fields."""
    for line in surface():
        module_name, _, name = line.rpartition(".")
        thing = getattr(importlib.import_module(module_name), name)
        yield line
        kind = type(thing) if isinstance(thing, VerbGroup) else thing
        if inspect.isclass(kind) and kind.__module__.startswith("quizkit"):
            own = {n for n, f in vars(kind).items() if inspect.isfunction(f) and n[0] != "_"}
            yield from (f"{line}.{n}" for n in sorted(own - set(dir(BaseModel))))
            if issubclass(kind, BaseModel):
                yield from (f"{line}.{field}" for field in kind.model_fields)


def schemas() -> dict[str, type[BaseModel]]:
    found = {}
    for line in surface():
        module_name, _, name = line.rpartition(".")
        thing = getattr(importlib.import_module(module_name), name)
        if inspect.isclass(thing) and issubclass(thing, BaseModel):
            found[line] = thing
    return found


def test_every_public_module_has_a_page() -> None:
    found = [name for page in sorted(PAGES.glob("*.md")) for name in COLLECTED.findall(page.read_text())]

    assert sorted(found) == modules()
    listed = (ROOT / "mkdocs.yml").read_text()
    assert [page.name for page in PAGES.glob("*.md") if f"reference/api/{page.name}" not in listed] == []


def test_the_overview_of_schemas_links_the_fields_of_each() -> None:
    overview = (ROOT / "docs" / "reference" / "schemas.md").read_text()
    names = {name for name in schemas() if name.startswith("quizkit.schemas.")}

    assert set(re.findall(r"\]\(api/schemas\.md#([\w.]+)\)", overview)) == names


def test_the_inventory_names_every_public_name_and_its_addresses_exist(site: Path) -> None:
    header = (site / "objects.inv").read_bytes().split(b"\n", 4)
    assert header[0] == b"# Sphinx inventory version 2"
    entries = {}
    for line in zlib.decompress(header[4]).decode().splitlines():
        name, _role, _priority, address, _shown = line.split(" ", 4)
        entries[name] = address.replace("$", name)

    assert [name for name in addresses() if name not in entries] == []
    found = {page: set(anchors(site / page)) for page in {a.partition("#")[0] for a in entries.values()}}
    assert [a for a in entries.values() if a.partition("#")[2] not in found[a.partition("#")[0]]] == []


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_anchors_are_public_names_and_occur_once(site: Path, page: Path) -> None:
    found = [one for one in anchors(site / "reference" / "api" / page.stem) if one.startswith("quizkit")]

    (module,) = COLLECTED.findall(page.read_text())
    assert module in found
    assert len(found) == len(set(found))
    assert [one for one in found if re.search(r"\._(?!_version__$)", one)] == []


class Row(NamedTuple):
    """A row of a table of fields, as text."""

    kind: str
    default: str
    meaning: str


def rows(page: str) -> dict[str, Row]:
    """Return the rows of all fields of a page, by the anchor of the field."""
    found = {}
    for anchor, *cells in re.findall(
        r'<tr>\s*<td><a id="([^"]+)"></a>.*?</td>\s*<td>(.*?)</td>\s*<td>(.*?)</td>\s*<td>(.*?)</td>', page, re.DOTALL
    ):
        found[anchor] = Row(*(unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in cells))
    return found


def test_the_reference_gives_each_field_a_type_a_default_and_a_meaning(site: Path) -> None:
    found = {}
    for page in {name.rpartition(".")[0].removeprefix("quizkit.") for name in schemas()}:
        found.update(rows((site / "reference" / "api" / page / "index.html").read_text()))
    wanted = {f"{name}.{field}": one for name, kind in schemas().items() for field, one in kind.model_fields.items()}

    assert set(found) == set(wanted)
    assert [name for name, row in found.items() if not all(row)] == []
    assert [name for name, row in found.items() if (row.default == "required") is not wanted[name].is_required()] == []


@pytest.mark.parametrize(
    ("field", "kind", "default"),
    [
        ("QuizCreate.title", r"str\s+1 to 128 characters", "required"),
        ("QuizCreate.max_attempts", r"int \| None\s+1 to 1,000", "None"),
        ("QuizCreate.penalty", r"Fraction\s+0 to 1", "1/3"),
        ("QuizCreate.time_up", "TimeUp", "'submit'"),
        ("QuizCreate.max_grade", r"Decimal \| None\s+0 to 9,999; at most 7 decimal places", "None"),
        ("QuizUpdate.feedback_bands", r"tuple\[\s*FeedbackBand\s*, \.\.\.\] \| None\s+at most 50 items", "None"),
        ("ReviewPolicy.right_answer", r"frozenset\[\s*ReviewMoment\s*\]", "{'after_close'}"),
        ("SaveResponse.response", r"Response", "required"),
    ],
)
def test_a_field_shows_the_bounds_and_the_default_of_its_class(site: Path, field: str, kind: str, default: str) -> None:
    row = rows((site / "reference/api/schemas/index.html").read_text())[f"quizkit.schemas.{field}"]

    assert re.fullmatch(kind, row.kind)
    assert row.default == default


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_defaults_are_values_and_not_private_names(site: Path, page: Path) -> None:
    shown = text(site / "reference" / "api" / page.stem)

    assert re.findall(r"^[^\n]*(?:: [^\n]*|\w)(?: = |=)(?:_\w+|NOTHING)\b", shown, re.MULTILINE) == []


def test_an_empty_default_of_a_verb_is_written_out(site: Path) -> None:
    shown = text(site / "reference" / "api" / "crud")

    assert "credentials: Mapping[str, Any] = {}" in shown
    assert "values: Values = {}" in shown


def test_the_constructors_of_kits_are_shown_with_their_arguments(site: Path) -> None:
    shown = text(site / "reference" / "api" / "crud")

    assert re.search(r"^Quizkit\(\s+models: .*,\s+\*,\s+tenant: .*,\s+admit: ", shown, re.MULTILINE)
    assert re.search(r"^Tenants\(\s+models: .*,\s+tenant: .*,\s+\*,\s+admit: ", shown, re.MULTILINE)
    assert "your own check of who may start an attempt" in shown
    assert not re.search(r"^quizzes\(", shown, re.MULTILINE)


@pytest.mark.parametrize("name", ["Values", "Columns", "Where", "NewId"])
def test_the_types_of_keywords_are_explained(site: Path, name: str) -> None:
    shown = text(site / "reference" / "api" / "crud")

    assert re.search(rf"^{name}: TypeAlias = [^¶]+?\n\s*\n\s+[A-Z][^\n]+\.$", shown, re.MULTILINE)


def test_the_heading_of_a_verb_names_its_noun(site: Path) -> None:
    shown = (site / "reference" / "api" / "crud" / "index.html").read_text()

    headings = [name for name in re.findall(r'doc-function-name">([\w.]+)<', shown) if "." in name]
    wanted = [line.rpartition("crud.")[2] for line in addresses() if re.match(r"quizkit\.crud\.[a-z]+\.", line)]
    assert sorted(headings) == sorted(wanted)


def test_a_context_manager_is_shown_as_one(site: Path) -> None:
    shown = text(site / "reference" / "api" / "testing")

    assert re.search(r"-> AbstractAsyncContextManager\[\s*AsyncSession", shown)
    assert re.search(r"-> AbstractContextManager\[\s*Session", shown)


def test_errors_of_verbs_are_links_to_their_codes(site: Path) -> None:
    codes = anchors(site / "reference" / "errors")
    page = (site / "reference" / "api" / "crud" / "index.html").read_text()
    linked = re.findall(r'href="[^"]*/errors/#(\w+)"', page)

    assert len(set(linked)) > 25
    assert set(linked) <= set(codes)
    assert [code for code in codes if codes.count(code) > 1] == []
