"""How one may try: what every save, check and finish does to a question of an attempt.

The definitions are Moodle's (`question/behaviour/*/behaviour.php`): deferred feedback, immediate feedback, interactive
with several tries, adaptive with and without penalty, certainty-based marking. Everything is a replay of what was done,
so that the state and the mark can be computed again from stored events, years later.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from quizkit.questions import GradeState, state_of
from quizkit.vocabulary import Action, Behaviour, Certainty, TryState

__all__ = [
    "Policy",
    "QuestionProgress",
    "Step",
    "asks_certainty",
    "certain",
    "has_checks",
    "is_adaptive",
    "replay",
    "state_of_try",
]

ZERO, ONE = Fraction(0), Fraction(1)

MOST_CHECKS: Final = 100


@dataclass(frozen=True, slots=True)
class Policy:
    """How a question may be tried.

    Attributes:
        behaviour: which of the definitions.
        penalty: what a try that was used costs, as a share of the points; 1/3 is Moodle's default.
        hints: how many hints there are; an interactive question has one try more than that.
    """

    behaviour: Behaviour
    penalty: Fraction = Fraction(1, 3)
    hints: int = 0

    @property
    def tries(self) -> int:
        """How often an interactive question may be checked."""
        return self.hints + 1

    @property
    def most_checks(self) -> int:
        """How often a question may be checked at all.

        In adaptive mode that is a hundred times; Moodle has no limit, and keeps every try.
        """
        if not has_checks(self.behaviour):
            return 0
        if self.behaviour in _ADAPTIVE:
            return MOST_CHECKS
        return self.tries if self.behaviour is Behaviour.INTERACTIVE else 1


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a taker step.

    Attributes:
        action: save, check, try again or finish.
        response: what was said, equal to what says the same (`Question.canonical`); None for nothing.
        fraction: what marking says of the response; None where a person must look.
        certainty: how sure the taker is, where that is asked.
        parts: the share of the points that each part earned, for types with parts.
        complete: whether nothing is left out (`Question.is_complete`): a check of less uses no try.
    """

    action: Action
    response: Hashable | None = None
    fraction: Fraction | None = ZERO
    certainty: Certainty = Certainty.LOW
    parts: Mapping[str, Fraction] | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class QuestionProgress:
    """Where a question stands.

    Attributes:
        state: open (todo, complete, try again) or finished (right, partly, wrong, gave up, needs grading).
        fraction: the share of the points as it counts now; None while nothing counts yet, and where a person must
            look. Of a finished question it is None only where a person must look.
        tries: how many checks were counted.
        last: the last response, which finishing marks.
        checked: the responses that were checked, the oldest first.
        changed: whether the last action step anything.
    """

    state: TryState = TryState.TODO
    fraction: Fraction | None = None
    tries: int = 0
    last: Step | None = None
    checked: tuple[Step, ...] = ()
    changed: bool = False


def has_checks(behaviour: Behaviour) -> bool:
    """Return whether a question can be checked while the attempt is open."""
    return behaviour not in _WITHOUT_CHECKS


def is_adaptive(behaviour: Behaviour) -> bool:
    """Return whether a question can be checked again after it was right."""
    return behaviour in _ADAPTIVE


def asks_certainty(behaviour: Behaviour) -> bool:
    """Return whether takers say how sure they are."""
    return behaviour in _CERTAINTY


def replay(policy: Policy, done: Iterable[Step]) -> QuestionProgress:
    """Return where a question stands after what was done. What cannot be done in a state changes nothing."""
    standing = QuestionProgress()
    for one in done:
        standing = _step(policy, standing, one)
    return standing


def state_of_try(policy: Policy, step: Step) -> GradeState:
    """Return what a response is, taken by itself: right, partly, wrong, or for a person to say."""
    return state_of(_share(policy, step))


def certain(fraction: Fraction, certainty: Certainty) -> Fraction:
    """Return what a response is worth when the taker said how sure they are: from −6 to 3 times the points.

    Right, also in part: times 1, 2 or 3. Wrong: 0, −2 or −6, whatever the points.
    """
    right, wrong = _CERTAIN[certainty]
    return Fraction(wrong) if state_of(fraction) is GradeState.WRONG else fraction * right


_CERTAIN: Final[Mapping[Certainty, tuple[int, int]]] = {
    Certainty.LOW: (1, 0),
    Certainty.MID: (2, -2),
    Certainty.HIGH: (3, -6),
}


def _step(policy: Policy, at: QuestionProgress, step: Step) -> QuestionProgress:
    same = replace(at, changed=False)
    if at.state.finished:
        return same
    if at.state is TryState.TRY_AGAIN and step.action in {Action.SAVE, Action.CHECK}:
        return same  # the taker reads the hint, and says that they go on
    if step.action is Action.TRY_AGAIN:
        return replace(at, state=TryState.TODO, changed=True) if at.state is TryState.TRY_AGAIN else same
    if step.action is Action.SAVE:
        return _saved(at, step)
    if step.action is Action.FINISH:
        return _finished(policy, replace(at, changed=True))
    return _checked(policy, at, step)


def _saved(at: QuestionProgress, step: Step) -> QuestionProgress:
    whole = step.response is not None and step.complete
    return replace(at, state=TryState.COMPLETE if whole else TryState.TODO, last=step, changed=True)


