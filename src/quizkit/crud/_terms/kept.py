"""What an attempt keeps about access: the groups named at its start, and the exceptions that apply to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

__all__ = ["NOTHING_KEPT", "Kept", "KeptEvent"]


class KeptEvent(NamedTuple):
    """An exception that applies to an attempt, with the columns of its access event that decide what it changes."""

    id: str
    kind: str
    group_name: str | None
    settings: Mapping[str, Any]

    @property
    def subject(self) -> tuple[str, str | None]:
        """Whose exception it is, and of which kind: an attempt has one of each."""
        return self.kind, self.group_name


class Kept(NamedTuple):
    """The groups and exceptions of one attempt."""

    groups: tuple[str, ...]
    events: tuple[KeptEvent, ...]

    @classmethod
    def of(cls, events: Iterable[Any], groups: Sequence[str]) -> Kept:
        """Return what an attempt that starts now keeps of the access events about its taker, in order."""
        kept = (KeptEvent(str(event.id), event.kind, event.group_name, event.settings) for event in events)
        in_force = {event.subject: event for event in kept}
        return cls(tuple(groups), tuple(event for event in in_force.values() if event.settings))

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Kept:
        """Return it from its stored JSON."""
        return cls(tuple(stored["groups"]), tuple(KeptEvent(*event) for event in stored["events"]))

    def as_json(self) -> dict[str, Any]:
        """Return it as stored JSON."""
        return {"groups": list(self.groups), "events": [list(event) for event in self.events]}

    def with_event(self, event: Any) -> Kept:
        """Return it with a new exception, which replaces the earlier one of the same kind and subject."""
        new = KeptEvent(str(event.id), event.kind, event.group_name, dict(event.settings))
        return Kept(self.groups, (*(old for old in self.events if old.subject != new.subject), new))

    def has(self, event: Any) -> bool:
        """Return whether an exception applies to the attempt."""
        return any(kept.id == str(event.id) for kept in self.events)

    def without(self, events: Iterable[Any]) -> list[Any]:
        """Return the exceptions in force that the attempt does not have, among the events about its taker, in order.

        An exception that was revoked is one of them if the attempt still has what was revoked.
        """
        in_force = {(event.kind, event.group_name): event for event in events}
        known = {event.subject: event for event in self.events}
        return [
            event
            for subject, event in in_force.items()
            if not self.has(event) and (event.settings or (subject in known and known[subject].settings))
        ]


NOTHING_KEPT: Final = Kept((), ())
