"""The result of each section of an attempt: which part of its score comes from which section."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from quizkit.rules import scoring
from quizkit.rules.lateness import Counted
from quizkit.vocabulary import Counting

__all__ = ["SectionScore", "SectionSlot", "max_scores", "section_scores"]


@dataclass(frozen=True, slots=True)
class SectionSlot:
    """One question of a paper.

    Attributes:
        section: the number of its section.
        counting: whether its points count.
        max_points: the points for a full answer.
        counted: the result of its response; None without a response.
    """

    section: int
    counting: Counting
    max_points: Decimal
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class SectionScore:
    """The result of a section: the sum of the known points, and whether manual grading may change it."""

    score: Decimal
    needs_grading: bool


def max_scores(slots: Iterable[SectionSlot]) -> Mapping[int, Decimal]:
    """Return for each section the sum of the points of its questions that count, without extra credit."""
    return {
        section: scoring.total(slot.max_points for slot in found if slot.counting is Counting.COUNTS)[0]
        for section, found in _by_section(slots).items()
    }


def section_scores(slots: Iterable[SectionSlot]) -> Mapping[int, SectionScore]:
    """Return the result of each section. The scores of all sections add up to the score of the attempt."""
    return {section: _score(found) for section, found in _by_section(slots).items()}


def _score(slots: Iterable[SectionSlot]) -> SectionScore:
    counted = [slot.counted for slot in slots if slot.counted is not None and slot.counting is not Counting.IGNORED]
    score, _ = scoring.total(found.known for found in counted)
    return SectionScore(score, any(found.points is None for found in counted))


def _by_section(slots: Iterable[SectionSlot]) -> dict[int, list[SectionSlot]]:
    found: dict[int, list[SectionSlot]] = {}
    for slot in slots:
        found.setdefault(slot.section, []).append(slot)
    return found
