"""Assignments: a quiz given to somebody, with windows, limits, exceptions, and what holds for whom."""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Generic, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from quizkit.errors import Invalid
from quizkit.questions._content import Factor, default
from quizkit.questions._unicode import at_most
from quizkit.rules.lifecycle import refuse_window
from quizkit.rules.windows import moment_in, zone_named
from quizkit.schemas._base import Moment, S, Schema, utc
from quizkit.schemas.quizzes import DAY, NO_LIMIT, LimitChanges, PolicyChanges
from quizkit.vocabulary import AccessKind, AccessSource

__all__ = [
    "AccessEffect",
    "AccessEventReturn",
    "AccessReport",
    "AccessSettings",
    "AccessValue",
    "AccommodationSettings",
    "AssignmentCreate",
    "AssignmentReturn",
    "AssignmentSettings",
    "AssignmentUpdate",
    "Extended",
]

Context = Annotated[str, StringConstraints(min_length=1, max_length=255), at_most(255)]


def _known_zone(name: str) -> str:
    with contextlib.suppress(Invalid):
        zone_named(name)
        return name
    raise PydanticCustomError("zone_unknown", "There is no time zone of that name")


Zone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_known_zone)]
When = datetime
"""With a time zone, or local; in UTC as soon as the zone is known."""


