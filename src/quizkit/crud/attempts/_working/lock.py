"""Lock an attempt that its taker works on, and reject what may not be done in it now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._facts.load import no_attempt
from quizkit.crud.attempts._paper.slots import PaperSlot
from quizkit.crud.attempts._working import statements
from quizkit.errors import Refused
from quizkit.rules import timing
from quizkit.vocabulary import AttemptState

__all__ = ["locked_open", "page_refusal", "refuse_page"]


def locked_open(work: Work[S], facts: AttemptFacts) -> Row[Any]:
    """Lock the attempt and return it, if it is open and in time.

    Raises:
        NotFound: `attempt_not_found`: the attempt does not match its cached facts.
        Refused: `attempt_submitted`, `attempt_overdue`.
    """
    row = work.first(statements.lock, {"_attempt": facts.attempt_id, "_taker": facts.taker})
    if row is None or not facts.is_of(row):
        raise no_attempt()  # the cached facts are outdated: `with_known_facts` reads them again
    if row.state != AttemptState.OPEN:
        raise Refused("attempt_submitted", "The attempt is submitted; responses are no longer accepted")
    if timing.state_at(AttemptState.OPEN, row.accepts_until, work.now) is AttemptState.OVERDUE:
        raise Refused("attempt_overdue", "The deadline has passed; responses are no longer accepted")
    return row


def refuse_page(row: Any, slot: PaperSlot) -> None:
    """Raise `Refused` if the question is not on a page that the taker may use now."""
    if not slot.within(row.current_page):
        raise page_refusal(row.current_page, slot.item.page)


def page_refusal(current: int, page: int) -> Refused:
    """Return the error for a page that cannot be reached from the current one."""
    if page < current:
        return Refused("page_left", "You cannot go back to this page")
    return Refused("page_ahead", "Visit the pages before this one first")
