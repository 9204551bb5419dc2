"""The base classes of question types.

`Question` is for authors and has the key, `View` is for takers and has no key, `Response` comes from takers.
"""

import hashlib
import itertools
from abc import abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple, Protocol, Self, TypeAlias, TypeVar

from pydantic import Field, ValidationError

from quizkit.errors import MAX_PROBLEMS, Invalid, Problem
from quizkit.questions._content import (
    MAX_CHOICES,
    Hint,
    Language,
    Many,
    OptionalText,
    Points,
    Prompt,
    ShortStr,
    Tag,
    Text,
    default,
)
from quizkit.questions._lint import Lint, lint_common
from quizkit.questions._marking import ONE, ZERO, Grade, Trace, Verdict, state_of
from quizkit.questions._model import Frozen, Model
from quizkit.vocabulary import GradeState

T = TypeVar("T")


class Shuffler(Protocol):
    """A source of random orders. `quizkit.rules.drawing.SeededRandom` is reproducible."""

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in a new order."""
        ...


class Response(Model):
    """The response of a taker. It has a size limit, its values are strictly typed, and every field has a blank default.

    A subclass sets `type` to a `Literal` with a default: by it, clients tell responses apart. Question types may share
    a class.
    """

    type: str = Field(default="", description="The type of the response.")

    def is_blank(self) -> bool:
        """Return whether the response is blank."""
        return self == type(self)()


def given_in(response: Response) -> dict[str, Any]:
    """Return what a taker gave as JSON values: the response without its type, which its question has."""
    return response.model_dump(mode="json", exclude={"type"})


class View(Model):
    """A question as takers see it. It lists its own fields and inherits from no question, so it cannot hold a key."""

    type: str = Field(description="The question type.")
    content: Text = Field(description="The prompt.")
    language: str | None = Field(default=None, description="BCP 47 tag of the language of the prompt.")

    def permuted(self, rng: Shuffler) -> Self:
        """Return this view with its parts shuffled by `rng`."""
        return self


class ResponseClass(NamedTuple):
    """The class of one part of a response, for distractor analysis.

    `part` is empty for a question with a single part; `label` is stable within a revision; `fraction` is the share that
    the class earns, None if it depends on other parts too.
    """

    part: str
    label: str
    fraction: Fraction | None


class RightPart(NamedTuple):
    """The right parts of a response.

    `response` is the response without its wrong parts. `parts` is the number of right parts. It is None for a single
    pick, and with `too_many`: if more options are picked than are right, the number would reveal the key.
    """

    response: Response
    parts: int | None
    too_many: bool = False


# Under their own names, because inside a question `type` is a field.
_ResponseType: TypeAlias = type[Response]
_ViewType: TypeAlias = type[View]


class _Declared(Frozen):
    # Of the class itself, and named as a model, so that Pydantic's plugin for mypy knows that subclasses set these.
    response_type: ClassVar[_ResponseType]
    view_type: ClassVar[_ViewType]
    marking: ClassVar[int] = 1
    body_version: ClassVar[int] = 1
    answerable: ClassVar[bool] = True


_DeclaredBase: TypeAlias = _Declared


class Question(_DeclaredBase):
    """A question with its key, as authors write it. Subclasses are the types; see `quizkit.questions.register`.

    A subclass sets `type` to a `Literal`, sets its `response_type` and its marking version, and implements the methods
    that start with an underscore. `answerable` is False for a type that takes no response. `version` is the version of
    the body's shape; a type that changes its shape increases it, and implements `upgrade` for older bodies.
    """

    type: str = Field(description="The question type.")
    version: int = Field(default=1, ge=1, description="The version of this shape.")
    title: ShortStr | None = Field(default=None, description="A short name for authors; takers never see it.")
    content: Prompt = Field(description="The prompt. A bare string is read as plain text.")
    points: Points = default(Decimal(1), "The points for a full answer: 0 to 9999, with up to 7 decimal places.")
    general_feedback: OptionalText = default(None, "Feedback on the question, whether the response is right or wrong.")
    hints: Many[Hint] = default((), "The hints between tries, first to last.", max_length=10)
    tags: Many[Tag] = default((), "Tags for searching and drawing.", max_length=MAX_CHOICES)
    language: Language | None = Field(default=None, description="BCP 47 tag of the language.")
    source_id: ShortStr | None = Field(
        default=None, description="The id of this question in the system that it was imported from."
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        # Otherwise a new question would be stored as version 1, and upgraded when it is read.
        cls.model_fields["version"].default = cls.body_version

    # ------------------------------------------------------------------ methods that a type implements

    @abstractmethod
    def view(self) -> View:
        """Return the question as takers see it, in a canonical order that reveals nothing about the key."""

    @abstractmethod
    def key(self) -> Response | None:
        """Return a response that earns full points, or None if there is none."""

    @abstractmethod
    def _mark(self, response: Any) -> Verdict:
        """Mark a response that is neither blank nor has problems, or the result of `_markable`."""

    def _faults(self, response: Any) -> Iterator[Problem]:
        """Yield the problems of a response with a valid shape, such as an unknown option; it is stored anyway."""
        yield from ()

    def _markable(self, response: Any) -> Response:
        """Return the part of a response with problems that can be marked; by default a blank response."""
        return self.response_type()

    def _canonical(self, response: Any) -> Hashable:
        """Return the canonical form of a nonblank response. Responses with equal forms are equivalent and get equal marks."""
        return _stable_json(given_in(response))

    def _is_complete(self, response: Any) -> bool:
        """Return whether a response that is neither blank nor has problems is complete."""
        return True

    @abstractmethod
    def summarise(self, response: Any) -> str:
        """Return the response as one line of plain text, for reports."""

    def _classes(self, response: Any) -> Iterator[ResponseClass]:
        """Yield the classes of a nonblank response."""
        yield from ()

    def _parts(self, response: Any) -> Mapping[str, Fraction] | None:
        """Return the share of the points that each part earned, for a type with separately tried parts."""
        return None

    def _right_part(self, response: Any) -> RightPart | None:
        """Return the right parts of a response, for a type with separately marked parts."""
        return None

    @abstractmethod
    def _samples(self) -> Iterator[Response]:
        """Yield responses that together earn every possible fraction of this question."""

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return the minimum and the maximum fraction that a response can earn."""
        return ZERO, ONE

    def guess_score(self) -> Fraction | None:
        """Return the expected fraction of a random guess; None if it is not defined."""
        return ZERO

    def _lint(self) -> Iterator[Lint]:
        """Yield probable mistakes of the author."""
        yield from ()

    @classmethod
    def upgrade(cls, body: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """Return an older body in the current shape. Called for each body with an older version."""
        return body

    # ------------------------------------------------------------------ methods that all types share

    @property
    def marker(self) -> str:
        """The name and version of this question's marking; stored with every grade."""
        return f"{self.type}/{self.marking}"

    def read(self, data: object) -> Response:
        """Return a response from JSON values, a JSON string or bytes, or a `Response`, unchanged.

        It does not check whether all of it can be marked; see `problems`.

        Raises:
            Invalid: `response_invalid`: it does not have the shape of this type, or exceeds a size limit.
        """
        try:
            if isinstance(data, str | bytes | bytearray):
                return self.response_type.model_validate_json(data)
            return self.response_type.model_validate(data)
        except ValidationError as error:
            refused = Invalid.of(error, "response", "response_invalid")
        raise refused

    def problems(self, response: Response | None) -> tuple[Problem, ...]:
        """Return why a response cannot be marked in full, or exceeds the author's limits; nothing for a blank one.

        A front end can show the problems to the taker, who can fix the response; it is stored anyway. The problems do
        not depend on the key, with one exception: a number is readable with a unit that only the question names, which
        reveals the author's units. Well-known units reveal nothing.
        """
        if response is None or response.is_blank():
            return ()
        return tuple(itertools.islice(self._faults(response), MAX_PROBLEMS))

    def markable(self, response: Response | None) -> Response:
        """Return the part of a response that can be marked; a blank response if there is none."""
        if response is None or response.is_blank():
            return self.response_type()
        return self._markable(response) if self.problems(response) else response

    def mark(self, response: Response | None) -> Grade:
        """Return the grade of a response. A blank one, or None, is not answered and earns nothing.

        If a response has problems, the part that can be marked counts and the rest earns nothing; the trace lists the
        problems.

        Raises:
            Invalid: `response_invalid`: it is a response to another question type.
        """
        if response is None or response.is_blank():
            return Grade(ZERO, GradeState.NOT_ANSWERED, self.marker, Trace("not_answered", raw=ZERO))
        if not isinstance(response, self.response_type):
            raise Invalid("response_invalid", "The response belongs to another question type")
        verdict = self._verdict(response)
        return Grade(verdict.fraction, state_of(verdict.fraction), self.marker, verdict.trace, verdict.feedback)

    def _verdict(self, response: Response) -> Verdict:
        problems = self.problems(response)
        if not problems:
            return self._mark(response)
        left = self._markable(response)
        verdict = Verdict(ZERO, Trace("unmarkable", raw=ZERO)) if left.is_blank() else self._mark(left)
        inputs = {
            **verdict.trace.inputs,
            "problems": [{"path": problem.path, "code": problem.code} for problem in problems],
        }
        return verdict._replace(trace=replace(verdict.trace, inputs=inputs))

    def classes(self, response: Response | None) -> tuple[ResponseClass, ...]:
        """Return the classes of the part of a response that can be marked; nothing for a blank one."""
        left = self.markable(response)
        return () if left.is_blank() else tuple(self._classes(left))

    def parts(self, response: Response | None) -> Mapping[str, Fraction] | None:
        """Return the share of the points that each part earned; None for a type without parts, and for a blank response.

        With several tries a part has a penalty only for the tries until it was right: Moodle's countback.
        """
        return None if response is None or response.is_blank() else self._parts(self.markable(response))

    def right_part(self, response: Response | None) -> RightPart | None:
        """Return the right parts of a response; None for a type without parts, and for a blank response.

        Hints use it to clear wrong parts and to show the number of right ones: Moodle's `clear_wrong_from_response`
        and `get_num_parts_right`.
        """
        return None if response is None or response.is_blank() else self._right_part(self.markable(response))

    def canonical(self, response: Response | None) -> Hashable | None:
        """Return the canonical form of a response, equal for equivalent responses; None for a blank one and for None."""
        return None if response is None or response.is_blank() else self._canonical(response)

    def is_same(self, one: Response | None, other: Response | None) -> bool:
        """Return whether two responses are equivalent: Moodle's `is_same_response`."""
        return self.canonical(one) == self.canonical(other)

    def is_complete(self, response: Response | None) -> bool:
        """Return whether a check of a response uses a try: it leaves nothing out and has no problems.

        This is Moodle's `is_complete_response`. An incomplete response is still marked at the end.
        """
        if response is None or response.is_blank() or next(self._faults(response), None) is not None:
            return False
        return self._is_complete(response)

    def identity(self) -> str:
        """Return the SHA-256 of the view and the key in hexadecimal; it is equal for questions with the same content.

        Title, tags, points, hints, feedback and the source id are not part of it (decision 0059).
        """
        content = {"view": self.view().model_dump(mode="json"), "key": _stable(self.canonical(self.key()))}
        canonical = _stable_json(content, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def lint(self) -> tuple[Lint, ...]:
        """Return probable mistakes of the author, with stable codes."""
        return (*lint_common(self), *self._lint())


def _stable(value: Hashable) -> Any:
    """Return a canonical response as JSON that is the same in every process."""
    if isinstance(value, frozenset):
        return sorted((_stable(item) for item in value), key=repr)
    if isinstance(value, tuple):
        return [_stable(item) for item in value]
    if isinstance(value, Response):
        return given_in(value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _stable_json(value: Any, separators: tuple[str, str] | None = None) -> str:
    """Return JSON that is the same in every process."""
    import json  # noqa: PLC0415 - Pydantic reads and writes JSON itself: an import of the schemas needs no other module

    return json.dumps(value, sort_keys=True, separators=separators, ensure_ascii=False)
