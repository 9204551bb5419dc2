"""Questions that ask the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = ["first_alike"]

K = TypeVar("K")


def first_alike(asked: Mapping[K, str], known: Iterable[tuple[K, str]] = ()) -> dict[K, K]:
    """Return for each question that asks the same as one before it the first of those; the others are left out.

    Args:
        asked: the identities of some questions, in their order.
        known: the questions before them with their identities, in their order; those of `asked` are passed over.
    """
    first: dict[str, K] = {}
    for one, identity in known:
        if one not in asked:
            first.setdefault(identity, one)
    before = {one: first.setdefault(identity, one) for one, identity in asked.items()}
    return {one: other for one, other in before.items() if other != one}
