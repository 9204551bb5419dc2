"""Composing the paper of an attempt from a quiz and a seed: which questions, in which order, on which page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from quizkit.rules.drawing import Draw, allocate_draws, seeded_order
from quizkit.rules.navigation import Place, pages_of

__all__ = ["Entry", "SectionPlan", "SlotPlan", "compose"]

_NO_IDENTITIES: Final[Mapping[str, str]] = MappingProxyType({})
_NO_REPEATS: Final[Mapping[int, Collection[str]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A slot of a quiz, counted from 1: one question, or `draw` questions from a pool, of which `least` are enough."""

    place: int
    question: str | None = None
    draw: int = 0
    least: int | None = None


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """A section: its slots, in the author's order."""

    slots: tuple[SlotPlan, ...]
    shuffle: bool = False
    per_page: int | None = None


class Entry(NamedTuple):
    """One question of a paper: the slot of the quiz that it comes from, its id, and its page."""

    place: int
    question: str
    page: int


def compose(
    seed: bytes,
    sections: Sequence[SectionPlan],
    pools: Mapping[int, Collection[str]],
    identities: Mapping[str, str] = _NO_IDENTITIES,
    repeats: Mapping[int, Collection[str]] = _NO_REPEATS,
    *,
    shuffle_sections: bool = False,
) -> list[Entry]:
    """Return the paper for a seed. No question occurs twice; `pools` has the questions for each slot that draws.

    A draw also never takes a question with the same content and key as another one: `identities` has that of each
    question, and a question that is not in it equals no other. `repeats` has for each slot that draws unseen questions
    first those of its pool that the taker has seen. Random orders sort by a hash of the seed and the id of each
    question, or the number of each section, so adding one does not reorder the others.

    Raises:
        Refused: `draw_too_small`: the pools do not have enough different questions.
    """
    slots = [slot for section in sections for slot in section.slots]
    fixed = {slot.question for slot in slots if slot.question is not None}
    draws = [
        Draw(slot.place, pools[slot.place], slot.draw, slot.least, repeats.get(slot.place, ()))
        for slot in slots
        if slot.question is None
    ]
    drawn = iter(allocate_draws(seed, draws, taken=fixed, identities=identities))
    of_sections: dict[str, list[tuple[int, str, Place]]] = {}
    for number, section in enumerate(sections, 1):
        filled = [(slot, [slot.question] if slot.question is not None else next(drawn)) for slot in section.slots]
        place_of = {question: slot.place for slot, questions in filled for question in questions}
        order = seeded_order(seed, f"section {number}", place_of) if section.shuffle else list(place_of)
        of_sections[str(number)] = [
            (place_of[question], question, Place(number, section.per_page)) for question in order
        ]
    turn = seeded_order(seed, "sections", of_sections) if shuffle_sections else of_sections
    ordered = [entry for number in turn for entry in of_sections[number]]
    pages = pages_of(where for _, _, where in ordered)
    return [Entry(place, question, page) for (place, question, _), page in zip(ordered, pages, strict=True)]
