"""Times: the supported range, adding durations to them, and converting authors' local times to UTC."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quizkit.errors import Invalid

__all__ = ["FIRST_MOMENT", "LAST_MOMENT", "in_utc", "in_zone", "later", "moment_in", "zone_named"]

FIRST_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The earliest supported time: ids count from it (RFC 9562 §5.7)."""
LAST_MOMENT: Final = datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
"""The latest supported time: far below the limits of computer calendars, so that no sum of limits overflows."""


def in_utc(moment: datetime) -> datetime:
    """Return an aware time in UTC.

    Raises:
        Invalid: `moment_range`: it is before 1970 or after 2999.
    """
    # Check the year first: at either end of the calendar the conversion itself would overflow.
    if FIRST_MOMENT.year - 1 <= moment.year <= LAST_MOMENT.year + 1:
        utc = moment.astimezone(UTC)
        if FIRST_MOMENT <= utc <= LAST_MOMENT:
            return utc
    raise Invalid("moment_range", "A time must be in the years 1970 to 2999")


def later(moment: datetime, by: timedelta) -> datetime:
    """Return the time plus the duration, or the latest supported time if the sum is after it."""
    return moment + by if by <= LAST_MOMENT - moment else max(moment, LAST_MOMENT)


def in_zone(moment: datetime, zone: str | None) -> datetime:
    """Return an aware time in UTC, or the UTC time of a local time in a named zone.

    Raises:
        Invalid: `zone_missing`: a local time without a zone; `zone_unknown`; `moment_range`.
    """
    if moment.tzinfo is not None:
        return in_utc(moment)
    if zone is None:
        raise Invalid("zone_missing", "A local time needs a zone: give one, or a time with an offset")
    return moment_in(zone_named(zone), moment)


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database.

    Raises:
        Invalid: `zone_unknown`: there is no time zone with this name on this system.
    """
    with contextlib.suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name)
    raise Invalid("zone_unknown", "There is no time zone with this name")


def moment_in(zone: ZoneInfo, local: datetime) -> datetime:
    """Return the UTC time of a local time.

    An ambiguous time, when clocks are set back, is read as the first of the two, unless `fold` selects the second. A
    time that does not exist, when clocks are set forward, is moved forward by the same amount (RFC 5545 §3.3.5).

    Raises:
        Invalid: `moment_range`: it is before 1970 or after 2999.
    """
    in_utc(local.replace(tzinfo=UTC))
    plain = local.replace(tzinfo=None)
    there = plain.replace(tzinfo=zone)
    moment = there.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == plain.replace(fold=0):
        return in_utc(moment)
    # In the gap: use the offset from before it, which is the meaning of fold=0 there (PEP 495).
    before = plain.replace(tzinfo=zone, fold=0).utcoffset() or timedelta(0)
    return in_utc((plain.replace(fold=0) - before).replace(tzinfo=UTC))
