"""Assignments of quizzes, with windows, limits and exceptions, and the rules that apply to a taker."""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_serializer, model_validator
from pydantic_core import PydanticCustomError

from quizkit.errors import Invalid
from quizkit.questions._content import Factor, default
from quizkit.questions._unicode import at_most
from quizkit.rules.additions import refuse_both
from quizkit.rules.times import in_utc, in_zone, zone_named
from quizkit.rules.windows import WINDOW, refuse_window
from quizkit.schemas._base import YEAR, Moment, S, Schema, Stored
from quizkit.schemas.notices import Notices, OptionalNotices
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
    "OpenAttempt",
    "StricterException",
]

Context = Annotated[str, StringConstraints(min_length=1, max_length=255), at_most(255)]


def _known_zone(name: str) -> str:
    with contextlib.suppress(Invalid):
        zone_named(name)
        return name
    raise PydanticCustomError("zone_unknown", "There is no time zone with this name")


Zone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_known_zone)]
When = datetime
"""A time with a time zone, or a local time; it is converted to UTC when the zone is known."""


class _Explicit(Schema):
    """A schema that distinguishes omitted fields, which are inherited, from null, which means no such limit."""

    @model_serializer(mode="wrap")
    def _only_explicit(self, handler: Any):  # type: ignore[no-untyped-def] # noqa: ANN202 - else JSON Schema has it as anything
        # Null means that there is no limit, so an omitted field must not be written as null.
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}

    def explicit_values(self) -> dict[str, Any]:
        """Return the values of the fields that were given, by name."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


class AssignmentSettings(_Explicit, PolicyChanges):
    """Settings in which an assignment differs from its quiz. Omitted fields are inherited from the quiz."""


class AccessSettings(_Explicit, LimitChanges):
    """An override for one taker or one group. Omitted fields are inherited from the assignment.

    A window (opens, due, closes) and a lateness policy (time_up, late_seconds, late_penalty) are each one value: the
    omitted fields of one come from the assignment. The fields with `plus` add to the value of the assignment, also after
    it was changed; where it has no such limit, there is still none. Times have a time zone, or are local times in the
    zone of the assignment.
    """

    _nullable: ClassVar[frozenset[str]] = NO_LIMIT | {"opens_at", "due_at", "closes_at"}

    opens_at: When | None = Field(
        default=None, description="The first time at which an attempt can be started; null for no limit."
    )
    due_at: When | None = Field(default=None, description="The deadline of every attempt; null for none.")
    closes_at: When | None = Field(default=None, description="When it closes, exclusive; null for never.")
    opens_plus_seconds: int | None = Field(
        default=None,
        ge=-YEAR,
        le=YEAR,
        description="How much later than in the assignment it opens; negative: earlier.",
    )
    due_plus_seconds: int | None = Field(
        default=None, ge=-YEAR, le=YEAR, description="How much later than in the assignment the deadline is."
    )
    closes_plus_seconds: int | None = Field(
        default=None, ge=-YEAR, le=YEAR, description="How much later than in the assignment it closes."
    )
    time_limit_plus_seconds: int | None = Field(
        default=None, ge=1, le=YEAR, description="How much longer than in the assignment the time limit is."
    )
    plus_attempts: int | None = Field(
        default=None, ge=1, le=1000, description="How many more attempts than in the assignment."
    )

    @model_validator(mode="after")
    def _one_value_of_each(self) -> Self:
        try:
            refuse_both(self.explicit_values())
            for name in WINDOW:
                if (moment := getattr(self, name)) is not None and moment.tzinfo is not None:
                    object.__setattr__(self, name, in_utc(moment))
        except Invalid as invalid:
            fault = PydanticCustomError(invalid.code, invalid.message)
        else:
            return self
        raise fault

    def in_zone(self, zone: str | None) -> Self:
        """Return the same settings with local times in UTC.

        Raises:
            Invalid: `zone_missing`, `moment_range`.
        """
        given = {name: getattr(self, name) for name in WINDOW}
        return self.model_copy(
            update={name: in_zone(moment, zone) for name, moment in given.items() if moment is not None}
        )


class AccommodationSettings(Schema):
    """More time for a person, in every assignment. It moves the deadline as far as the limit, but not the last start."""

    time_factor: Factor = default(
        Fraction(1), "The factor for the time limit, or for the length of the window if there is no limit; 1 to 10."
    )
    extra_seconds: int = Field(default=0, ge=0, le=DAY, description="Extra time that is added, even without a limit.")


class _Windows(Schema):
    """Times with a time zone, or local times in `zone`: they are stored in UTC, with the name of the zone.

    An ambiguous local time is read as the first of the two; one that does not exist is moved forward
    (`quizkit.rules.times`).
    """

    zone: Zone | None = Field(default=None, description="The author's time zone, such as Europe/Vienna.")
    opens_at: When | None = Field(
        default=None, description="The first time at which an attempt can be started; null for no limit."
    )
    due_at: When | None = Field(default=None, description="The deadline of every attempt; null for none.")
    closes_at: When | None = Field(default=None, description="When it closes, exclusive; null for never.")

    @model_validator(mode="after")
    def _in_utc(self) -> Self:
        given = {name: moment for name in WINDOW if (moment := getattr(self, name)) is not None}
        if self._zone_is_stored() and any(moment.tzinfo is None for moment in given.values()):
            return self
        try:
            for name, moment in given.items():
                object.__setattr__(self, name, in_zone(moment, self.zone))
            refuse_window(self.opens_at, self.due_at, self.closes_at)
        except Invalid as invalid:
            fault = PydanticCustomError(invalid.code, invalid.message)
        else:
            return self
        raise fault

    def _zone_is_stored(self) -> bool:
        """Return whether the zone of local times is that of an existing assignment, which is not known yet."""
        return False


# An alias, for the reason that `Model` is one.
Windows: TypeAlias = _Windows


class AssignmentCreate(Windows):
    """A new assignment of a quiz."""

    quiz_id: UUID = Field(description="The quiz.")
    context: Context | None = Field(
        default=None, description="Your own name for it, such as a course or a class; opaque."
    )
    settings: AssignmentSettings = Field(
        default_factory=AssignmentSettings, description="The settings in which it differs from the quiz."
    )


class AssignmentUpdate(Windows):
    """Changes to an assignment; omitted fields keep their values. Open attempts keep their deadlines.

    Local times without `zone` are in the stored zone of the assignment.
    """

    context: Context | None = Field(default=None, description="Your own name for it; null removes it.")
    settings: AssignmentSettings | None = Field(
        default=None, description="The settings in which it differs from the quiz; replaces all of them."
    )
    notices: OptionalNotices = default(
        None, "Notices on the papers of those who take it, at most 20; replaces all of them."
    )

    def _zone_is_stored(self) -> bool:
        return "zone" not in self.model_fields_set

    @model_validator(mode="after")
    def _settings_stay(self) -> Self:
        for name in {"settings", "notices"} & self.model_fields_set:
            if getattr(self, name) is None:
                raise PydanticCustomError("not_nullable", "This field cannot be null; omit it to keep its value")
        return self


class StricterException(Schema):
    """An override in force that is stricter than the assignment, in some of its fields."""

    event_id: UUID = Field(description="The access event of the override.")
    group_name: str | None = Field(default=None, description="The group; null for a taker.")
    fields: tuple[str, ...] = Field(description="The fields in which it is stricter, such as closes_at.")


class AssignmentReturn(Stored):
    """An assignment of a quiz."""

    id: UUID = Field(description="The id of the assignment.")
    quiz_id: UUID = Field(description="The quiz.")
    is_default: bool = Field(description="Whether it is the default assignment, which publishing creates.")
    context: str | None = Field(default=None, description="Your own name for it.")
    zone: str | None = Field(default=None, description="The author's time zone.")
    opens_at: Moment | None = Field(
        default=None, description="The first time at which an attempt can be started; null for no limit."
    )
    due_at: Moment | None = Field(default=None, description="The deadline of every attempt; null for none.")
    closes_at: Moment | None = Field(default=None, description="When it closes, exclusive; null for never.")
    settings: AssignmentSettings = Field(description="The settings in which it differs from the quiz.")
    notices: Notices = default((), "The notices on the papers of those who take it.")
    version: int = Field(
        description="Increases with every change; pass it to a verb to reject the change if it is outdated."
    )
    created_at: Moment = Field(description="When it was created.")
    updated_at: Moment = Field(description="When it was last changed.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")
    stricter_exceptions: tuple[StricterException, ...] = Field(
        default=(),
        description="The overrides in force that are stricter than the assignment, such as a closing time that is now "
        "earlier than that of all others; returned by the verb that changes the assignment, otherwise empty.",
    )


class AccessEffect(Schema):
    """The effect of the rules: the start and the deadline of an attempt that starts as soon as the window allows.

    It ignores the number of attempts and the delay between two.
    """

    starts_at: Moment | None = Field(
        default=None, description="Now, or when the window opens; null if no attempt can be started any longer."
    )
    ends_at: Moment | None = Field(
        default=None, description="The deadline of such an attempt; null for none, and if starts_at is null."
    )
    cut_by: Literal["time_limit_seconds", "due_at", "closes_at"] | None = Field(
        default=None, description="The rule that sets the deadline: the earliest of these; null if none does."
    )


class OpenAttempt(Schema, Generic[S]):
    """An attempt that was open when an exception was made, and whether the exception applies to it."""

    attempt_id: UUID = Field(description="The attempt.")
    assignment_id: UUID = Field(description="Its assignment.")
    taker_id: S | None = Field(default=None, description="Its taker.")
    due_at: Moment | None = Field(default=None, description="Its deadline now; null for none.")
    applies: bool = Field(
        description="Whether the exception applies to it. If not, its deadline and its rules are unchanged: the "
        "exception is for later attempts only, would end this one earlier, or changes its late penalty or minimum time."
    )


class AccessEventReturn(Stored, Generic[S]):
    """A change to the access of a taker or a group, with its actor and its reason."""

    id: UUID = Field(description="The id of the event.")
    assignment_id: UUID | None = Field(default=None, description="The assignment; null for an accommodation.")
    kind: AccessKind = Field(description="override, extension or accommodation.")
    taker_id: S | None = Field(default=None, description="The taker; null for a group, and for everybody.")
    group_name: str | None = Field(default=None, description="The group; null for a taker.")
    settings: Mapping[str, Any] = Field(description="The settings; empty if an earlier event was revoked.")
    apply_to_open: bool = Field(
        default=True, description="Whether it was also meant for the attempts that were open when it was made."
    )
    reason: str | None = Field(default=None, description="The reason.")
    actor_id: S | None = Field(default=None, description="The user who made the change.")
    created_at: Moment = Field(description="When the change was made.")
    effect: AccessEffect | None = Field(
        default=None,
        description="The effect of the change, returned by the verb that makes it; null in lists, without an assignment, "
        "and before the quiz is published.",
    )
    open_attempts: tuple[OpenAttempt[S], ...] = Field(
        default=(),
        description="The open attempts that it is about, each with its deadline; returned by the verb that makes it, "
        "empty in lists.",
    )


class Extended(Schema):
    """The result of an extension."""

    event_id: UUID = Field(description="The id of the access event that records it.")
    attempts: int = Field(description="How many open attempts got a later deadline.")


class AccessValue(Schema):
    """The value of a rule that applies to a taker, and its source."""

    name: str = Field(description="The field, such as closes_at.")
    value: Any = Field(description="The value that applies; null for no such limit.")
    source: AccessSource = Field(description="default, quiz, assignment, group, taker or accommodation.")
    group: str | None = Field(default=None, description="The group, if the value comes from one.")
    base: Any = Field(default=None, description="The value before the accommodation; null without one.")
    plus: int | None = Field(
        default=None, description="How much an override adds to the value of the assignment; null if it adds nothing."
    )


class AccessReport(Schema):
    """The access of a taker now, and the reasons for it."""

    quiz_id: UUID = Field(description="The quiz.")
    assignment_id: UUID = Field(description="The assignment.")
    values: tuple[AccessValue, ...] = Field(description="Every rule with its value and its source.")
    may_start: bool = Field(description="Whether an attempt can be started or continued now.")
    refusal: str | None = Field(default=None, description="The code of the reason against it; null for none.")
    open_attempt_id: UUID | None = Field(default=None, description="The open attempt; null for none.")
    open_due_at: Moment | None = Field(
        default=None, description="The deadline of the open attempt; null for none. `effect` is about a new attempt."
    )
    open_without: tuple[UUID, ...] = Field(
        default=(),
        description="The access events of the exceptions in force that do not apply to the open attempt.",
    )
    attempts_used: int = Field(description="How many attempts have been started.")
    attempts_left: int | None = Field(default=None, description="How many attempts are left; null for no limit.")
    effect: AccessEffect = Field(description="The start and the deadline of a new attempt.")
