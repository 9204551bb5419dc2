"""What must be passed besides the grade: questions and sections in which a share of the points must be reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from quizkit import _exact
from quizkit.rules import scoring
from quizkit.vocabulary import Counting

__all__ = ["RequiredSlot", "Requirement", "is_reached", "met", "requirements_of"]


class Requirement(NamedTuple):
    """Slots of a paper that must earn some points together; fixed when the attempt starts."""

    slots: tuple[int, ...]
    points: Decimal

    def as_json(self) -> list[Any]:
        """Return the stored form."""
        return [list(self.slots), str(self.points)]

    @classmethod
    def read(cls, stored: Sequence[Any]) -> Requirement:
        """Return a requirement from its stored form."""
        slots, points = stored
        return cls(tuple(map(int, slots)), Decimal(points))


@dataclass(frozen=True, slots=True)
class RequiredSlot:
    """One question of a paper.

    Attributes:
        section: the number of its section.
        counting: whether its points count.
        max_points: the points for a full answer.
        pass_share: the share of them that must be reached; None for any.
    """

    section: int
    counting: Counting
    max_points: Decimal
    pass_share: Fraction | None = None


def requirements_of(
    slots: Mapping[int, RequiredSlot], sections: Mapping[int, Fraction | None]
) -> tuple[Requirement, ...]:
    """Return what must be passed on a paper.

    Args:
        slots: the questions of the paper, by slot.
        sections: the share of its points that must be reached in each section; None for any.
    """
    counted = {number: slot for number, slot in slots.items() if slot.counting is not Counting.IGNORED}
    found = [
        Requirement((number,), _least(slot.pass_share, slot.max_points))
        for number, slot in counted.items()
        if slot.pass_share is not None
    ]
    for section, share in sections.items():
        if share is not None:
            within = {number: slot for number, slot in counted.items() if slot.section == section}
            most, _ = scoring.total(slot.max_points for slot in within.values() if slot.counting is Counting.COUNTS)
            found.append(Requirement(tuple(within), _least(share, most)))
    return tuple(found)


def is_reached(score: Decimal, max_score: Decimal, share: Fraction) -> bool:
    """Return whether a score reaches a share of a maximum; equality to 5 places is enough, as for the pass mark."""
    return scoring.comparable(score) >= _least(share, max_score)


def met(requirements: Iterable[Requirement], points: Mapping[int, Decimal]) -> bool:
    """Return whether all requirements are met.

    Args:
        requirements: what must be passed.
        points: the points of the slots that have a response.
    """
    return all(
        scoring.comparable(_exact.total(points.get(slot, Decimal(0)) for slot in requirement.slots))
        >= requirement.points
        for requirement in requirements
    )


def _least(share: Fraction, most: Decimal) -> Decimal:
    return _exact.plain(_exact.rounded(share * Fraction(most), 5, half_up=True))
