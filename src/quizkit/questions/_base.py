"""What every question type promises, in four words with one meaning each.

*Question* (author, holds the key), *View* (taker, cannot hold a key), *Response* (what came back),
*Grade* (what it is worth).
"""

import hashlib
import itertools
import json
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final, NamedTuple, Protocol, Self, TypeAlias, TypeVar

from pydantic import Field, ValidationError

from quizkit.errors import MAX_PROBLEMS, Invalid, Problem
from quizkit.questions._content import (
    MAX_CHOICES,
    Hint,
    Language,
    Many,
    Model,
    OptionalText,
    Points,
    Prompt,
    ShortStr,
    Text,
    Word,
    default,
)
from quizkit.vocabulary import GradeState

T = TypeVar("T")

ZERO: Final = Fraction(0)
ONE: Final = Fraction(1)

# Moodle's tolerance (question/engine/states.php): shares written with seven places count as whole.
_NEARLY_NOTHING: Final = Fraction(1, 1_000_000)
_NEARLY_ALL: Final = ONE - _NEARLY_NOTHING


class Shuffler(Protocol):
    """A source of order. `quizkit.rules.drawing.SeededRandom` is one that gives the same order forever."""

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in a new order."""
        ...


class Response(Model):
    """What a taker sends. Bounded in size, its leaves strict; every field has a value that means "nothing"."""

    def is_blank(self) -> bool:
        """Return whether nothing was answered."""
        return self == type(self)()


class View(Model):
    """What a taker may see. Lists its own fields and inherits from no question, so it cannot hold a key."""

    type: str = Field(description="The question type.")
    content: Text = Field(description="The prompt.")
    language: str | None = Field(default=None, description="BCP 47 tag of the language of the prompt.")

    def permuted(self, rng: Shuffler) -> Self:
        """Return this view with its shuffled parts in the order that `rng` gives."""
        return self


@dataclass(frozen=True, slots=True)
class Trace:
    """How a fraction came about, as data.

    Attributes:
        rule: the name of the rule, such as `net_correct`.
        inputs: the numbers and choices that went into it; plain JSON values.
        raw: the fraction that the rule gave.
        clamp: the limits that changed the raw fraction, or None.
        parts: the traces of the parts, for a question of several.
    """

    rule: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    raw: Fraction | None = None
    clamp: tuple[Fraction, Fraction] | None = None
    parts: tuple["Trace", ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the trace as JSON values, fractions as strings."""
        found: dict[str, Any] = {"rule": self.rule, "inputs": dict(self.inputs)}
        if self.raw is not None:
            found["raw"] = str(self.raw)
        if self.clamp is not None:
            found["clamp"] = [str(limit) for limit in self.clamp]
        if self.parts:
            found["parts"] = [part.as_dict() for part in self.parts]
        return found


class Verdict(NamedTuple):
    """What a type's own marking returns: the fraction (None = only a person could tell) and how it came about."""

    fraction: Fraction | None
    trace: Trace
    feedback: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """What a response is worth.

    Attributes:
        fraction: the exact share of the points; may be negative, may exceed 1; None = only a person could tell, and no
            verb writes grades by hand yet.
        state: right, partly, wrong, not answered or needs grading.
        marker: the question type and the version of its marking, such as `choice/1`.
        trace: how the fraction came about.
        feedback: the author's feedback that belongs to this response.
    """

    fraction: Fraction | None
    state: GradeState
    marker: str
    trace: Trace
    feedback: tuple[Text, ...] = ()


def state_of(fraction: Fraction | None) -> GradeState:
    """Return right above 0.999999, wrong below 0.000001, partly between; needs grading where there is none.

    The limits are Moodle's (`question_state::graded_state_for_fraction`): a share of 0.9999999 is right.
    """
    if fraction is None:
        return GradeState.NEEDS_GRADING
    if fraction > _NEARLY_ALL:
        return GradeState.RIGHT
    return GradeState.WRONG if fraction < _NEARLY_NOTHING else GradeState.PARTLY


def is_right(fraction: Fraction | None) -> bool:
    """Return whether a share of the points is all of them, as `state_of` says."""
    return state_of(fraction) is GradeState.RIGHT


class ResponseClass(NamedTuple):
    """One part of a response sorted into a class, for distractor analysis.

    `part` is empty for a question of one part; `label` is stable within a revision; `fraction` is what the
    class earns, None where it depends on more than this part.
    """

    part: str
    label: str
    fraction: Fraction | None


class RightPart(NamedTuple):
    """What is right of a response.

    `response` is the response without what is wrong; `parts` how many of them are right, None where that is not told:
    for a single pick, and with `too_many`, where more is picked than is right and the number would give it away.
    """

    response: Response
    parts: int | None
    too_many: bool = False


class Lint(NamedTuple):
    """Something that an author probably did not mean. The question is valid all the same."""

    code: str
    message: str
    path: str = ""


