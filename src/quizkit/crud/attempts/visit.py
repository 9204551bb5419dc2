"""Go to the page of a question."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts import statements
from quizkit.crud.attempts._facts.facts import facts_of
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._paper.load import content_of_attempt
from quizkit.crud.attempts._paper.slots import sequential_pages
from quizkit.crud.attempts._review.paper import paper_of
from quizkit.crud.attempts._working.lock import locked_open
from quizkit.crud.attempts._working.notes import note
from quizkit.crud.attempts._working.slot import refuse_slot
from quizkit.rules import answering, closing_times, navigation, timing
from quizkit.schemas import Paper

__all__ = ["visit"]


def visit(work: Work[S], taker: S, attempt_id: uuid.UUID, number: int) -> Paper:
    """Go to the page of a question and start its clock; the clock of the previous question stops."""
    facts = facts_of(attempt_row(work, attempt_id, taker))
    refuse_slot(facts, number)
    page = facts.paper[number - 1].page
    locked = locked_open(work, facts)
    content = content_of_attempt(work, facts)
    pages = sequential_pages(facts, content)
    if not navigation.may_turn(pages, locked.current_page, page):
        raise answering.page_refusal(locked.current_page, page)
    since = timing.received_at(facts.started_at, work.now)
    opened = closing_times.with_visit(page, locked.opened, since) if content.is_limited else locked.opened
    position = {"__current_page": page, "__current_slot": number, "__current_since": since, "__opened": opened}
    note(work, facts, locked.notes, locked.current_slot, _spent(locked, since), **position)
    return paper_of(work, attempt_row(work, attempt_id, taker, statements.mine_now))


def _spent(locked: Row[Any], until: datetime) -> dict[str, Any]:
    """Return the time spent on the current slot, by the server's clock."""
    if locked.current_slot is None or locked.current_since is None:
        return {}
    before = locked.notes.get(str(locked.current_slot), {}).get("spent", 0)
    return {"spent": timing.time_spent(before, locked.current_since, until)}
