"""The result of marking a response: the fraction, its trace, and the grade."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.questions._content import Text
from quizkit.vocabulary import GradeState

ZERO: Final = Fraction(0)
ONE: Final = Fraction(1)

# Moodle's tolerance (question/engine/states.php): shares written with seven places count as whole.
_NEARLY_NOTHING: Final = Fraction(1, 1_000_000)
_NEARLY_ALL: Final = ONE - _NEARLY_NOTHING


@dataclass(frozen=True, slots=True)
class Trace:
    """How a fraction was computed, as data.

    Attributes:
        rule: the name of the rule, such as `net_correct`.
        inputs: the inputs of the rule, as plain JSON values.
        raw: the fraction that the rule returned.
        clamp: the limits that changed the raw fraction, or None.
        parts: the traces of the parts, for a question with parts.
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
    """The result of a type's marking: the fraction (None: it needs manual grading) and its trace."""

    fraction: Fraction | None
    trace: Trace
    feedback: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade of a response.

    Attributes:
        fraction: the exact share of the points; may be negative or above 1; None if it needs manual grading (no verb
            writes manual grades yet).
        state: right, partly, wrong, not answered or needs grading.
        marker: the question type and the version of its marking, such as `choice/1`.
        trace: how the fraction was computed.
        feedback: the author's feedback for this response.
    """

    fraction: Fraction | None
    state: GradeState
    marker: str
    trace: Trace
    feedback: tuple[Text, ...] = ()


def state_of(fraction: Fraction | None) -> GradeState:
    """Return RIGHT above 0.999999, WRONG below 0.000001, PARTLY in between, NEEDS_GRADING for None.

    The limits are Moodle's (`question_state::graded_state_for_fraction`): a share of 0.9999999 is right.
    """
    if fraction is None:
        return GradeState.NEEDS_GRADING
    if fraction > _NEARLY_ALL:
        return GradeState.RIGHT
    return GradeState.WRONG if fraction < _NEARLY_NOTHING else GradeState.PARTLY


def is_right(fraction: Fraction | None) -> bool:
    """Return whether a fraction counts as right according to `state_of`."""
    return state_of(fraction) is GradeState.RIGHT


def clamped(rule: str, raw: Fraction, low: Fraction, high: Fraction, inputs: Mapping[str, Any]) -> Verdict:
    """Return the verdict of a rule with its fraction clamped to limits; the trace has the limits if they changed it."""
    fraction = max(low, min(high, raw))
    return Verdict(fraction, Trace(rule, inputs, raw, (low, high) if fraction != raw else None))
