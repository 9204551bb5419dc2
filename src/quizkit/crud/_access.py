"""What a taker may do now: the rules of a quiz, an assignment, groups and persons, and the host's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Generic

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit.crud import _offer_rows as rows
from quizkit.crud._policy import POLICY, access_settings, overrides_of, settings_of
from quizkit.crud._sittings import Sittings
from quizkit.crud._verbs import S
from quizkit.errors import NotFound
from quizkit.rules import access, lifecycle
from quizkit.schemas import AccessEffect, AccommodationSettings
from quizkit.vocabulary import AccessKind, QuizState, TimeUp

__all__ = ["AccessCheck", "AccessRequest", "Accessing"]


@dataclass(frozen=True, slots=True)
class AccessRequest(Generic[S]):
    """Somebody wants to start an attempt, or to go on with one: what a host's own check is asked.

    Attributes:
        quiz_id: the quiz.
        assignment_id: the assignment.
        context: what the host calls the assignment.
        taker: who wants to.
        groups: the groups that the host named.
        presented: what the host passed on from them, such as a password or an address.
        going_on: whether the attempt is there already.
        now: the moment.
    """

    quiz_id: uuid.UUID
    assignment_id: uuid.UUID
    context: str | None
    taker: S
    groups: tuple[str, ...]
    presented: Mapping[str, Any]
    going_on: bool
    now: datetime


AccessCheck = Callable[[AccessRequest[Any]], None]
"""A host's own rule: it raises `Refused` with a code of the host's, or lets the taker in."""


class Accessing(Sittings[S]):
    """What starting and explaining share."""

    def _offer_to_start(self, session: Session, quiz_id: uuid.UUID, assignment_id: uuid.UUID | None) -> Row[Any]:
        """Return what a quiz offers, its assignment locked: what is decided from it holds until the attempt is there."""
        build = rows.offer_now if assignment_id is None else rows.offer_of_assignment_now
        of = {"quiz_id": quiz_id, "assignment_id": assignment_id}
        found = self._first(session, build, of)
        if found is None:
            refuse_unpublished(self._offer(session, quiz_id, assignment_id))
            found = self._run(session, build, of).one()  # it was published this moment
        refuse_unpublished(found)
        return found

    def _offer(self, session: Session, quiz_id: uuid.UUID, assignment_id: uuid.UUID | None) -> Row[Any]:
        if assignment_id is None:
            found = self._first(session, rows.offer, {"quiz_id": quiz_id})
        else:
            values = {"quiz_id": quiz_id, "assignment_id": assignment_id}
            found = self._first(session, rows.offer_of_assignment, values)
        if found is None:
            code, what = ("quiz_not_found", "quiz") if assignment_id is None else ("assignment_not_found", "assignment")
            raise NotFound(code, f"There is no such {what}")
        return found

    def _resolved(
        self, session: Session, offer: Row[Any], taker: S, groups: tuple[str, ...], now: datetime
    ) -> dict[str, access.Explained]:
        """Return what holds for a taker, each value with its rule."""
        values = {"assignment_id": offer.assignment_id, "_taker": taker, "_groups": list(groups)}
        return resolved(offer, self._run(session, rows.said, values).all(), now)


def resolved(offer: Any, events: Sequence[Any], now: datetime) -> dict[str, access.Explained]:
    """Return what holds at a moment, each value with its rule.

    Args:
        offer: the policy of the published revision, and what the assignment says.
        events: what was said of one taker and of their groups, in order.
        now: the moment.
    """
    overrides = overrides_of(events)
    person = next((one.settings for one in reversed(events) if one.kind == AccessKind.ACCOMMODATION), None)
    return access.resolve(
        of_quiz(offer),
        of_assignment(offer),
        groups={group: said for (_, group), said in overrides.items() if group is not None},
        taker=next((said for (_, group), said in overrides.items() if group is None), None),  # of no other taker
        person=_accommodation(person) if person else None,
        now=now,
    )


def effect_of(held: access.Access, now: datetime) -> AccessEffect:
    """Return when an attempt would begin and end under these rules."""
    return AccessEffect.model_validate(access.ending(held, now))


def of_quiz(offer: Any) -> dict[str, Any]:
    """Return what a published revision says about access."""
    return {**access_settings({name: getattr(offer, name) for name in POLICY}), "time_up": TimeUp(offer.time_up)}


def of_assignment(offer: Any) -> dict[str, Any]:
    """Return what an assignment says about access."""
    window = {name: getattr(offer, name) for name in access.WINDOW}
    said = {name: value for name, value in window.items() if value is not None}
    return {**said, **access_settings(settings_of(offer).said())}


def _accommodation(settings: Mapping[str, Any]) -> access.Accommodation:
    read = AccommodationSettings.model_validate(settings)
    return access.Accommodation(Fraction(read.time_factor), read.extra_seconds)


def request_of(
    offer: Any, taker: S, groups: tuple[str, ...], presented: Mapping[str, Any], *, going_on: bool, now: datetime
) -> AccessRequest[S]:
    """Return what a host's own check is asked."""
    return AccessRequest(offer.id, offer.assignment_id, offer.context, taker, groups, presented, going_on, now)


def refuse_unpublished(offer: Row[Any]) -> None:
    if offer.assignment_id is None or offer.revision_id is None:
        lifecycle.refuse_start(QuizState(offer.state), published=False)