# Under their own names, because inside a question `type` is a field.
_ResponseType: TypeAlias = type[Response]
_ViewType: TypeAlias = type[View]


class Question(Model):
    """The author's shape of a question. Subclasses are the types; see `quizkit.questions.register`.

    A subclass sets `type` to a `Literal`, names its `response_type` and its marking version, and fills in the
    methods that start with an underscore. `answerable` is False for a type that takes no response. `version` is the version of the body's shape; a type that changes
    its shape raises it and teaches `upgrade` to read the older ones.
    """

    response_type: ClassVar[_ResponseType]
    view_type: ClassVar[_ViewType]
    marking: ClassVar[int] = 1
    body_version: ClassVar[int] = 1
    answerable: ClassVar[bool] = True

    type: str = Field(description="The question type.")
    version: int = Field(default=1, ge=1, description="The version of this shape.")
    title: ShortStr | None = Field(default=None, description="A short name for authors; takers never see it.")
    content: Prompt = Field(description="The prompt. A bare string is plain text.")
    points: Points = default(Decimal(1), "What a full answer is worth: 0 to 9999, 7 decimal places.")
    general_feedback: OptionalText = default(None, "Shown with every result, right or wrong.")
    hints: Many[Hint] = default((), "Help between tries, first to last.", max_length=10)
    tags: Many[Word] = default((), "Words for searching and drawing.", max_length=MAX_CHOICES)
    language: Language | None = Field(default=None, description="BCP 47 tag of the language.")
    source_id: ShortStr | None = Field(default=None, description="The id of this question where it came from.")

    # ------------------------------------------------------------------ what a type fills in

    @abstractmethod
    def view(self) -> View:
        """Return what a taker may see, in a canonical order that says nothing about the key."""

    @abstractmethod
    def key(self) -> Response | None:
        """Return a response that marks as full, or None where there is none."""

    @abstractmethod
    def _mark(self, response: Any) -> Verdict:
        """Mark a response that is not blank and has no faults, or what `_markable` has left of one."""

    def _faults(self, response: Any) -> Iterator[Problem]:
        """Yield what is wrong with a response of the right shape, such as an unknown option; it is stored all the same."""
        yield from ()

    def _markable(self, response: Any) -> Response:
        """Return what can be marked of a response that has faults; a blank one for nothing, which is the default."""
        return self.response_type()

    def _canonical(self, response: Any) -> Hashable:
        """Return what a response that is not blank says: equal for two that say the same, and then their marks are too."""
        return json.dumps(response.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)

    def _is_complete(self, response: Any) -> bool:
        """Return whether a response that is neither blank nor has faults leaves nothing out."""
        return True

    @abstractmethod
    def summarise(self, response: Any) -> str:
        """Return the response as one line of plain text, for reports."""

    def _classes(self, response: Any) -> Iterator[ResponseClass]:
        """Yield the classes of a response that is not blank."""
        yield from ()

    def _parts(self, response: Any) -> Mapping[str, Fraction] | None:
        """Return the share of the points that each part earned, for a type whose parts are tried one by one."""
        return None

    def _right_part(self, response: Any) -> RightPart | None:
        """Return what is right of a response, for a type whose parts are right or wrong one by one."""
        return None

    @abstractmethod
    def _samples(self) -> Iterator[Response]:
        """Yield responses that between them earn every fraction this question can give."""

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return the least and the greatest fraction that a response can earn."""
        return ZERO, ONE

    def guess_score(self) -> Fraction | None:
        """Return the expected fraction of a blind guess; None where it is not defined."""
        return ZERO

    def _lint(self) -> Iterator[Lint]:
        """Yield what is probably a mistake of the author's."""
        yield from ()

    @classmethod
    def upgrade(cls, body: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """Return an older body in today's shape. Called for each body whose version is lower than today's."""
        return body

    # ------------------------------------------------------------------ what every type does alike

    @property
    def marker(self) -> str:
        """The name and version of this question's marking; stored with every grade."""
        return f"{self.type}/{self.marking}"

    def read(self, data: object) -> Response:
        """Return a response from JSON values, a JSON string or bytes, or a `Response`, as it was typed.

        Whether all of it can be marked is another question: see `problems`.

        Raises:
            Invalid: `response_invalid`: it is of another shape than this type's, or out of its bounds.
        """
        try:
            if isinstance(data, str | bytes | bytearray):
                return self.response_type.model_validate_json(data)
            return self.response_type.model_validate(data)
        except ValidationError as error:
            refused = Invalid.of(error, "response", "response_invalid")
        raise refused

    def problems(self, response: Response | None) -> tuple[Problem, ...]:
        """Return why a response cannot be marked as it is, or is not as the author asked; none for a blank one.

        A front end can tell the taker, who can mend it; the response is stored all the same. Nothing of it depends on
        the key, except that a unit which only the question names makes a number readable: it tells which words are
        units of the author's. Units that everybody knows tell nothing.
        """
        if response is None or response.is_blank():
            return ()
        return tuple(itertools.islice(self._faults(response), MAX_PROBLEMS))

    def markable(self, response: Response | None) -> Response:
        """Return what can be marked of a response; a blank one for nothing."""
        if response is None or response.is_blank():
            return self.response_type()
        return self._markable(response) if self.problems(response) else response

    def mark(self, response: Response | None) -> Grade:
        """Return what a response is worth. A blank one, or None, is not answered and earns nothing.

        Of one with problems what can be marked counts, and the rest earns nothing; the trace lists them.

        Raises:
            Invalid: `response_invalid`: it is the response of another question type.
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
        told = {**verdict.trace.inputs, "problems": [{"path": one.path, "code": one.code} for one in problems]}
        return verdict._replace(trace=replace(verdict.trace, inputs=told))

    def classes(self, response: Response | None) -> tuple[ResponseClass, ...]:
        """Return the classes of what can be marked of a response; none for a blank one."""
        left = self.markable(response)
        return () if left.is_blank() else tuple(self._classes(left))

    def parts(self, response: Response | None) -> Mapping[str, Fraction] | None:
        """Return the share of the points that each part earned; None for a type without parts, and for no response.

        Under several tries a part costs only the tries until it was right: Moodle's countback.
        """
        return None if response is None or response.is_blank() else self._parts(self.markable(response))

    def right_part(self, response: Response | None) -> RightPart | None:
        """Return what is right of a response; None for a type without parts, and for no response.

        Hints clear what is wrong, or tell how much is right: Moodle's `clear_wrong_from_response` and
        `get_num_parts_right`.
        """
        return None if response is None or response.is_blank() else self._right_part(self.markable(response))

    def canonical(self, response: Response | None) -> Hashable | None:
        """Return what a response says, equal for responses that say the same; None for a blank one and for none."""
        return None if response is None or response.is_blank() else self._canonical(response)

    def is_same(self, one: Response | None, other: Response | None) -> bool:
        """Return whether two responses say the same: Moodle's `is_same_response`."""
        return self.canonical(one) == self.canonical(other)

    def is_complete(self, response: Response | None) -> bool:
        """Return whether a check of a response uses a try: nothing is left out and nothing unreadable.

        It is Moodle's `is_complete_response`. What is less is marked at the end all the same.
        """
        if response is None or response.is_blank() or next(self._faults(response), None) is not None:
            return False
        return self._is_complete(response)

    def identity(self) -> str:
        """Return the same for questions that ask the same: the SHA-256 of what takers see and what is right, in hexadecimal.

        Title, tags, points, hints, feedback and where a question came from are not in it (decision 0059).
        """
        asked = {"view": self.view().model_dump(mode="json"), "key": _stable(self.canonical(self.key()))}
        canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def lint(self) -> tuple[Lint, ...]:
        """Return what is probably a mistake of the author's, by stable codes."""
        return (*_lint_common(self), *self._lint())


def _stable(value: Hashable) -> Any:
    """Return a canonical response as JSON that is the same in every process."""
    if isinstance(value, frozenset):
        return sorted((_stable(one) for one in value), key=repr)
    if isinstance(value, tuple):
        return [_stable(one) for one in value]
    if isinstance(value, Response):
        return value.model_dump(mode="json")
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _lint_common(question: Question) -> Iterator[Lint]:
    if question.points == 0 and question.answerable:
        yield Lint("no_points", "The question is worth nothing", "points")
    if len(set(question.tags)) < len(question.tags):
        yield Lint("equal_tags", "A tag is given twice", "tags")
    yield from _lint_hints(question)


def _lint_hints(question: Question) -> Iterator[Lint]:
    key = question.key() if any(hint.clear_wrong or hint.show_right_parts for hint in question.hints) else None
    if key is None:
        return
    right = question.right_part(key)
    for place, hint in enumerate(question.hints):
        if (hint.clear_wrong and right is None) or (hint.show_right_parts and (right is None or right.parts is None)):
            yield Lint("hint_without_parts", "The question has no parts to clear or to count", f"hints.{place}")


def first_repeated(texts: Iterable[Text], fold: Callable[[str], str] = str.casefold) -> int | None:
    """Return the position of the first text that reads like one before it."""
    seen = set()
    for position, text in enumerate(texts):
        looks = (" ".join(fold(text.text).split()), tuple(media.sha256 for media in text.media))
        if looks in seen:
            return position
        seen.add(looks)
    return None


def clamped(rule: str, raw: Fraction, low: Fraction, high: Fraction, inputs: Mapping[str, Any]) -> Verdict:
    """Return the verdict of a rule whose fraction is kept within limits; the trace says whether they bit."""
    fraction = max(low, min(high, raw))
    return Verdict(fraction, Trace(rule, inputs, raw, (low, high) if fraction != raw else None))
