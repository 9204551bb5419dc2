"""Lock an attempt that its taker works on, and reject what may not be done in it now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._facts.load import stale_facts
from quizkit.crud.attempts._paper.slots import PaperSlot
from quizkit.crud.attempts._working import statements
from quizkit.rules import answering, closing_times
from quizkit.vocabulary import AttemptState

__all__ = ["locked_open", "refuse_closed", "refuse_page"]


def locked_open(work: Work[S], facts: AttemptFacts) -> Row[Any]:
    """Lock the attempt and return it, if it is open and not overdue.

    Raises:
        NotFound: `attempt_not_found`: the attempt does not match its cached facts.
        Refused: `attempt_submitted`, `attempt_overdue`.
    """
    row = work.first(statements.lock, {"__attempt": facts.attempt_id, "__taker": facts.taker})
    if row is None or not facts.is_of(row):
        raise stale_facts()
    answering.refuse_ended(AttemptState(row.state), row.accepts_until, work.now)
    return row


def refuse_page(row: Any, slot: PaperSlot) -> None:
    """Raise `Refused` if the question is not on a page that the taker may use now."""
    answering.refuse_page(slot.reach, row.current_page, slot.item.page)


def refuse_closed(work: Work[S], facts: AttemptFacts, row: Any, slot: PaperSlot) -> None:
    """Raise `Refused` if the time for the question or for its section has ended; `row` is the locked attempt."""
    policy = facts.policy
    closing_times.refuse_closed(
        slot.limits, row.opened, facts.started_at, work.now, factor=policy.time_factor, grace=policy.grace_seconds
    )
