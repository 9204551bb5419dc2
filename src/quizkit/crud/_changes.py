"""What changes, and whether it still may: somebody else may have changed it since the author looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from quizkit.errors import Conflict

__all__ = ["FIRST_VERSION", "differing", "refuse_other_version"]

FIRST_VERSION: Final = 1


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `new` is not so already."""
    return {name: value for name, value in new.items() if old[name] != value}


def refuse_other_version(seen: int | None, now: int, current: Callable[[], Any]) -> None:
    """Refuse to change what is no longer what the author has seen.

    Args:
        seen: the version that they say they have seen; None if they do not say.
        now: the version that is there.
        current: what is there now, asked for only where it is told.
    """
    if seen is not None and seen != now:
        raise Conflict("version_conflict", "Somebody else has changed it since", current(), version=now)
