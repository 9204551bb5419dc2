"""Links names of the API on hand-written pages: a Markdown extension.

The first time that a page writes a verb, a schema, a code or another public name as code, the code becomes a link to
its place in the reference. Headings, code blocks and links that the author wrote stay as they are.
"""

from __future__ import annotations

import importlib
import inspect
import posixpath
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from pydantic import BaseModel
from zensical.extensions.context import ContextPreprocessor

from quizkit.crud import VerbGroup

REFERENCE: Final = Path(__file__).parents[1] / "docs" / "reference"
_CALL: Final = re.compile(r"(?:kit\.)?([A-Za-z_][\w.]*)(\(.*\))?", re.DOTALL)
_RETURNED: Final = re.compile(r"(?:Page|tuple)\[(\w+)(?:, \.\.\.)?\]|(\w+) or None")
_UNTOUCHED: Final = frozenset({"a", "autoref", "h1", "h2", "h3", "h4", "h5", "h6", "pre"})


@cache
def public_names() -> dict[str, str]:
    """Return what a page may write for a public name, and the identifier in the reference that it means.

    Names of several things are no keys, nor are single lower-case words, names of fields and values of enumerations.
    """
    found: dict[str, set[str]] = {}
    taken: set[str] = set()
    for page in sorted((REFERENCE / "api").glob("*.md")):
        (module_name,) = re.findall(r"^::: (\S+)$", page.read_text(), re.MULTILINE)
        module = importlib.import_module(module_name)
        for name in module.__all__:
            thing = getattr(module, name)
            kind = type(thing) if isinstance(thing, VerbGroup) else thing
            members = set(_members(kind)) if inspect.isclass(kind) else set()
            if inspect.isclass(kind) and issubclass(kind, BaseModel):
                taken |= members
            if inspect.isclass(kind) and issubclass(kind, Enum):
                taken.update(str(one.value) for one in kind)
            for written in (name, *(f"{name}.{member}" for member in members)):
                found.setdefault(f"{module_name}.{written}", set()).add(f"{module_name}.{written}")
                found.setdefault(written, set()).add(f"{module_name}.{written}")
    return {
        written: identifiers.pop()
        for written, identifiers in found.items()
        if len(identifiers) == 1 and not re.fullmatch("[a-z]+", written) and written not in taken
    }


def _members(kind: type) -> Iterator[str]:
    if issubclass(kind, BaseModel):
        yield from kind.model_fields
    if issubclass(kind, VerbGroup):
        yield from (name for name, one in vars(kind).items() if name[0] != "_" and inspect.isfunction(one))


@cache
def codes() -> dict[str, str]:
    """Return the page of each code of an error or of lint."""
    found = {}
    for name in ("lint", "errors"):  # a code of both is described as an error
        for code in re.findall(r'<a id="(\w+)"></a>', (REFERENCE / f"{name}.md").read_text()):
            found[code] = f"reference/{name}.md"
    return found


def _link(code: str, page: str) -> Element | None:
    """Return a link from a page, without its content, or None if the code names nothing known."""
    call = _CALL.fullmatch(_RETURNED.sub(r"\1\2", code))
    if call is None:
        return None
    if identifier := public_names().get(call[1]):
        return Element("autoref", {"identifier": identifier})
    if call[2] is None and (target := codes().get(call[1])) and page not in set(codes().values()):
        return Element("a", {"href": f"{posixpath.relpath(target, posixpath.dirname(page))}#{call[1]}"})
    return None


class _Linker(Treeprocessor):
    def run(self, root: Element) -> None:
        context = ContextPreprocessor.from_markdown(self.md)
        if context is not None and not context.page.path.startswith(("reference/api/", "decisions/")):
            self._visit(root, context.page.path, set())

    def _visit(self, parent: Element, page: str, seen: set[str]) -> None:
        for place, child in enumerate(list(parent)):
            if child.tag in _UNTOUCHED:
                continue
            if child.tag != "code":
                self._visit(child, page, seen)
            elif (link := _link("".join(child.itertext()), page)) is not None:
                target = link.get("identifier") or link.get("href") or ""
                if target not in seen:
                    seen.add(target)
                    link.tail, child.tail = child.tail, None
                    link.append(child)
                    parent[place] = link


class LinksExtension(Extension):
    """Registers the linker after the inline patterns, which make the code elements."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name is Markdown's
        """Register the linker."""
        md.treeprocessors.register(_Linker(md), "quizkit-links", 5)


def makeExtension(**_: object) -> LinksExtension:  # noqa: N802 - the name is Markdown's
    """Return the extension; Markdown calls this."""
    return LinksExtension()
