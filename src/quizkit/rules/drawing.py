"""SeededRandom that fall the same way forever: an attempt's questions and their order are its seed and nothing else."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from quizkit.errors import Refused

__all__ = ["ALGORITHM", "SEED_BYTES", "Draw", "SeededRandom", "allocate_draws", "seeded_order"]

T = TypeVar("T")

SEED_BYTES: Final = 16

_NONE_ALIKE: Final[Mapping[str, str]] = MappingProxyType({})

ALGORITHM: Final = 1
"""The version of everything here; stored with each attempt, so that old papers can be shown by what made them."""


class SeededRandom:
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


def seeded_order(seed: bytes, label: str, items: Iterable[str]) -> list[str]:
    """Return distinct items in the order of their lots: each draws one, the SHA-256 of seed, label and itself.

    Each order is as likely as any other, and an item that is added or taken away moves none of the others.
    """
    key = hashlib.sha256(b"quizkit lots 1\0" + seed + b"\0" + label.encode()).digest()
    return sorted(items, key=lambda item: hashlib.sha256(key + item.encode()).digest())


@dataclass(frozen=True, slots=True)
class Draw:
    """Some of a pool of questions.

    Attributes:
        slot: the place that it is for; it keeps its lots apart from those of other draws.
        pool: the ids to draw from.
        count: how many.
    """

    slot: int
    pool: Collection[str]
    count: int


def allocate_draws(
    seed: bytes,
    draws: Sequence[Draw],
    *,
    taken: Collection[str] = (),
    alike: Mapping[str, str] = _NONE_ALIKE,
) -> list[list[str]]:
    """Return what each draw gets, none of it twice and none of what is `taken` already.

    Questions that ask the same count as one: `alike` has what each asks, and one that is not in it is like no other.
    Of those in one pool the one with the first lot stands for all, so that a pool without equals is drawn as ever.

    Each takes those of its pool with the first lots that are left. Where a pool is empty because an earlier draw
    has what it needs, the earlier one takes another: the draws fail only if no choice could satisfy all of them.

    Raises:
        Refused: `draw_too_small`: there are not enough questions; `slot` is the place that asked in vain.
    """
    refused = {alike.get(one, one) for one in taken}
    standing = [_standing(seeded_order(seed, f"slot {draw.slot}", set(draw.pool)), refused, alike) for draw in draws]
    lots = [list(stand) for stand in standing]
    owner: dict[str, int] = {}
    for number, draw in enumerate(draws):
        for _ in range(draw.count):
            if not _take(number, lots, owner):
                message = "There are not enough different questions to draw from"
                raise Refused("draw_too_small", message, slot=draw.slot)
    return [
        [question for one, question in standing[number].items() if owner.get(one) == number]
        for number in range(len(draws))
    ]


def _standing(lots: Iterable[str], refused: Collection[str], alike: Mapping[str, str]) -> dict[str, str]:
    """Return which question stands for what is asked, in the order of their lots, without what is refused."""
    found: dict[str, str] = {}
    for question in lots:
        asked = alike.get(question, question)
        if asked not in refused:
            found.setdefault(asked, question)
    return found


def _take(wanting: int, lots: Sequence[Sequence[str]], owner: dict[str, int]) -> bool:
    """Give one more question to a draw, by the shortest chain of others that change theirs (augmenting path)."""
    gives: dict[int, str] = {}
    reached: dict[str, int] = {}
    waiting = deque([wanting])
    while waiting:
        number = waiting.popleft()
        for one in lots[number]:
            if one in reached or owner.get(one) == number:
                continue
            reached[one] = number
            if one not in owner:
                owner[one] = number
                while number != wanting:  # who got the free one gives up the one that was asked of them
                    given = gives[number]
                    number = owner[given] = reached[given]
                return True
            if owner[one] != wanting and owner[one] not in gives:
                gives[owner[one]] = one
                waiting.append(owner[one])
    return False
