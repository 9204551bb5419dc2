"""What a host's own rule of who may start an attempt is asked."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

from quizkit.crud._core.context import S

__all__ = ["AccessCheck", "AccessRequest", "request_of"]


@dataclass(frozen=True, slots=True)
class AccessRequest(Generic[S]):
    """Somebody wants to start an attempt, or to go on with one: what a host's own check is asked.

    Attributes:
        quiz_id: the quiz.
        assignment_id: the assignment.
        context: what the host calls the assignment.
        taker: who wants to.
        groups: the groups that the host named.
        credentials: what the host passed on from them, such as a password or an address.
        going_on: whether the attempt is there already.
        now: the moment.
    """

    quiz_id: uuid.UUID
    assignment_id: uuid.UUID
    context: str | None
    taker: S
    groups: tuple[str, ...]
    credentials: Mapping[str, Any]
    going_on: bool
    now: datetime


AccessCheck = Callable[[AccessRequest[Any]], None]
"""A host's own rule: it raises `Refused` with a code of the host's, or lets the taker in."""


def request_of(
    terms: Any, taker: S, groups: tuple[str, ...], credentials: Mapping[str, Any], *, going_on: bool, now: datetime
) -> AccessRequest[S]:
    """Return what a host's own check is asked."""
    return AccessRequest(terms.id, terms.assignment_id, terms.context, taker, groups, credentials, going_on, now)
