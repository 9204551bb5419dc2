"""Reproducible random draws and orders: an attempt's questions and their order depend only on its seed."""

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

_NO_IDENTITIES: Final[Mapping[str, str]] = MappingProxyType({})

ALGORITHM: Final = 1
"""The version of the algorithms here; stored with each attempt, so that old papers can be reproduced."""


class SeededRandom:
    """A stream of random numbers from a seed and a label.

    The numbers come from SHA-256 in counter mode, so they are the same on every version of Python: a paper that was
    shuffled years ago can be reproduced. Each label has its own stream, so that adding a question never reshuffles
    the others.
    """

    def __init__(self, seed: bytes, label: str) -> None:
        # The text is part of every stored order: another one would shuffle old papers anew.
        self._key = hashlib.sha256(b"quizkit dice 1\0" + seed + b"\0" + label.encode()).digest()
        self._counter = 0

    def _next(self) -> int:
        block = hashlib.sha256(self._key + self._counter.to_bytes(8, "big")).digest()
        self._counter += 1
        return int.from_bytes(block[:8], "big")

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1, uniformly distributed."""
        fair = (1 << 64) - (1 << 64) % limit
        while (drawn := self._next()) >= fair:
            pass
        return drawn % limit

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in a new order, uniformly distributed (Fisher–Yates)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def seeded_order(seed: bytes, label: str, items: Iterable[str]) -> list[str]:
    """Return distinct items in the order of their sort keys: the SHA-256 of seed, label and item.

    Each order is equally likely, and adding or removing an item does not reorder the others.
    """
    # The text is part of every stored order, as above.
    key = hashlib.sha256(b"quizkit lots 1\0" + seed + b"\0" + label.encode()).digest()
    return sorted(items, key=lambda item: hashlib.sha256(key + item.encode()).digest())


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw of questions from a pool.

    Attributes:
        slot: the slot of the quiz; it gives each draw its own random order.
        pool: the ids to draw from.
        count: how many questions to draw; if `least` is given, at most.
        least: how many are enough; None for `count`.
        repeats: the ids of the pool that are drawn only after all others.
    """

    slot: int
    pool: Collection[str]
    count: int
    least: int | None = None
    repeats: Collection[str] = ()

    @property
    def needed(self) -> int:
        """How many questions it must draw."""
        return self.count if self.least is None else self.least


def allocate_draws(
    seed: bytes,
    draws: Sequence[Draw],
    *,
    taken: Collection[str] = (),
    identities: Mapping[str, str] = _NO_IDENTITIES,
) -> list[list[str]]:
    """Return the questions of each draw, none of them twice and none that is already `taken`.

    Questions with the same content and key count as one: `identities` has that of each question; a question that
    is not in it equals no other. Within a pool the first of equal questions represents all of them, so a pool
    without equal questions is drawn as before.

    Each draw takes the first remaining questions of its pool in its random order. If an earlier draw has taken the
    questions that a later one needs, the earlier one switches to others: the draws fail only if no allocation satisfies
    all of them. What one draw takes beyond its `least` never prevents another from being filled.

    Raises:
        Refused: `draw_too_small`: there are not enough questions; `slot` is the slot that could not be filled, `needed`
            how many questions it must draw, and `found` how many different ones the earlier slots leave for it.
    """
    excluded = {identities.get(question, question) for question in taken}
    candidates = [_candidates(_in_turn(seed, draw), excluded, identities) for draw in draws]
    every = [list(by_identity) for by_identity in candidates]
    unseen = [
        [identity for identity, question in by_identity.items() if question not in draw.repeats]
        for draw, by_identity in zip(draws, candidates, strict=True)
    ]
    owner: dict[str, int] = {}
    _assign(unseen, [draw.needed for draw in draws], owner)
    _assign(every, [draw.needed for draw in draws], owner)
    _refuse_unfilled(draws, owner)
    _assign(unseen, [draw.count for draw in draws], owner)
    _assign(every, [draw.count for draw in draws], owner)
    return [
        [question for identity, question in candidates[number].items() if owner.get(identity) == number]
        for number in range(len(draws))
    ]


def _in_turn(seed: bytes, draw: Draw) -> list[str]:
    """Return the pool of a draw in its random order, repeats last."""
    return sorted(
        seeded_order(seed, f"slot {draw.slot}", set(draw.pool)), key=lambda question: question in draw.repeats
    )


def _assign(preferences: Sequence[Sequence[str]], counts: Sequence[int], owner: dict[str, int]) -> None:
    """Assign identities to each draw, in order, until it has as many as it should or there are no more for it."""
    for number, count in enumerate(counts):
        for _ in range(count - _owned(number, owner)):
            if not _assign_one(number, preferences, owner):
                break


def _owned(number: int, owner: Mapping[str, int]) -> int:
    return sum(draw == number for draw in owner.values())


def _refuse_unfilled(draws: Sequence[Draw], owner: Mapping[str, int]) -> None:
    for number, draw in enumerate(draws):
        found = _owned(number, owner)
        if found < draw.needed:
            message = f"Slot {draw.slot} needs {draw.needed} different questions, found {found}"
            raise Refused("draw_too_small", message, slot=draw.slot, needed=draw.needed, found=found)


def _candidates(ordered: Iterable[str], excluded: Collection[str], identities: Mapping[str, str]) -> dict[str, str]:
    """Return the first question of each identity, in the given order, without the excluded identities."""
    found: dict[str, str] = {}
    for question in ordered:
        identity = identities.get(question, question)
        if identity not in excluded:
            found.setdefault(identity, question)
    return found


def _assign_one(draw: int, preferences: Sequence[Sequence[str]], owner: dict[str, int]) -> bool:
    """Assign one more identity to a draw; other draws may switch their identities along a shortest augmenting path."""
    released: dict[int, str] = {}
    reached: dict[str, int] = {}
    queue = deque([draw])
    while queue:
        number = queue.popleft()
        for identity in preferences[number]:
            if identity in reached or owner.get(identity) == number:
                continue
            reached[identity] = number
            if identity not in owner:
                owner[identity] = number
                while number != draw:  # pass the released identities back along the path
                    passed_on = released[number]
                    number = owner[passed_on] = reached[passed_on]
                return True
            if owner[identity] != draw and owner[identity] not in released:
                released[owner[identity]] = identity
                queue.append(owner[identity])
    return False
