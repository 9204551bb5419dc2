"""The time and the new ids of a call. Both are arguments, so that tests and importers can set them."""

from __future__ import annotations

import itertools
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

from quizkit.errors import UsageError
from quizkit.rules.times import in_utc
from quizkit.vocabulary import uuid7

__all__ = ["NewId", "id_after", "in_utc_given", "new_ids", "utc_now_or"]

NewId: TypeAlias = Callable[[], uuid.UUID]
"""Returns a new UUID at each call, such as `uuid.uuid4`."""

_TAIL_BITS: Final = 60
_STEP_BITS: Final = 32
_TAIL_BYTES: Final = 8


def utc_now_or(now: datetime | None) -> datetime:
    """Return the caller's time in UTC, or the current time.

    Raises:
        UsageError: `naive_moment`: the datetime has no time zone.
        Invalid: `moment_range`: the datetime is before 1970 or after 2999.
    """
    return datetime.now(UTC) if now is None else in_utc_given("now", now)


def in_utc_given(name: str, moment: datetime) -> datetime:
    """Return the time of an argument in UTC.

    Raises:
        UsageError: `naive_moment`: the datetime has no time zone.
        Invalid: `moment_range`: the datetime is before 1970 or after 2999.
    """
    if moment.tzinfo is None:
        raise UsageError("naive_moment", f"The argument {name} has no time zone: use datetime.now(UTC)")
    return in_utc(moment)


def new_ids(now: datetime) -> NewId:
    """Return a generator function for UUIDs version 7 of one time, each greater than the one before.

    Rows that are created together share a time. To keep them in creation order, each id increments the random tail by a
    random step (RFC 9562 §6.2, method 2).
    """
    tails = itertools.accumulate(
        iter(lambda: 1 + secrets.randbits(_STEP_BITS), None), initial=secrets.randbits(_TAIL_BITS)
    )
    return lambda: uuid7(now, next(tails).to_bytes(_TAIL_BYTES, "big"))


def id_after(last: uuid.UUID) -> uuid.UUID:
    """Return an id greater than `last`, by a random step so that concurrent callers get different ids."""
    return uuid.UUID(int=last.int + 1 + secrets.randbits(_STEP_BITS))