def _checked(policy: Policy, at: QuestionProgress, step: Step) -> QuestionProgress:
    """A check: it counts only if nothing is left out, and where the behaviour has checks at all."""
    if step.response is None or not step.complete or policy.behaviour in _WITHOUT_CHECKS:
        return replace(_saved(at, step), changed=step.response is not None or at.last != step)
    if policy.behaviour in _ADAPTIVE:
        return _adapted(policy, at, step)
    tried = replace(at, last=step, checked=(*at.checked, step), tries=at.tries + 1, changed=True)
    more = policy.behaviour is Behaviour.INTERACTIVE and tried.tries < policy.tries
    if more and _state(_share(policy, step)) in {TryState.PARTLY, TryState.WRONG}:
        return replace(tried, state=TryState.TRY_AGAIN)
    return _closed(tried, _share(policy, step), _worth(policy, tried, step, used=at.tries))


def _adapted(policy: Policy, at: QuestionProgress, step: Step) -> QuestionProgress:
    if at.checked and at.checked[-1].response == step.response:
        return replace(at, last=step, changed=False)  # the same again costs nothing
    tried = replace(at, last=step, checked=(*at.checked, step), tries=at.tries + 1, changed=True)
    if step.fraction is None:
        return _closed(tried, None, None)
    right = _state(_highest(tried.checked)) is TryState.RIGHT
    fraction = _best(policy, at, step, used=at.tries)
    return replace(tried, state=TryState.COMPLETE if right else TryState.TODO, fraction=fraction)


def _finished(policy: Policy, at: QuestionProgress) -> QuestionProgress:
    step = at.last
    said = step is not None and step.response is not None
    if policy.behaviour in _ADAPTIVE and (said or at.checked):
        return _adapted_to_the_end(policy, at)
    if step is None or not said:
        return replace(at, state=TryState.GAVE_UP, fraction=ZERO)
    return _closed(at, _share(policy, step), _worth(policy, at, step, used=at.tries))


def _adapted_to_the_end(policy: Policy, at: QuestionProgress) -> QuestionProgress:
    """The best response counts, and its state; what was said last is one of them, if anything was."""
    step = at.last
    if step is None or step.response is None:
        return _closed(at, _highest(at.checked), at.fraction)
    if step.fraction is None:
        return _closed(at, None, None)
    graded = bool(at.checked) and at.checked[-1].response == step.response
    worth = _best(policy, at, step, used=at.tries - 1 if graded else at.tries)
    return _closed(at, _highest((*at.checked, step)), worth)


_STATES: Final[Mapping[GradeState, TryState]] = {
    GradeState.RIGHT: TryState.RIGHT,
    GradeState.PARTLY: TryState.PARTLY,
    GradeState.WRONG: TryState.WRONG,
    GradeState.NEEDS_GRADING: TryState.NEEDS_GRADING,
}


def _state(share: Fraction | None) -> TryState:
    return _STATES[state_of(share)]


def _closed(at: QuestionProgress, share: Fraction | None, worth: Fraction | None) -> QuestionProgress:
    return replace(at, state=_state(share), fraction=None if share is None else worth)


def _share(policy: Policy, step: Step) -> Fraction | None:
    """Return what a response is worth before tries are counted: under interactive no part takes from another."""
    if step.fraction is None or policy.behaviour is not Behaviour.INTERACTIVE:
        return step.fraction
    parts = [step.fraction] if step.parts is None else step.parts.values()
    return sum((max(ZERO, part) for part in parts), ZERO)


def _worth(policy: Policy, at: QuestionProgress, step: Step, *, used: int) -> Fraction | None:
    """Return what a response is worth that ends the question, after `used` tries."""
    if step.fraction is None:
        return None
    if policy.behaviour in _CERTAINTY:
        return certain(step.fraction, step.certainty)
    if policy.behaviour is not Behaviour.INTERACTIVE:
        return step.fraction
    if step.parts is not None:
        tried = at.checked if at.checked and at.checked[-1] == step else (*at.checked, step)
        return _counted_back(policy.penalty, [one.parts or {} for one in tried])
    return max(ZERO, step.fraction - used * policy.penalty)


def _counted_back(penalty: Fraction, tries: list[Mapping[str, Fraction]]) -> Fraction:
    """Return the sum over parts: each costs only the tries until it was, for good, as it is at the end."""
    final, total = tries[-1], ZERO
    for part, share in final.items():
        until = max((n for n, one in enumerate(tries, 1) if one.get(part, ZERO) != share), default=0)
        total += max(ZERO, share) * max(ZERO, ONE - until * penalty)
    return total


def _best(policy: Policy, at: QuestionProgress, step: Step, *, used: int) -> Fraction:
    penalty = ZERO if policy.behaviour is Behaviour.ADAPTIVE_NO_PENALTY else policy.penalty
    return max(at.fraction or ZERO, (step.fraction or ZERO) - used * penalty)


def _highest(said: Iterable[Step]) -> Fraction:
    return max(one.fraction for one in said if one.fraction is not None)


_CERTAINTY: Final = frozenset({Behaviour.DEFERRED_CBM, Behaviour.IMMEDIATE_CBM})
_ADAPTIVE: Final = frozenset({Behaviour.ADAPTIVE, Behaviour.ADAPTIVE_NO_PENALTY})
_WITHOUT_CHECKS: Final = frozenset({Behaviour.DEFERRED, Behaviour.DEFERRED_CBM})
