"""Dice that fall the same way forever: an attempt's order is its seed and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, TypeVar

__all__ = ["SEED_BYTES", "Dice"]

T = TypeVar("T")

SEED_BYTES: Final = 16


class Dice:
    """A stream of random numbers from a seed and a label.

    The numbers are SHA-256 in counter mode, so they are the same on every version of Python: a paper that was
    shuffled years ago can be shown again. Labels keep streams apart, so that adding a question never reshuffles
    the others.
    """

    def __init__(self, seed: bytes, label: str) -> None:
        self._key = hashlib.sha256(b"quizkit dice 1\0" + seed + b"\0" + label.encode()).digest()
        self._counter = 0

    def _next(self) -> int:
        block = hashlib.sha256(self._key + self._counter.to_bytes(8, "big")).digest()
        self._counter += 1
        return int.from_bytes(block[:8], "big")

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1, each as likely as any other."""
        fair = (1 << 64) - (1 << 64) % limit
        while (drawn := self._next()) >= fair:
            pass
        return drawn % limit

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in a new order, each order as likely as any other (Fisher and Yates)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order
