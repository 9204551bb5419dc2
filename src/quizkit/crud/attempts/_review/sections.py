"""The sections of an attempt: on its paper, and their results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._paper.content import PublishedContent
from quizkit.crud.attempts._paper.load import content_of_attempt
from quizkit.crud.attempts._responses.progress import stored_of
from quizkit.crud.attempts._review.questions import StoredResponses
from quizkit.rules import lateness
from quizkit.rules.section_results import SectionSlot, max_scores, section_scores
from quizkit.schemas import PaperSection, SectionResult

__all__ = ["paper_sections", "section_results"]


def paper_sections(work: Work[S], facts: AttemptFacts) -> tuple[PaperSection, ...]:
    """Return the sections of a paper. They name no question, so that they show nothing of an unreached page."""
    content = content_of_attempt(work, facts)
    pages: dict[int, int] = {}
    for item in facts.paper:
        pages.setdefault(content.slots[item.place].section, item.page)
    scores = max_scores(_slots(facts, content, {}))
    return tuple(
        PaperSection(
            number=number,
            title=content.sections[number].title,
            page=page,
            navigation=content.sections[number].navigation,
            max_score=scores[number],
        )
        for number, page in pages.items()
    )


def section_results(work: Work[S], facts: AttemptFacts, responses: StoredResponses | None) -> tuple[SectionResult, ...]:
    """Return the results of the sections of a finished attempt; `responses` is None if marks may not be shown."""
    content = content_of_attempt(work, facts)
    slots = _slots(facts, content, {} if responses is None else responses())
    scores, found = max_scores(slots), section_scores(slots)
    return tuple(
        SectionResult(
            number=number,
            title=content.sections[number].title,
            score=None if responses is None else found[number].score,
            max_score=max_score,
            needs_grading=responses is not None and found[number].needs_grading,
        )
        for number, max_score in scores.items()
    )


def _slots(facts: AttemptFacts, content: PublishedContent, responses: Mapping[int, Any]) -> list[SectionSlot]:
    """Return the questions of a paper with the results of their responses."""
    counted = {number: lateness.counted(stored_of(row, facts.on_time_until)) for number, row in responses.items()}
    slots = [(number, content.slots[item.place]) for number, item in enumerate(facts.paper, 1)]
    return [SectionSlot(slot.section, slot.counting, slot.max_points, counted.get(number)) for number, slot in slots]
