"""Which response belongs to which of several keys, if they may be given in any order."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

__all__ = ["MAX_ASSIGNED", "best_assignment"]

MAX_ASSIGNED: Final = 8


def best_assignment(earned: Sequence[Sequence[Fraction]]) -> list[int]:
    """Return for each response the key that it is compared with, each key once, so that the sum is greatest.

    Among assignments with the same sum it is the one in which more responses have the key of their own place, and
    among those the first in the order of keys. The time is n²·2ⁿ, so there are at most `MAX_ASSIGNED` keys.

    Args:
        earned: for each response, what it earns with each key.
    """
    # The best sum, number of own places and choice of keys for the first responses, by the set of keys that they use.
    best: dict[int, tuple[Fraction, int, list[int]]] = {0: (Fraction(0), 0, [])}
    for at, row in enumerate(earned):
        longer: dict[int, tuple[Fraction, int, list[int]]] = {}
        for used, (total, own, keys) in best.items():
            for key, fraction in enumerate(row):
                if used >> key & 1:
                    continue
                found = (total + fraction, own + (key == at), [*keys, key])
                known = longer.get(used | 1 << key)
                if known is None or (found[:2], [-k for k in found[2]]) > (known[:2], [-k for k in known[2]]):
                    longer[used | 1 << key] = found
        best = longer
    return best[(1 << len(earned)) - 1][2]
