"""The sections of an attempt: on its paper, and their results."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud._grades.compute import stored_points
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._paper.content import PublishedContent
from quizkit.crud.attempts._paper.load import content_of_attempt
from quizkit.crud.attempts._paper.slots import section_numbers
from quizkit.crud.attempts._review.questions import StoredResponses
from quizkit.rules import closing_times, lateness
from quizkit.rules.requirements import is_reached
from quizkit.rules.section_results import SectionSlot, max_scores, section_scores
from quizkit.schemas import PaperSection, SectionResult

__all__ = ["known_points", "paper_sections", "section_results"]


def paper_sections(work: Work[S], facts: AttemptFacts, opened: Mapping[str, str]) -> tuple[PaperSection, ...]:
    """Return the sections of a paper. They name no question, so that they show nothing of an unreached page.

    `opened` has the times of first visits, by page.
    """
    content = content_of_attempt(work, facts)
    pages: dict[int, int] = {}
    for item in facts.paper:
        pages.setdefault(content.slots[item.place].section, item.page)
    scores, numbers = max_scores(_slots(facts, content, {})), section_numbers(facts, content)
    return tuple(
        PaperSection(
            number=numbers[section],
            title=content.sections[section].title,
            page=page,
            navigation=content.sections[section].navigation,
            max_score=scores[section],
            pass_share=content.sections[section].pass_share,
            time_limit_seconds=content.sections[section].time_limit_seconds,
            closes_at=closing_times.closing_time(
                closing_times.opened_at(page, opened, facts.started_at),
                content.sections[section].time_limit_seconds,
                facts.policy.time_factor,
            ),
        )
        for section, page in pages.items()
    )


def section_results(
    work: Work[S], facts: AttemptFacts, responses: StoredResponses | None, *, is_graded: bool
) -> tuple[SectionResult, ...]:
    """Return the results of the sections of a finished attempt.

    Args:
        work: the call.
        facts: the attempt.
        responses: its responses; None if marks may not be shown.
        is_graded: whether no part of the attempt needs manual grading. Until then no section has passed or failed,
            because one that has failed would reveal that the attempt fails (decision 0051).
    """
    content = content_of_attempt(work, facts)
    slots = _slots(facts, content, {} if responses is None else responses())
    scores, found = max_scores(slots), section_scores(slots)
    numbers = section_numbers(facts, content)

    def result(section: int, max_score: Decimal) -> SectionResult:
        published = content.sections[section]
        hidden = SectionResult(
            number=numbers[section], title=published.title, max_score=max_score, pass_share=published.pass_share
        )
        if responses is None:
            return hidden
        score, needs_grading = found[section].score, found[section].needs_grading
        share = published.pass_share if is_graded else None
        passed = None if share is None else is_reached(score, max_score, share)
        return hidden.model_copy(update={"score": score, "needs_grading": needs_grading, "passed": passed})

    return tuple(result(section, max_score) for section, max_score in scores.items())


def known_points(facts: AttemptFacts, responses: StoredResponses) -> Mapping[int, Decimal]:
    """Return the known points of an attempt by slot."""
    return {number: counted.known for number, counted in _counted(facts, responses()).items()}


def _counted(facts: AttemptFacts, responses: Mapping[int, Any]) -> dict[int, lateness.Counted]:
    return {number: lateness.counted(stored_points(row, facts)) for number, row in responses.items()}


def _slots(facts: AttemptFacts, content: PublishedContent, responses: Mapping[int, Any]) -> list[SectionSlot]:
    """Return the questions of a paper with the results of their responses."""
    counted = _counted(facts, responses)
    slots = [(number, content.slots[item.place]) for number, item in enumerate(facts.paper, 1)]
    return [SectionSlot(slot.section, slot.counting, slot.max_points, counted.get(number)) for number, slot in slots]
