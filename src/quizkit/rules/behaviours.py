"""Question behaviours: what each save, check and finish does to a question of an attempt.

The definitions are Moodle's (`question/behaviour/*/behaviour.php`): deferred feedback, immediate feedback, interactive
with several tries, adaptive with and without penalty, certainty-based marking. The state and the mark are a replay of
the steps, so that they can be recomputed from stored events, even years later.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from quizkit.questions import GradeState, state_of
from quizkit.vocabulary import Action, Behaviour, Certainty, TryState

__all__ = [
    "QuestionProgress",
    "Step",
    "TryPolicy",
    "asks_certainty",
    "certain",
    "has_checks",
    "hint_number",
    "is_adaptive",
    "next_try",
    "replay",
    "state_of_try",
    "takes_wrong_penalty",
    "tries_left",
    "with_penalty",
]

ZERO, ONE = Fraction(0), Fraction(1)

MAX_CHECKS: Final = 100


@dataclass(frozen=True, slots=True)
class TryPolicy:
    """How a question may be tried.

    Attributes:
        behaviour: the behaviour.
        penalty: the penalty for each used try, as a share of the points; 1/3 is Moodle's default.
        hints: the number of hints; an interactive question has one more try than hints.
        wrong_penalty: the share of its points that a wrong response loses under the behaviours with one try without
            certainty; the others have their own penalties.
    """

    behaviour: Behaviour
    penalty: Fraction = Fraction(1, 3)
    hints: int = 0
    wrong_penalty: Fraction = ZERO

    @property
    def tries(self) -> int:
        """How often an interactive question can be checked."""
        return self.hints + 1

    @property
    def most_checks(self) -> int:
        """How often a question can be checked in total.

        In adaptive mode that is a hundred times; Moodle has no limit and stores every try.
        """
        if not has_checks(self.behaviour):
            return 0
        if self.behaviour in _ADAPTIVE:
            return MAX_CHECKS
        return self.tries if self.behaviour is Behaviour.INTERACTIVE else 1


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a taker on a question.

    Attributes:
        action: save, check, try again or finish.
        response: the response in canonical form (`Question.canonical`), equal for equivalent ones; None for a blank
            one.
        fraction: the result of marking the response; None if it needs manual grading.
        certainty: how certain the taker is, if the behaviour asks for it.
        parts: the share of the points that each part earned, for types with parts.
        complete: whether the response is complete (`Question.is_complete`); checking an incomplete one uses no try.
    """

    action: Action
    response: Hashable | None = None
    fraction: Fraction | None = ZERO
    certainty: Certainty = Certainty.LOW
    parts: Mapping[str, Fraction] | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class QuestionProgress:
    """The progress of a question.

    Attributes:
        state: open (todo, complete, try again) or finished (right, partly, wrong, gave up, needs grading).
        fraction: the share of the points that counts now; None while nothing counts yet, and if it needs manual
            grading. For a finished question, None means that it needs manual grading.
        tries: the number of counted checks.
        last: the step with the last response, which is marked at the finish.
        checked: the steps that were counted checks, the oldest first.
        changed: whether the last step changed anything.
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


def takes_wrong_penalty(behaviour: Behaviour) -> bool:
    """Return whether a wrong response loses the penalty of the quiz: it has one try, and no certainty."""
    return behaviour in {Behaviour.DEFERRED, Behaviour.IMMEDIATE}


def is_adaptive(behaviour: Behaviour) -> bool:
    """Return whether a question can be checked again after a right response."""
    return behaviour in _ADAPTIVE


def asks_certainty(behaviour: Behaviour) -> bool:
    """Return whether takers state how certain they are."""
    return behaviour in _CERTAINTY


def replay(policy: TryPolicy, steps: Iterable[Step]) -> QuestionProgress:
    """Return the progress of a question after the steps. A step that its state does not allow changes nothing."""
    progress = QuestionProgress()
    for step in steps:
        progress = _apply(policy, progress, step)
    return progress


def state_of_try(policy: TryPolicy, step: Step) -> GradeState:
    """Return the grade state of a single response: right, partly, wrong, or needs grading."""
    return state_of(_share(policy, step))


def tries_left(policy: TryPolicy, progress: QuestionProgress) -> int:
    """Return how often a question can still be checked."""
    return 0 if progress.state.finished else max(0, policy.most_checks - progress.tries)


def next_try(policy: TryPolicy, progress: QuestionProgress) -> int | None:
    """Return the number of the next check, from 1; None if the question cannot be checked again."""
    return progress.tries + 1 if tries_left(policy, progress) else None


def hint_number(policy: TryPolicy, progress: QuestionProgress) -> int | None:
    """Return which hint the taker should see now, from 1; None for none."""
    waits = progress.state is TryState.TRY_AGAIN and progress.tries <= policy.hints
    return progress.tries if waits else None


def certain(fraction: Fraction, certainty: Certainty) -> Fraction:
    """Return the fraction of a response with the taker's certainty: from −6 to 3 times the points.

    A right or partly right response is multiplied by 1, 2 or 3. A wrong one earns 0, −2 or −6, whatever its fraction.
    """
    right, wrong = _CERTAIN[certainty]
    return Fraction(wrong) if state_of(fraction) is GradeState.WRONG else fraction * right


_CERTAIN: Final[Mapping[Certainty, tuple[int, int]]] = {
    Certainty.LOW: (1, 0),
    Certainty.MID: (2, -2),
    Certainty.HIGH: (3, -6),
}


def with_penalty(fraction: Fraction, wrong_penalty: Fraction) -> Fraction:
    """Return the fraction of a response with the penalty of the quiz: a wrong response earns at most -wrong_penalty.

    A response that is right or partly right keeps its fraction, and so does a wrong one whose question takes more.
    """
    if not wrong_penalty or state_of(fraction) is not GradeState.WRONG:
        return fraction
    return min(fraction, -wrong_penalty)


def _apply(policy: TryPolicy, progress: QuestionProgress, step: Step) -> QuestionProgress:
    same = replace(progress, changed=False)
    if progress.state.finished:
        return same
    if progress.state is TryState.TRY_AGAIN and step.action in {Action.SAVE, Action.CHECK}:
        return same  # the taker has to confirm the hint with a try_again step first
    if step.action is Action.TRY_AGAIN:
        return replace(progress, state=TryState.TODO, changed=True) if progress.state is TryState.TRY_AGAIN else same
    if step.action is Action.SAVE:
        return _saved(progress, step)
    if step.action is Action.FINISH:
        return _finished(policy, replace(progress, changed=True))
    return _checked(policy, progress, step)


def _saved(progress: QuestionProgress, step: Step) -> QuestionProgress:
    is_complete = step.response is not None and step.complete
    return replace(progress, state=TryState.COMPLETE if is_complete else TryState.TODO, last=step, changed=True)


def _checked(policy: TryPolicy, progress: QuestionProgress, step: Step) -> QuestionProgress:
    """A check: it counts only if the response is complete and the behaviour has checks."""
    if step.response is None or not step.complete or policy.behaviour in _WITHOUT_CHECKS:
        return replace(_saved(progress, step), changed=step.response is not None or progress.last != step)
    if policy.behaviour in _ADAPTIVE:
        return _adapted(policy, progress, step)
    tried = replace(progress, last=step, checked=(*progress.checked, step), tries=progress.tries + 1, changed=True)
    more = policy.behaviour is Behaviour.INTERACTIVE and tried.tries < policy.tries
    if more and _state(_share(policy, step)) in {TryState.PARTLY, TryState.WRONG}:
        return replace(tried, state=TryState.TRY_AGAIN)
    return _graded(tried, _share(policy, step), _worth(policy, tried, step, used=progress.tries))


def _adapted(policy: TryPolicy, progress: QuestionProgress, step: Step) -> QuestionProgress:
    if progress.checked and progress.checked[-1].response == step.response:
        return replace(progress, last=step, changed=False)  # checking the same response again has no penalty
    tried = replace(progress, last=step, checked=(*progress.checked, step), tries=progress.tries + 1, changed=True)
    if step.fraction is None:
        return _graded(tried, None, None)
    right = _state(_highest(tried.checked)) is TryState.RIGHT
    fraction = _best(policy, progress, step, used=progress.tries)
    return replace(tried, state=TryState.COMPLETE if right else TryState.TODO, fraction=fraction)


def _finished(policy: TryPolicy, progress: QuestionProgress) -> QuestionProgress:
    step = progress.last
    has_response = step is not None and step.response is not None
    if policy.behaviour in _ADAPTIVE and (has_response or progress.checked):
        return _finished_adaptive(policy, progress)
    if step is None or not has_response:
        return replace(progress, state=TryState.GAVE_UP, fraction=ZERO)
    return _graded(progress, _share(policy, step), _worth(policy, progress, step, used=progress.tries))


def _finished_adaptive(policy: TryPolicy, progress: QuestionProgress) -> QuestionProgress:
    """The best response and its state count; the last response is a candidate unless it is blank."""
    step = progress.last
    if step is None or step.response is None:
        return _graded(progress, _highest(progress.checked), progress.fraction)
    if step.fraction is None:
        return _graded(progress, None, None)
    graded = bool(progress.checked) and progress.checked[-1].response == step.response
    worth = _best(policy, progress, step, used=progress.tries - 1 if graded else progress.tries)
    return _graded(progress, _highest((*progress.checked, step)), worth)


_STATES: Final[Mapping[GradeState, TryState]] = {
    GradeState.RIGHT: TryState.RIGHT,
    GradeState.PARTLY: TryState.PARTLY,
    GradeState.WRONG: TryState.WRONG,
    GradeState.NEEDS_GRADING: TryState.NEEDS_GRADING,
}


def _state(share: Fraction | None) -> TryState:
    return _STATES[state_of(share)]


def _graded(progress: QuestionProgress, share: Fraction | None, worth: Fraction | None) -> QuestionProgress:
    return replace(progress, state=_state(share), fraction=None if share is None else worth)


def _share(policy: TryPolicy, step: Step) -> Fraction | None:
    """Return the share of a response before penalties; in interactive mode negative parts count as 0."""
    if step.fraction is None or policy.behaviour is not Behaviour.INTERACTIVE:
        return step.fraction
    parts = [step.fraction] if step.parts is None else step.parts.values()
    return sum((max(ZERO, part) for part in parts), ZERO)


def _worth(policy: TryPolicy, progress: QuestionProgress, step: Step, *, used: int) -> Fraction | None:
    """Return the share of the response that finishes the question, after `used` tries."""
    if step.fraction is None:
        return None
    if policy.behaviour in _CERTAINTY:
        return certain(step.fraction, step.certainty)
    if policy.behaviour is not Behaviour.INTERACTIVE:
        return with_penalty(step.fraction, policy.wrong_penalty)
    if step.parts is not None:
        tried = progress.checked if progress.checked and progress.checked[-1] == step else (*progress.checked, step)
        return _countback(policy.penalty, [checked.parts or {} for checked in tried])
    return max(ZERO, step.fraction - used * policy.penalty)


def _countback(penalty: Fraction, tries: list[Mapping[str, Fraction]]) -> Fraction:
    """Return the sum over the parts; each has a penalty only for the tries before it reached its final value."""
    final, total = tries[-1], ZERO
    for part, share in final.items():
        until = max((n for n, shares in enumerate(tries, 1) if shares.get(part, ZERO) != share), default=0)
        total += max(ZERO, share) * max(ZERO, ONE - until * penalty)
    return total


def _best(policy: TryPolicy, progress: QuestionProgress, step: Step, *, used: int) -> Fraction:
    penalty = ZERO if policy.behaviour is Behaviour.ADAPTIVE_NO_PENALTY else policy.penalty
    return max(progress.fraction or ZERO, (step.fraction or ZERO) - used * penalty)


def _highest(steps: Iterable[Step]) -> Fraction:
    return max(step.fraction for step in steps if step.fraction is not None)


_CERTAINTY: Final = frozenset({Behaviour.DEFERRED_CBM, Behaviour.IMMEDIATE_CBM})
_ADAPTIVE: Final = frozenset({Behaviour.ADAPTIVE, Behaviour.ADAPTIVE_NO_PENALTY})
_WITHOUT_CHECKS: Final = frozenset({Behaviour.DEFERRED, Behaviour.DEFERRED_CBM})
