"""Names of the API on pages are links to the reference, and the search finds the pages that say how to do a thing."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path

import pytest

from built_site import anchors
from quizkit import schemas
from quizkit.crud import VerbGroup, kit

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("how-to/*.md")), ROOT / "docs" / "reference" / "verbs.md"]
VERBS = {
    f"{noun}.{name}"
    for noun, group in vars(kit).items()
    if isinstance(group, VerbGroup)
    for name in vars(type(group))
    if name[0] != "_"
}
CODES = set(re.findall(r'<a id="(\w+)"></a>', (ROOT / "docs" / "reference" / "errors.md").read_text()))


def mentioned(page: Path) -> set[str]:
    """Return the verbs, schemas and error codes that the text of a page names as code, outside headings and links."""
    source = re.sub(r"^```.*?^```|^#.*?$|\[[^\]]*\]\([^)]*\)", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    names = {re.sub(r"^kit\.|\(.*", "", code, flags=re.DOTALL) for code in re.findall(r"`([^`]+)`", source)}
    return names & (VERBS | set(schemas.__all__) | CODES)


def links(site: Path, page: str) -> set[str]:
    """Return where the links of a page lead, as page and anchor."""
    found = re.findall(r'href="([^"#]*#[\w.]+)"', (site / page / "index.html").read_text())
    return {posixpath.normpath(posixpath.join(page, link.replace("/#", "#"))) for link in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_links_the_verbs_schemas_and_error_codes_that_it_names(site: Path, page: Path) -> None:
    found = {link.rpartition("#")[2] for link in links(site, f"{page.parent.name}/{page.stem}")}

    wanted = {
        name: f"quizkit.crud.{name}" if name in VERBS else name if name in CODES else f"quizkit.schemas.{name}"
        for name in mentioned(page)
    }
    assert [name for name, anchor in wanted.items() if anchor not in found] == []


def test_the_table_of_verbs_links_each_verb(site: Path) -> None:
    found = links(site, "reference/verbs")

    assert {verb for verb in VERBS if f"reference/api/crud#quizkit.crud.{verb}" not in found} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_to_the_reference_lead_to_anchors(site: Path, page: Path) -> None:
    found = [link.partition("#") for link in links(site, f"{page.parent.name}/{page.stem}")]

    targets = {address for address, _, _ in found if address.startswith("reference")}
    known = {address: set(anchors(site / address)) for address in targets}
    assert [(address, anchor) for address, _, anchor in found if anchor not in known.get(address, {anchor})] == []


def test_a_page_links_a_name_once_and_no_name_in_code_or_a_heading(site: Path) -> None:
    page = (site / "how-to" / "access" / "index.html").read_text().partition("<article")[2].partition("</article")[0]

    assert len(re.findall(r'#attempt_busy"', page)) == 1
    for heading in re.findall(r"<h[1-6].*?</h[1-6]>", page, re.DOTALL):
        assert "reference/api" not in heading
    for block in re.findall(r"<pre.*?</pre>", page, re.DOTALL):
        assert "reference/api" not in block


def test_the_search_finds_instructions_and_the_reference_but_no_decisions(site: Path) -> None:
    items = json.loads((site / "search.json").read_text())["items"]
    found = {item["location"].partition("/")[0] for item in items}

    assert {"how-to", "reference", "discussion", "tutorial", "glossary"} <= found
    assert "decisions" not in found
