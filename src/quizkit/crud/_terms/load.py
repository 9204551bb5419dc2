"""Load and merge the access rules that apply to a taker: from the quiz, the assignment, groups and the taker."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._terms import statements
from quizkit.crud._terms.chosen import assignment_not_found, refuse_neither
from quizkit.crud._terms.policy import POLICY, access_settings, accommodation_of, overrides_of, settings_of
from quizkit.errors import NotFound
from quizkit.rules import access, lifecycle
from quizkit.schemas import AccessEffect
from quizkit.vocabulary import QuizState, TimeUp

__all__ = [
    "effect_of",
    "events_of",
    "of_assignment",
    "of_quiz",
    "refuse_unpublished",
    "resolved",
    "terms_of",
    "terms_to_start",
]


def terms_of(work: Work[S], quiz_id: uuid.UUID | None, assignment_id: uuid.UUID | None) -> Row[Any]:
    """Return the terms of an assignment, also by its quiz; without `assignment_id`, of the default assignment.

    Raises:
        NotFound: `quiz_not_found`, `assignment_not_found`.
        UsageError: `quiz_or_assignment`.
    """
    refuse_neither(quiz_id, assignment_id)
    build = statements.terms if assignment_id is None else statements.terms_in_assignment
    if quiz_id is None:
        build = statements.terms_here
    found = work.first(build, {"quiz_id": quiz_id, "assignment_id": assignment_id})
    if found is None:
        if assignment_id is None:
            raise NotFound("quiz_not_found", "There is no such quiz")
        raise assignment_not_found(quiz_id)
    return found


def terms_to_start(work: Work[S], quiz_id: uuid.UUID | None, assignment_id: uuid.UUID | None) -> Row[Any]:
    """Return the same terms with the assignment locked, so that they still apply when the attempt is stored.

    Raises:
        NotFound: `quiz_not_found`, `assignment_not_found`.
        Refused: `quiz_not_published`, `quiz_archived`.
        UsageError: `quiz_or_assignment`.
    """
    refuse_neither(quiz_id, assignment_id)
    build = statements.terms_now if assignment_id is None else statements.terms_in_assignment_now
    if quiz_id is None:
        build = statements.terms_here_now
    params = {"quiz_id": quiz_id, "assignment_id": assignment_id}
    found = work.first(build, params)
    if found is None:
        refuse_unpublished(terms_of(work, quiz_id, assignment_id))
        found = work.run(build, params).one()  # it has just been published
    refuse_unpublished(found)
    return found


def refuse_unpublished(terms: Row[Any]) -> None:
    """Raise `Refused` if the quiz has no published revision."""
    if terms.assignment_id is None or terms.revision_id is None:
        lifecycle.refuse_start(QuizState(terms.quiz_state), published=False)


def events_of(work: Work[S], assignment_id: uuid.UUID, taker: S, groups: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the access events for a taker and for groups in an assignment, in order."""
    params = {"assignment_id": assignment_id, "taker_id": taker, "__groups": list(groups)}
    return work.run(statements.access_events, params).all()


def resolved(terms: Any, events: Sequence[Any], now: datetime) -> dict[str, access.Explained]:
    """Return the access values that apply at `now`, each with the rule it comes from.

    Args:
        terms: the policy of the published revision, and the settings of the assignment.
        events: the access events of one taker and of their groups, in order.
        now: the time.
    """
    overrides = overrides_of(events)
    return access.resolve(
        of_quiz(terms),
        of_assignment(terms),
        groups={group: settings for group, settings in overrides.items() if group is not None},
        taker=overrides.get(None),
        person=accommodation_of(events),
        now=now,
    )


def effect_of(rules: access.Access, now: datetime) -> AccessEffect:
    """Return when an attempt under these rules would begin and end."""
    return AccessEffect.model_validate(access.ending(rules, now))


def of_quiz(terms: Any) -> dict[str, Any]:
    """Return the access settings of a published revision."""
    stored = access_settings({name: getattr(terms, name) for name in POLICY})
    return {**stored, "time_up": TimeUp(terms.time_up), "delays_seconds": tuple(terms.delays_seconds)}


def of_assignment(terms: Any) -> dict[str, Any]:
    """Return the access settings of an assignment."""
    window = {name: getattr(terms, name) for name in access.WINDOW}
    own = {name: value for name, value in window.items() if value is not None}
    return {**own, **access_settings(settings_of(terms).explicit_values())}
