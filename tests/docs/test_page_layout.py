"""How the pages of the documentation look: prose first, and code that fits the column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from code_blocks import PAGES, ROOT, blocks

COLUMN = 84
"""The characters of code that fit the text column of the site, 656 px wide from a window of 1220 px on: 7.7 px each."""

SENTENCE = re.compile(r"(?!```|[*+-] |\d+[.)] )[\w\"`*\[(]")
"""How a line begins that is no code, table, list or quotation."""

GENERATED = ROOT / "docs" / "reference" / "api"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_line_of_code_is_wider_than_the_column(page: Path) -> None:
    wide = [
        f"{page.name}:{first + number}: {len(line)}"
        for first, _, body in blocks(page)
        for number, line in enumerate(body.splitlines(), 1)
        if len(line) > COLUMN
    ]

    assert wide == []


@pytest.mark.parametrize(
    "page", [page for page in PAGES if GENERATED not in page.parents], ids=lambda page: str(page.relative_to(ROOT))
)
def test_a_page_begins_with_a_sentence(page: Path) -> None:
    """Code, a table or a list does not say what the page is for. Below the titles of decisions may be a heading."""
    title, _, rest = page.read_text().partition("\n")
    first = next(
        line for line in rest.splitlines() if line and not (line.startswith("#") and "decisions" in page.parts)
    )

    assert title.startswith("# ")
    assert SENTENCE.match(first)


@pytest.mark.parametrize(
    "line", ["```python", "| a | b |", "- item", "* item", "+ item", "1. item", "2) item", "> item"]
)
def test_code_tables_lists_and_quotations_are_no_sentences(line: str) -> None:
    assert not SENTENCE.match(line)


def test_the_first_page_leads_to_the_tutorial_and_to_every_how_to_page() -> None:
    linked = set(re.findall(r"\]\(((?:tutorial|how-to)/[\w-]+\.md)\)", (ROOT / "docs" / "index.md").read_text()))
    pages = {
        f"{page.parent.name}/{page.name}"
        for name in ("tutorial", "how-to")
        for page in (ROOT / "docs" / name).glob("*.md")
    }

    assert linked == pages


def test_the_decisions_in_the_navigation_are_folded_into_groups_of_twenty() -> None:
    decisions = (ROOT / "mkdocs.yml").read_text().partition("\n  - Decisions:\n")[2]
    shown, _, folded = decisions.partition("\n")
    groups: dict[str, list[str]] = {}
    for line in folded.splitlines():
        if group := re.fullmatch(r" {6}- (\d{4} to \d{4}):", line):
            groups[group[1]] = []
        else:
            groups[next(reversed(groups))].append(re.findall(r"^ {10}- .*: decisions/(\d{4})-", line)[0])

    assert shown.strip() == "- All decisions: decisions/index.md"
    for span, numbers in groups.items():
        first, _, last = span.partition(" to ")
        assert (int(last) - int(first), numbers) == (19, sorted(numbers))
        assert all(first <= number <= last for number in numbers)


def test_a_reader_gets_the_colours_of_the_system_and_can_return_to_them() -> None:
    palette = (ROOT / "mkdocs.yml").read_text().partition("\n  palette:")[2].partition("\n# ")[0]
    entries = [
        (
            re.findall(r"media: \"(.*)\"", entry),
            re.findall(r" scheme: (\w+)", entry),
            re.findall(r"name: ([\w ]+)", entry),
        )
        for entry in palette.split("\n    - ")[1:]
    ]

    assert entries == [
        (["(prefers-color-scheme)"], [], ["Switch to light"]),
        (["(prefers-color-scheme: light)"], ["default"], ["Switch to dark"]),
        (["(prefers-color-scheme: dark)"], ["slate"], ["Follow the system"]),
    ]
