"""The questions of a paper with their places, and what its taker sees of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts, PaperItem
from quizkit.crud.attempts._paper.content import PublishedContent, PublishedQuestion, PublishedSlot
from quizkit.crud.attempts._paper.load import content_of_attempt, drawn_keys, pinned_keys, questions_of
from quizkit.questions import View
from quizkit.questions._guards import stored
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.rules import navigation
from quizkit.rules.closing_times import NO_LIMITS, Limits
from quizkit.rules.drawing import SeededRandom
from quizkit.rules.navigation import ANYWHERE, Reach

__all__ = ["PaperSlot", "keys_of", "paper_slots", "permuted", "section_numbers", "sequential_pages"]


@dataclass(frozen=True, slots=True)
class PaperSlot:
    """One question of a paper, with its place on the paper."""

    number: int
    item: PaperItem
    published: PublishedSlot
    question: PublishedQuestion
    reach: Reach
    section: int
    show_tags: bool
    limits: Limits = NO_LIMITS

    @property
    def public_question_id(self) -> uuid.UUID | None:
        """The id of the question, as its taker may see it: none of a drawn one (decision 0076)."""
        return self.question.question_id if self.item.digest is None else None

    @property
    def public_tags(self) -> tuple[str, ...]:
        """The tags of the question, if its author lets takers see them."""
        return self.question.tags if self.show_tags else ()


def paper_slots(work: Work[S], facts: AttemptFacts, numbers: Iterable[int] | None = None) -> dict[int, PaperSlot]:
    """Return questions of a paper by number: the given ones, or all."""
    content = content_of_attempt(work, facts)
    wanted = range(1, len(facts.paper) + 1) if numbers is None else sorted(set(numbers))
    items = {number: facts.paper[number - 1] for number in wanted}
    sections = section_numbers(facts, content)
    questions = questions_of(work, content, items.values())
    if content.sequential:
        pages = sequential_pages(facts, content)
        reach = {item.page: navigation.reachable_pages(pages, item.page) for item in items.values()}
    else:
        reach = dict.fromkeys((item.page for item in items.values()), ANYWHERE)
    slots = {
        number: _slot(content, sections, number, item, questions[item], reach[item.page])
        for number, item in items.items()
    }
    return _with_limits(facts, content, slots) if content.is_limited else slots


def _with_limits(
    facts: AttemptFacts, content: PublishedContent, slots: Mapping[int, PaperSlot]
) -> dict[int, PaperSlot]:
    """Return questions of a paper with their time limits."""
    first_pages: dict[int, int] = {}
    for item in facts.paper:
        first_pages.setdefault(content.slots[item.place].section, item.page)

    def limits_of(slot: PaperSlot) -> Limits:
        section = slot.published.section
        return Limits(
            question=slot.published.time_limit_seconds,
            section=content.sections[section].time_limit_seconds,
            page=slot.item.page,
            first_page=first_pages[section],
        )

    return {number: replace(slot, limits=limits_of(slot)) for number, slot in slots.items()}


def _slot(
    content: PublishedContent,
    sections: Mapping[int, int],
    number: int,
    item: PaperItem,
    question: PublishedQuestion,
    reach: Reach,
) -> PaperSlot:
    published = content.slots[item.place]
    show_tags = content.sections[published.section].show_tags
    return PaperSlot(number, item, published, question, reach, sections[published.section], show_tags)


def section_numbers(facts: AttemptFacts, content: PublishedContent) -> dict[int, int]:
    """Return the number of each section on a paper, from 1; with shuffled sections it is not that in the quiz."""
    numbers: dict[int, int] = {}
    for item in facts.paper:
        numbers.setdefault(content.slots[item.place].section, len(numbers) + 1)
    return numbers


def keys_of(work: Work[S], facts: AttemptFacts, slots: Iterable[PaperSlot]) -> dict[uuid.UUID, GuardedQuestion]:
    """Return the questions of some slots with their keys, by revision id."""
    every = list(slots)
    known: dict[uuid.UUID, GuardedQuestion] = {}
    if any(slot.item.digest is None for slot in every):
        known.update(pinned_keys(work, facts))
    drawn = {slot.item: slot.question.revision_id for slot in every if slot.item.digest is not None}
    known.update(drawn_keys(work, drawn))
    return known


def sequential_pages(facts: AttemptFacts, content: PublishedContent) -> list[bool]:
    """Return for each page of a paper, in order, whether a taker who leaves it cannot return."""
    pages = [False] * max(item.page for item in facts.paper)
    for item in facts.paper if content.sequential else ():
        pages[item.page - 1] = pages[item.page - 1] or item.place in content.sequential
    return pages


def permuted(paper_slot: PaperSlot, facts: AttemptFacts) -> View:
    """Return what the taker of an attempt sees of a question.

    Each question has its own random stream, so that adding a question never reshuffles the options of the others.
    """
    rng = SeededRandom(facts.seed, f"question {paper_slot.question.question_id}")
    return stored.permuted(paper_slot.question.view, paper_slot.question.revision_id, rng)
