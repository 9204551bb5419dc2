"""The tree of the categories of a bank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from quizkit.errors import Refused

__all__ = ["refuse_circle"]

K = TypeVar("K")


def refuse_circle(parents: Mapping[K, K | None], category: K, parent: K) -> None:
    """Raise Refused if the parent is the category itself or a subcategory of it; `parents` is the current tree."""
    above: K | None = parent
    while above is not None:
        if above == category:
            raise Refused("category_circle", "A category cannot be its own parent or ancestor")
        above = parents.get(above)
