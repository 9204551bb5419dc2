"""When a section or a question of an open attempt closes, by the server's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from quizkit.errors import Refused
from quizkit.rules.times import later

__all__ = ["NO_LIMITS", "Limits", "closes_at", "closing_time", "opened_at", "refuse_closed", "with_visit"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The time limits for a question on a paper, in seconds; None: there is no such limit.

    Attributes:
        question: the time for the question, from the first visit of its page.
        section: the time for its section, from the first visit of the first page of the section.
        page: the page of the question.
        first_page: the first page of its section.
    """

    question: int | None = None
    section: int | None = None
    page: int = 1
    first_page: int = 1

    def __bool__(self) -> bool:
        return self.question is not None or self.section is not None


NO_LIMITS = Limits()


def opened_at(page: int, opened: Mapping[str, str], started_at: datetime) -> datetime | None:
    """Return when a page was first visited: the first one with the start; None if it was not visited yet.

    `opened` has the stored times of later pages, by page.
    """
    if page == 1:
        return started_at
    noted = opened.get(str(page))
    return None if noted is None else datetime.fromisoformat(noted)


def with_visit(page: int, opened: Mapping[str, str], visited_at: datetime) -> Mapping[str, str]:
    """Return the times of first visits with this one: a later visit of the same page changes nothing."""
    return opened if page == 1 or str(page) in opened else {**opened, str(page): visited_at.isoformat()}


def closing_time(opened: datetime | None, limit: int | None, factor: Fraction) -> datetime | None:
    """Return the last time, inclusive, within a limit; None without one, and before the first visit.

    `factor` lengthens the limit for a person, rounded up to whole seconds.
    """
    if opened is None or limit is None:
        return None
    return later(opened, timedelta(seconds=-(-limit * factor.numerator // factor.denominator)))


def closes_at(limits: Limits, opened: Mapping[str, str], started_at: datetime, *, factor: Fraction) -> datetime | None:
    """Return when a question closes: the earlier end of its own time and of the time for its section."""
    ends = _ends(limits, opened, started_at, factor)
    return min((end for end in ends if end is not None), default=None)


def _ends(
    limits: Limits, opened: Mapping[str, str], started_at: datetime, factor: Fraction
) -> tuple[datetime | None, datetime | None]:
    """Return when the time for a question ends, and that for its section."""
    question = closing_time(opened_at(limits.page, opened, started_at), limits.question, factor)
    section = closing_time(opened_at(limits.first_page, opened, started_at), limits.section, factor)
    return question, section


def refuse_closed(
    limits: Limits, opened: Mapping[str, str], started_at: datetime, now: datetime, *, factor: Fraction, grace: int
) -> None:
    """Raise Refused if the time for a question or for its section has ended.

    Like a deadline, it ends with its last microsecond plus the grace period.

    Args:
        limits: the limits for the question.
        opened: the stored times of first visits, by page.
        started_at: the start of the attempt.
        now: the time.
        factor: the factor for the time of this taker.
        grace: the grace period in seconds.

    Raises:
        Refused: `section_closed`, `question_closed`; `closes_at` says since when.
    """
    question, section = _ends(limits, opened, started_at, factor)
    if _is_over(section, grace, now):
        raise Refused("section_closed", "The time for the section has ended", closes_at=_iso(section))
    if _is_over(question, grace, now):
        raise Refused("question_closed", "The time for the question has ended", closes_at=_iso(question))


def _is_over(end: datetime | None, grace: int, now: datetime) -> bool:
    return end is not None and now > later(end, timedelta(seconds=grace))


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
