"""Local times of authors, and the moments that they are."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quizkit.errors import Invalid

__all__ = ["moment_in", "zone_named"]


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
    """
    plain = local.replace(tzinfo=None)
    there = plain.replace(tzinfo=zone)
    moment = there.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == plain.replace(fold=0):
        return moment
    # In the gap: read with the offset from before it, which is what fold=0 means there (PEP 495).
    before = plain.replace(tzinfo=zone, fold=0).utcoffset() or timedelta(0)
    return (plain.replace(fold=0) - before).replace(tzinfo=UTC)
