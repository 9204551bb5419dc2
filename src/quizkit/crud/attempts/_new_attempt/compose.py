"""Choose the questions for the paper of a new attempt: those of the quiz, and draws from the banks as they are now."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.tables import in_batches
from quizkit.crud.attempts._facts.facts import PaperItem
from quizkit.crud.attempts._new_attempt import statements
from quizkit.crud.attempts._paper.content import PublishedContent, digest_of
from quizkit.crud.attempts._paper.load import published_content
from quizkit.crud.questions.pools import find_pool
from quizkit.rules import papers, scoring
from quizkit.rules.requirements import RequiredSlot, Requirement, requirements_of
from quizkit.vocabulary import Counting

__all__ = ["NewPaper", "compose", "compose_again"]


class NewPaper(NamedTuple):
    """The paper of a new attempt, the maximum score of its questions that count, and what must be passed."""

    items: tuple[PaperItem, ...]
    max_score: Decimal
    requirements: tuple[Requirement, ...]


class _Candidate(NamedTuple):
    """A drawable question in its latest revision."""

    revision_id: uuid.UUID
    content_hash: str
    identity: str


def compose(work: Work[S], terms: Row[Any], seed: bytes, taker: S, *, hidden_attempts: int = 0) -> NewPaper:
    """Return the paper that a seed determines for a quiz; draws use the banks as they are now.

    `hidden_attempts` is the number of the taker's attempts in this assignment that the snapshot may not show.

    Raises:
        Refused: `draw_too_small`.
    """
    content = published_content(work, terms.revision_id, terms.content_hash)
    candidates, pools, repeats = _pools(work, content, terms.assignment_id, taker, hidden_attempts)
    sections = tuple(section.plan for section in content.sections.values())
    if terms.shuffle_questions:
        sections = tuple(
            papers.SectionPlan(section.slots, shuffle=True, per_page=section.per_page) for section in sections
        )
    identities = {question_id: found.identity for question_id, found in candidates.items()}
    if candidates:
        pinned = (slot.question for slot in content.slots.values() if slot.question is not None)
        identities |= {str(found.question_id): found.identity for found in pinned if found.identity is not None}
    items = tuple(
        _item(content, place, question, page, candidates)
        for place, question, page in papers.compose(
            seed, sections, pools, identities, repeats, shuffle_sections=terms.shuffle_sections
        )
    )
    return NewPaper(items, _max_score(content, items), _requirements(content, items))


def compose_again(work: Work[S], terms: Row[Any], last: Row[Any]) -> NewPaper:
    """Return the paper of an earlier attempt at the same revision of a quiz."""
    content = published_content(work, terms.revision_id, terms.content_hash)
    items = tuple(PaperItem.read(item) for item in last.paper)
    return NewPaper(items, _max_score(content, items), _requirements(content, items))


def _pools(
    work: Work[S], content: PublishedContent, assignment_id: uuid.UUID, taker: S, hidden_attempts: int
) -> tuple[dict[str, _Candidate], dict[int, list[str]], dict[int, frozenset[str]]]:
    """Return the drawable questions, for each drawing slot the ids it may use, and which of them it uses last."""
    tells_apart = any(slot.draw and (slot.draw.fresh or slot.draw.unseen_first) for slot in content.draws)
    seen = _seen_before(work, assignment_id, taker, hidden_attempts) if tells_apart else set()
    candidates: dict[str, _Candidate] = {}
    pools: dict[int, list[str]] = {}
    repeats: dict[int, frozenset[str]] = {}
    for slot in content.draws:
        if slot.draw is not None:
            draw = slot.draw
            rows = find_pool(work, draw.bank_id, draw.category_id, list(draw.tags))
            found = {str(row.id): _Candidate(row.revision_id, row.content_hash, row.identity) for row in rows}
            candidates |= found
            known = frozenset(key for key, row in found.items() if {key, row.identity} & seen)
            place = slot.plan.place
            pools[place] = [key for key in found if not (draw.fresh and key in known)]
            repeats[place] = known if draw.unseen_first else frozenset()
    return candidates, pools, repeats


def _seen_before(work: Work[S], assignment_id: uuid.UUID, taker: S, hidden_attempts: int) -> set[str]:
    """Return the ids and identities of the questions in a taker's earlier attempts."""
    rows = list(work.run(statements.papers_before, {"__taker": taker}))
    if hidden_attempts and work.on_mariadb:
        here = {"assignment_id": assignment_id, "__taker": taker, "__numbers": list(range(1, hidden_attempts + 1))}
        rows += work.run(statements.papers_now, here)
    revisions = {uuid.UUID(PaperItem.read(item).revision) for row in rows for item in row.paper}
    build = statements.questions_now if hidden_attempts else statements.questions_of
    return {
        seen
        for step in in_batches(revisions)
        for row in work.run(build, {"__revisions": step})
        for seen in (str(row.question_id), row.identity)
    }


def _item(
    content: PublishedContent, place: int, question: str, page: int, candidates: Mapping[str, _Candidate]
) -> PaperItem:
    pinned = content.slots[place].question
    if pinned is not None:
        return PaperItem(place, str(pinned.revision_id), page)
    found = candidates[question]
    return PaperItem(place, str(found.revision_id), page, digest_of(question, found.content_hash))


def _max_score(content: PublishedContent, items: Iterable[PaperItem]) -> Decimal:
    """Return the sum of the max points of a paper's questions that count."""
    slots = (content.slots[item.place] for item in items)
    total, _ = scoring.total(slot.max_points for slot in slots if slot.counting is Counting.COUNTS)
    return total


def _requirements(content: PublishedContent, items: Iterable[PaperItem]) -> tuple[Requirement, ...]:
    """Return what must be passed on a paper."""
    slots = {
        number: RequiredSlot(slot.section, slot.counting, slot.max_points, slot.pass_share)
        for number, slot in enumerate((content.slots[item.place] for item in items), 1)
    }
    return requirements_of(slots, {number: section.pass_share for number, section in content.sections.items()})
