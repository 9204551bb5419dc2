"""Moments: which there are, what more time makes of them, and the local times of authors that they are."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quizkit.errors import Invalid

__all__ = ["FIRST_MOMENT", "LAST_MOMENT", "in_utc", "later", "moment_in", "zone_named"]

FIRST_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The first moment that is taken: ids count from it (RFC 9562 §5.7)."""
LAST_MOMENT: Final = datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
"""The last moment that is taken: far from where calendars of computers end, so that no sum of limits gets there."""


def in_utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC.

    Raises:
        Invalid: `moment_range`: it is before 1970 or after 2999.
    """
    # The year first: at either end of the calendar the zone itself would be too much.
    if FIRST_MOMENT.year - 1 <= moment.year <= LAST_MOMENT.year + 1:
        utc = moment.astimezone(UTC)
        if FIRST_MOMENT <= utc <= LAST_MOMENT:
            return utc
    raise Invalid("moment_range", "A moment is from 1970 to 2999")


def later(moment: datetime, by: timedelta) -> datetime:
    """Return the moment that is later by so much, the last one where there is none."""
    return moment + by if by <= LAST_MOMENT - moment else max(moment, LAST_MOMENT)


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database.

    Raises:
        Invalid: `zone_unknown`: there is none of that name here.
    """
    with contextlib.suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name)
    raise Invalid("zone_unknown", "There is no time zone of that name")


def moment_in(zone: ZoneInfo, local: datetime) -> datetime:
    """Return the moment in UTC that a local time is.

    A time that comes twice, when clocks are set back, is the first of the two, unless `fold` says the second. A time
    that does not exist, when clocks are set forward, moves forward by as much as the clocks do (RFC 5545 §3.3.5).

    Raises:
        Invalid: `moment_range`: it is before 1970 or after 2999.
    """
    in_utc(local.replace(tzinfo=UTC))
    plain = local.replace(tzinfo=None)
    there = plain.replace(tzinfo=zone)
    moment = there.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == plain.replace(fold=0):
        return in_utc(moment)
    # In the gap: read with the offset from before it, which is what fold=0 means there (PEP 495).
    before = plain.replace(tzinfo=zone, fold=0).utcoffset() or timedelta(0)
    return in_utc((plain.replace(fold=0) - before).replace(tzinfo=UTC))
