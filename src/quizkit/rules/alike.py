"""Finding questions with the same content and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = ["first_alike"]

K = TypeVar("K")


def first_alike(asked: Mapping[K, str], known: Iterable[tuple[K, str]] = ()) -> dict[K, K]:
    """Return the first equal question for each question that equals an earlier one; the others are left out.

    Args:
        asked: the identities of the questions, in order.
        known: the earlier questions with their identities, in order; those that are in `asked` are skipped.
    """
    first: dict[str, K] = {}
    for one, identity in known:
        if one not in asked:
            first.setdefault(identity, one)
    before = {one: first.setdefault(identity, one) for one, identity in asked.items()}
    return {one: other for one, other in before.items() if other != one}
