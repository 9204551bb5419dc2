"""The code blocks of the README and the documentation."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[int, str, str]]:
    """Return the code blocks of a page: the line of each, its language and its text."""
    text = page.read_text()
    found: list[tuple[int, str, str]] = []
    for match in BLOCK.finditer(text):
        indent, language, body = match.groups()
        lines = [line.removeprefix(indent) for line in body.splitlines()]
        found.append((text.count("\n", 0, match.start()) + 1, language, "\n".join(lines) + "\n"))
    return found
