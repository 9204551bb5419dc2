"""How the pages of the documentation look: prose first, and code that fits the column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from code_blocks import PAGES, ROOT, blocks

COLUMN = 84
"""The characters of code that fit the text column of the site, 656 px wide from a window of 1220 px on: 7.7 px each."""

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
    """Not with code, a table or a list, which do not say what the page is for. Below the titles of decisions, it may be a heading."""
    title, _, rest = page.read_text().partition("\n")
    first = next(
        line for line in rest.splitlines() if line and not (line.startswith("#") and "decisions" in page.parts)
    )

    assert title.startswith("# ")
    assert re.match(r"[\w\"`*\[(]", first)
    assert not first.startswith("```")
