"""Responses that are sent together with a submit: each is stored by itself, and none is lost because of another."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from quizkit.crud._core.context import S
from quizkit.crud.attempts import response_statements as answers
from quizkit.crud.attempts import statements as rows
from quizkit.crud.attempts.answer import Trying
from quizkit.crud.attempts.loading import no_attempt
from quizkit.crud.attempts.marking import is_same, marked, told_problems
from quizkit.crud.attempts.published import Opened
from quizkit.errors import Invalid, NotFound, Refused
from quizkit.schemas import SaveResponse, Sent
from quizkit.vocabulary import SaveStatus

__all__ = ["Sending"]

_OVER: Final = frozenset({"attempt_submitted", "attempt_overdue"})


class Sending(Trying[S]):
    """Storing responses together."""

    def _send(
        self, session: Session, attempt_id: uuid.UUID, given: Sequence[SaveResponse], taker: S, at: datetime
    ) -> tuple[Sent, ...]:
        """Store responses one by one, and return what became of each; the attempt stays locked."""
        locked = self._first(session, rows.lock, {"_attempt": attempt_id, "_taker": taker})
        if locked is None:
            raise no_attempt()

        def send(opened: Opened) -> tuple[Sent, ...]:
            if not opened.is_of(locked):
                raise no_attempt()  # not the one that was known: `_with_opened` looks again
            return tuple(self._sent(session, opened, data, at) for data in given)

        return self._with_opened(session, attempt_id, taker, send)

    def _sent(self, session: Session, opened: Opened, data: SaveResponse, at: datetime) -> Sent:
        try:
            saved = self._save_to(session, opened, data, at)
        except (Invalid, NotFound, Refused) as error:
            stored = self._stored_before(session, opened, data) if error.code in _OVER else None
            return stored or _refused(data.slot, error)
        return Sent(slot=saved.slot, status=saved.status, sequence=saved.sequence, problems=saved.problems)

    def _stored_before(self, session: Session, opened: Opened, data: SaveResponse) -> Sent | None:
        """Return that a response is stored already, if it is: a submit may be sent again when its reply was lost."""
        # Stored or not comes first: what else could be said would tell of questions that the taker has not reached.
        of = {"_attempt": opened.attempt_id, "_slot": data.slot}
        stored = self._first(session, answers.response_of_slot, of)
        if stored is None or stored.sequence != data.sequence:
            return None
        try:
            desk = self._desk(session, opened, self._seat(session, opened, data.slot))
            one = marked(desk.question, desk.question.read(data.response), tried=False)
        except (Invalid, Refused):
            return None
        if not is_same(desk.question, stored.response, one.response) or stored.certainty != self._certainty(
            opened, data
        ):
            return None
        told = told_problems(one.problems)
        return Sent(slot=data.slot, status=SaveStatus.STORED, sequence=data.sequence, problems=told)


def _refused(slot: int, error: Invalid | NotFound | Refused) -> Sent:
    problems = told_problems(error.problems) if isinstance(error, Invalid) else ()
    why = SaveStatus.REFUSED
    return Sent(slot=slot, status=why, code=error.code, message=error.message, problems=problems)
