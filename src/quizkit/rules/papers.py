"""From a quiz and a seed to the paper of one attempt: which questions, in which order, on which page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from quizkit.rules.drawing import Draw, allocate_draws, seeded_order
from quizkit.rules.navigation import Place, pages_of

__all__ = ["Entry", "SectionPlan", "SlotPlan", "compose"]

_NONE_ALIKE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A place of a quiz, from 1: for one question, or for `draw` questions of a pool."""

    place: int
    question: str | None = None
    draw: int = 0


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """A section: its slots, in the author's order."""

    slots: tuple[SlotPlan, ...]
    shuffle: bool = False
    per_page: int | None = None


class Entry(NamedTuple):
    """One question of a paper: the place that it comes from, itself, and its page."""

    place: int
    question: str
    page: int


def compose(
    seed: bytes,
    sections: Sequence[SectionPlan],
    pools: Mapping[int, Collection[str]],
    alike: Mapping[str, str] = _NONE_ALIKE,
) -> list[Entry]:
    """Return the paper that a seed makes. No question comes twice; `pools` has the questions of each place that draws.

    Nor does a draw bring one that asks the same as another: `alike` has what each asks, and one that is not in it is like
    no other. Draws and orders are lots that each question draws by itself, so a question that is added moves none of the others.

    Raises:
        Refused: `draw_too_small`: the pools have not enough different questions.
    """
    slots = [slot for section in sections for slot in section.slots]
    fixed = {slot.question for slot in slots if slot.question is not None}
    draws = [Draw(slot.place, pools[slot.place], slot.draw) for slot in slots if slot.question is None]
    given = iter(allocate_draws(seed, draws, taken=fixed, alike=alike))
    asked: list[tuple[int, str, Place]] = []
    for number, section in enumerate(sections, 1):
        filled = [(slot, [slot.question] if slot.question is not None else next(given)) for slot in section.slots]
        place_of = {question: slot.place for slot, questions in filled for question in questions}
        order = seeded_order(seed, f"section {number}", place_of) if section.shuffle else list(place_of)
        asked += [(place_of[question], question, Place(number, section.per_page)) for question in order]
    pages = pages_of(where for _, _, where in asked)
    return [Entry(place, question, page) for (place, question, _), page in zip(asked, pages, strict=True)]