class _Said(Schema):
    """Fields of which only those that were given say something; null then says that there is no such limit."""

    @model_serializer(mode="wrap")
    def _only_what_was_said(self, handler: Any):  # type: ignore[no-untyped-def] # noqa: ANN202 - else JSON Schema has it as anything
        # A field that is sent as null says that there is no limit, so one that says nothing is not sent.
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}

    def explicit_values(self) -> dict[str, Any]:
        """Return the fields that were given, as values."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


class AssignmentSettings(_Said, PolicyChanges):
    """What an assignment does otherwise than its quiz. Fields that are left out follow the quiz."""


class AccessSettings(_Said, LimitChanges):
    """What one taker or one group may do otherwise. Fields that are left out follow the assignment.

    A window (opens, due, closes) and a lateness policy (time_up, late_seconds, late_penalty) are each one value: what is
    left out of one is completed with the assignment.
    """

    _nullable: ClassVar[frozenset[str]] = NO_LIMIT | {"opens_at", "due_at", "closes_at"}

    opens_at: Moment | None = Field(default=None, description="From when on it can be started; null for always.")
    due_at: Moment | None = Field(default=None, description="When the time of every attempt is up; null for never.")
    closes_at: Moment | None = Field(default=None, description="When it closes; null for never.")


class AccommodationSettings(Schema):
    """More time that belongs to a person, in every assignment. It moves the end as far as the limit, never the last start."""

    time_factor: Factor = default(
        Fraction(1), "What the time limit is multiplied with, or the length of the window where there is none; 1 to 10."
    )
    extra_seconds: int = Field(default=0, ge=0, le=DAY, description="What is added to it, also where there is neither.")


class _Windows(Schema):
    """Moments with a time zone, or local times in `zone`: they are stored in UTC, with the name of the zone.

    A local time that comes twice is the first of the two, one that does not exist moves forward
    (`quizkit.rules.windows`).
    """

    zone: Zone | None = Field(default=None, description="The author's time zone, such as Europe/Vienna.")
    opens_at: When | None = Field(default=None, description="From when on it can be started; null for always.")
    due_at: When | None = Field(default=None, description="When the time of every attempt is up; null for never.")
    closes_at: When | None = Field(default=None, description="When it closes; null for never.")

    @model_validator(mode="after")
    def _in_utc(self) -> Self:
        for name in ("opens_at", "due_at", "closes_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None:
                object.__setattr__(self, name, _in_utc(moment, self.zone))
        with contextlib.suppress(Invalid):
            refuse_window(self.opens_at, self.due_at, self.closes_at)
            return self
        raise PydanticCustomError("window_order", "A window opens, is due and closes in this order")


def _in_utc(moment: datetime, zone: str | None) -> datetime:
    if moment.tzinfo is not None:
        return utc(moment)
    if zone is None:
        raise PydanticCustomError("zone_missing", "A local time needs a zone")
    with contextlib.suppress(Invalid):
        return moment_in(zone_named(zone), moment)
    raise PydanticCustomError("moment_range", "A moment is from 1970 to 2999")


class AssignmentCreate(_Windows):
    """A quiz to be given to somebody."""

    quiz_id: UUID = Field(description="The quiz.")
    context: Context | None = Field(default=None, description="What you call it: a course, a class; opaque.")
    settings: AssignmentSettings = Field(default_factory=AssignmentSettings, description="What differs from the quiz.")


class AssignmentUpdate(_Windows):
    """Changes to an assignment; fields that are left out stay as they are. Attempts that are open keep their ends."""

    context: Context | None = Field(default=None, description="What you call it; null removes it.")
    settings: AssignmentSettings | None = Field(default=None, description="What differs from the quiz; replaces all.")

    @model_validator(mode="after")
    def _settings_stay(self) -> Self:
        if "settings" in self.model_fields_set and self.settings is None:
            raise PydanticCustomError("not_nullable", "Leave a field out to keep it; null means none")
        return self


class AssignmentReturn(Schema):
    """A quiz given to somebody."""

    id: UUID = Field(description="The id of the assignment.")
    quiz_id: UUID = Field(description="The quiz.")
    is_default: bool = Field(description="Whether it is the one that publishing made.")
    context: str | None = Field(default=None, description="What you call it.")
    zone: str | None = Field(default=None, description="The author's time zone.")
    opens_at: Moment | None = Field(default=None, description="From when on it can be started; null for always.")
    due_at: Moment | None = Field(default=None, description="When the time of every attempt is up; null for never.")
    closes_at: Moment | None = Field(default=None, description="When it closes; null for never.")
    settings: AssignmentSettings = Field(description="What differs from the quiz.")
    version: int = Field(description="Raised with every change; give it to a verb to change this and nothing newer.")
    created_at: Moment = Field(description="When it was made.")
    updated_at: Moment = Field(description="When it was last changed.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")


class AccessEffect(Schema):
    """What rules come to: when an attempt would begin and end that is started as soon as the window allows.

    Attempts that are used up, and the delay between two, are not looked at.
    """

    starts_at: Moment | None = Field(
        default=None, description="Now, or when the window opens; null where nothing can be started any more."
    )
    ends_at: Moment | None = Field(
        default=None, description="When the time of such an attempt is up; null for never, and where starts_at is null."
    )
    cut_by: Literal["time_limit_seconds", "due_at", "closes_at"] | None = Field(
        default=None, description="Which rule ends it: the earliest of these; null where none does."
    )


class AccessEventReturn(Schema, Generic[S]):
    """Something that was said about access, by whom and why."""

    id: UUID = Field(description="The id of the event.")
    assignment_id: UUID | None = Field(default=None, description="The assignment; null for an accommodation.")
    kind: AccessKind = Field(description="override, extension or accommodation.")
    taker_id: S | None = Field(default=None, description="Whom it is for; null for a group, and for everybody.")
    group_name: str | None = Field(default=None, description="The group that it is for; null for a taker.")
    settings: Mapping[str, Any] = Field(description="What was said; empty where something was taken back.")
    reason: str | None = Field(default=None, description="Why.")
    actor_id: S | None = Field(default=None, description="Who said it.")
    created_at: Moment = Field(description="When it was said.")
    effect: AccessEffect | None = Field(
        default=None,
        description="What it comes to, told by the verb that says it; null in lists, where no assignment is known, and "
        "before the quiz is published.",
    )


class Extended(Schema):
    """What an extension did."""

    event_id: UUID = Field(description="The id of the event that keeps it.")
    attempts: int = Field(description="How many open attempts end later.")


class AccessValue(Schema):
    """A rule as it holds for a taker, and where it comes from."""

    name: str = Field(description="The field, such as closes_at.")
    value: Any = Field(description="What holds; null for no such limit.")
    source: AccessSource = Field(description="default, quiz, assignment, group, taker or accommodation.")
    group: str | None = Field(default=None, description="Which group, if it is from one.")
    base: Any = Field(default=None, description="What it was before the accommodation; null without one.")


class AccessReport(Schema):
    """What a taker may do now, and why."""

    quiz_id: UUID = Field(description="The quiz.")
    assignment_id: UUID = Field(description="The assignment.")
    values: tuple[AccessValue, ...] = Field(description="Every rule, each with where it comes from.")
    may_start: bool = Field(description="Whether an attempt can be started, or gone on with, now.")
    refusal: str | None = Field(default=None, description="The code of what stands against it; null for nothing.")
    open_attempt_id: UUID | None = Field(default=None, description="The attempt that is open; null for none.")
    attempts_used: int = Field(description="How many attempts have been started.")
    attempts_left: int | None = Field(default=None, description="How many are left; null for no limit.")
    effect: AccessEffect = Field(description="When a new attempt would begin and end.")
