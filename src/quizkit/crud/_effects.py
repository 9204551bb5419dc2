"""What an exception comes to: whether it can have an effect at all, and when an attempt would then end."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quizkit.crud import _offer_rows as offers
from quizkit.crud._access import effect_of, of_assignment, of_quiz, resolved
from quizkit.crud._verbs import Build, Noun, S
from quizkit.errors import NotFound, Refused
from quizkit.rules import access
from quizkit.schemas import AccessEventReturn, AccessSettings

__all__ = ["Effects", "refuse_archived", "refuse_override"]


class Effects(Noun[S]):
    """What exceptions are told against."""

    def _offered(self, session: Session, assignment_id: uuid.UUID) -> Any:
        """Return an assignment with what its quiz says, for an exception from both."""
        return self._known(session, offers.offer_here, {"assignment_id": assignment_id})

    def _known(self, session: Session, build: Build, values: Mapping[str, Any]) -> Any:
        """Return what a select finds of an assignment."""
        row = self._first(session, build, values)
        if row is None:
            raise NotFound("assignment_not_found", "There is no such assignment")
        return row

    def _with_effect(
        self, session: Session, event: AccessEventReturn[S], offer: Any, at: datetime
    ) -> AccessEventReturn[S]:
        """Return an event with what it comes to, unless the quiz has no rules yet."""
        if offer.revision_id is None:
            return event
        events: Sequence[Any] = [event]
        if event.taker_id is not None:
            of = {"assignment_id": offer.assignment_id, "_taker": event.taker_id, "_groups": []}
            events = self._run(session, offers.said, of).all()
        held = access.access_of(resolved(offer, events, at))
        return event.model_copy(update={"effect": effect_of(held, at)})


def refuse_archived(assignment: Any) -> None:
    """Refuse a change of an assignment that is out of use."""
    if assignment.archived_at is not None:
        raise Refused("assignment_archived", "The assignment is archived and no longer changes")


def refuse_override(offer: Any, settings: AccessSettings) -> None:
    """Refuse an exception in an assignment that is out of use, or that contradicts itself or the assignment."""
    refuse_archived(offer)
    quiz = None if offer.revision_id is None else of_quiz(offer)
    access.refuse_without_effect(settings.said(), quiz, of_assignment(offer))
