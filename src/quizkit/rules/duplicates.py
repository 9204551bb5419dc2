"""Finding questions with the same content and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = ["first_duplicates"]

K = TypeVar("K")


def first_duplicates(identities: Mapping[K, str], known: Iterable[tuple[K, str]] = ()) -> dict[K, K]:
    """Return the first equal question for each question that equals an earlier one; the others are left out.

    Args:
        identities: the identities of the questions, in order.
        known: the earlier questions with their identities, in order; those that are in `identities` are skipped.
    """
    first: dict[str, K] = {}
    for question, identity in known:
        if question not in identities:
            first.setdefault(identity, question)
    before = {question: first.setdefault(identity, question) for question, identity in identities.items()}
    return {question: other for question, other in before.items() if other != question}
