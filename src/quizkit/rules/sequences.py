"""Which of two responses to one question is the later one. All decisions about sequences are made here."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["MAX_SEQUENCE", "Sequencing", "next_sequence", "sequencing"]

MAX_SEQUENCE: Final = 2_147_483_647


class Sequencing(NamedTuple):
    """Where a response belongs among those of its slot.

    Attributes:
        sequence: its number.
        replaces: the greatest number of a stored response that it replaces; with a greater one stored, it is stale.
    """

    sequence: int
    replaces: int


def sequencing(sequence: int | None, based_on: int | None) -> Sequencing | None:
    """Return where a response belongs that names its sequence, or what it is based on; None if it names neither.

    Without `based_on` any later response replaces an earlier one. With it, only a response that the client knew is
    replaced: edits that were made offline are stale if anybody has saved since, whatever number the client has reached.
    """
    if sequence is None:
        return None if based_on is None else Sequencing(based_on + 1, based_on)
    return Sequencing(sequence, sequence - 1 if based_on is None else based_on)


def next_sequence(stored: int, *, repeated: bool) -> Sequencing:
    """Return where a response belongs that names nothing: after the stored one (0 for none), unless it repeats that.

    A repeated one keeps the number, and replaces nothing. The greatest number is used again, because there is no other.
    """
    if repeated:
        return Sequencing(stored, stored - 1)
    return Sequencing(min(stored + 1, MAX_SEQUENCE), stored)
