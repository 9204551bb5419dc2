"""Submit an attempt. Each response that comes along is stored on its own, so that none is lost because of another."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._facts.load import no_attempt, stale_facts, with_known_facts
from quizkit.crud.attempts._responses import statements as response_statements
from quizkit.crud.attempts._responses.marking import is_stored_in, sent_problems
from quizkit.crud.attempts._review.outcome import outcome_of
from quizkit.crud.attempts._working import statements
from quizkit.crud.attempts._working.slot import marked_response, paper_slot, working_slot
from quizkit.crud.attempts.finish import finish_attempt
from quizkit.crud.attempts.save import save_into
from quizkit.errors import Invalid, NotFound, Refused
from quizkit.rules import timing
from quizkit.rules.sequences import sequencing
from quizkit.schemas import Outcome, SaveResponse, Sent
from quizkit.vocabulary import AttemptState, SaveStatus

__all__ = ["submit"]

_ENDED: Final = frozenset({"attempt_submitted", "attempt_overdue", "question_closed", "section_closed"})


def submit(work: Work[S], taker: S, attempt_id: uuid.UUID, responses: Sequence[SaveResponse]) -> Outcome:
    """Store responses, finish an attempt and return its result.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `submit_too_early`.
    """
    sent = _send(work, attempt_id, responses, taker) if responses else ()
    row = finish_attempt(work, attempt_id, taker)
    return outcome_of(work, row, response_statements.graded_responses_now, sent)


def _send(work: Work[S], attempt_id: uuid.UUID, responses: Sequence[SaveResponse], taker: S) -> tuple[Sent, ...]:
    """Store responses one by one, and return the status of each; the attempt stays locked.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `submit_too_early`.
    """
    # Lock first, and compare: `_sent` would take an error from stale facts for the refusal of one response.
    locked = work.first(statements.lock, {"__attempt": attempt_id, "__taker": taker})
    if locked is None:
        raise no_attempt()
    if locked.state == AttemptState.OPEN:
        # Before anything is stored: the caller gets an error, and rolls back.
        timing.refuse_early_submit(locked.submittable_at, locked.due_at, work.now)

    def send_all(facts: AttemptFacts) -> tuple[Sent, ...]:
        if not facts.is_of(locked):
            raise stale_facts()
        return tuple(_sent(work, facts, data) for data in responses)

    return with_known_facts(work, attempt_id, taker, send_all)


def _sent(work: Work[S], facts: AttemptFacts, data: SaveResponse) -> Sent:
    try:
        saved = save_into(work, facts, data)
    except (Invalid, NotFound, Refused) as error:
        stored = _stored_before(work, facts, data) if error.code in _ENDED else None
        return stored or _refused(data.slot, error)
    return Sent(slot=saved.slot, status=saved.status, sequence=saved.sequence, problems=saved.problems)


def _stored_before(work: Work[S], facts: AttemptFacts, data: SaveResponse) -> Sent | None:
    """Return the status of an already stored response, or None: a submit whose reply was lost may be sent again."""
    # Check first whether it is stored: any other result could reveal a question that the taker has not reached.
    params = {"__attempt": facts.attempt_id, "__slot": data.slot}
    stored = work.first(response_statements.response_of_slot, params)
    given = sequencing(data.sequence, data.based_on)
    if stored is None or (given is not None and stored.sequence != given.sequence):
        return None
    try:
        slot = working_slot(work, facts, paper_slot(work, facts, data.slot))
        marking = marked_response(slot, data)
    except (Invalid, Refused):
        return None
    if not is_stored_in(stored, slot.question, marking):
        return None
    problems = sent_problems(marking.problems)
    return Sent(slot=data.slot, status=SaveStatus.STORED, sequence=stored.sequence, problems=problems)


def _refused(slot: int, error: Invalid | NotFound | Refused) -> Sent:
    problems = sent_problems(error.problems) if isinstance(error, Invalid) else ()
    status = SaveStatus.REFUSED
    return Sent(slot=slot, status=status, code=error.code, message=error.message, problems=problems)
