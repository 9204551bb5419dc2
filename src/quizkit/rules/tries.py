"""How often a quiz may be taken."""

from __future__ import annotations

__all__ = ["attempts_left", "may_start"]


def attempts_left(used: int, allowed: int | None) -> int | None:
    """Return how many attempts can still be started; None where there is no limit."""
    return None if allowed is None else max(0, allowed - used)


def may_start(used: int, allowed: int | None) -> bool:
    """Return whether one more attempt can be started."""
    return allowed is None or used < allowed
