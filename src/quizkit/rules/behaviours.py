"""How one may try: what every save, check and finish does to a question of an attempt.

The definitions are Moodle's (`question/behaviour/*/behaviour.php`): deferred feedback, immediate feedback, interactive
with several tries, adaptive with and without penalty, certainty-based marking. Everything is a fold over what was done,
so that the state and the mark can be computed again from stored events, years later.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from quizkit.vocabulary import Action, Behaviour, Certainty, TryState

__all__ = ["Did", "Policy", "Standing", "asks_certainty", "certain", "fold", "has_checks", "is_adaptive"]

ZERO, ONE = Fraction(0), Fraction(1)


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
    def most_checks(self) -> int | None:
        """How often a question may be checked at all; None for no limit."""
        if not has_checks(self.behaviour):
            return 0
        if self.behaviour in _ADAPTIVE:
            return None
        return self.tries if self.behaviour is Behaviour.INTERACTIVE else 1


@dataclass(frozen=True, slots=True)
class Did:
    """One thing that a taker did.

    Attributes:
        action: save, check, try again or finish.
        response: what was said, to be compared with what was said before; None for nothing, or nothing complete.
        fraction: what marking says of the response; None where a person must look.
        certainty: how sure the taker is, where that is asked.
        parts: the share of the points that each part earned, for types with parts.
    """

    action: Action
    response: Hashable | None = None
    fraction: Fraction | None = ZERO
    certainty: Certainty = Certainty.LOW
    parts: Mapping[str, Fraction] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a question stands.

    Attributes:
        state: open (todo, complete, try again) or finished (right, partly, wrong, gave up, needs grading).
        fraction: the share of the points as it counts now; None while there is none, and where a person must look.
        tries: how many checks were counted.
        last: the last response, which finishing marks.
        checked: the responses that were checked, the oldest first.
        changed: whether the last action did anything.
    """

    state: TryState = TryState.TODO
    fraction: Fraction | None = None
    tries: int = 0
    last: Did | None = None
    checked: tuple[Did, ...] = ()
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


def fold(policy: Policy, done: Iterable[Did]) -> Standing:
    """Return where a question stands after what was done. What cannot be done in a state changes nothing."""
    standing = Standing()
    for one in done:
        standing = _step(policy, standing, one)
    return standing


def certain(fraction: Fraction, certainty: Certainty) -> Fraction:
    """Return what a response is worth when the taker said how sure they are: from −6 to 3 times the points.

    Right, also in part: times 1, 2 or 3. Wrong: 0, −2 or −6, whatever the points.
    """
    right, wrong = _CERTAIN[certainty]
    return fraction * right if fraction > 0 else Fraction(wrong)


_CERTAIN: Final[Mapping[Certainty, tuple[int, int]]] = {
    Certainty.LOW: (1, 0),
    Certainty.MID: (2, -2),
    Certainty.HIGH: (3, -6),
}

_Marking = Callable[[Policy, Standing, Did], "Fraction | None"]


def _step(policy: Policy, at: Standing, did: Did) -> Standing:
    same = replace(at, changed=False)
    if at.state.finished:
        return same
    if at.state is TryState.TRY_AGAIN and did.action in {Action.SAVE, Action.CHECK}:
        return same  # the taker reads the hint, and says that they go on
    if did.action is Action.TRY_AGAIN:
        return replace(at, state=TryState.TODO, changed=True) if at.state is TryState.TRY_AGAIN else same
    if did.action is Action.SAVE:
        return _saved(at, did)
    if did.action is Action.FINISH:
        return _finished(policy, at)
    return _checked(policy, at, did)


def _saved(at: Standing, did: Did) -> Standing:
    state = TryState.TODO if did.response is None else TryState.COMPLETE
    return replace(at, state=state, last=did, changed=True)


def _checked(policy: Policy, at: Standing, did: Did) -> Standing:
    """A check: it counts only if there is something to look at, and where the behaviour has checks at all."""
    if did.response is None or policy.behaviour in _WITHOUT_CHECKS:
        return replace(_saved(at, did), changed=did.response is not None or at.last != did)
    if policy.behaviour in _ADAPTIVE:
        return _adapted(policy, at, did)
    tried = replace(at, last=did, checked=(*at.checked, did), tries=at.tries + 1, changed=True)
    more = policy.behaviour is Behaviour.INTERACTIVE and did.fraction != ONE and tried.tries < policy.tries
    if more and did.fraction is not None:
        return replace(tried, state=TryState.TRY_AGAIN)
    return _closed(tried, did, _worth(policy, tried, did, used=at.tries))


def _adapted(policy: Policy, at: Standing, did: Did) -> Standing:
    if at.checked and at.checked[-1].response == did.response:
        return replace(at, last=did, changed=False)  # the same again costs nothing
    tried = replace(at, last=did, checked=(*at.checked, did), tries=at.tries + 1, changed=True)
    if did.fraction is None:
        return replace(tried, state=TryState.TODO)
    state = TryState.COMPLETE if did.fraction == ONE else TryState.TODO
    return replace(tried, state=state, fraction=_best(policy, at, did, used=at.tries))


def _finished(policy: Policy, at: Standing) -> Standing:
    did = at.last
    if did is None or did.response is None:
        return replace(at, state=TryState.GAVE_UP, changed=True)
    if policy.behaviour in _ADAPTIVE:
        graded = bool(at.checked) and at.checked[-1].response == did.response
        used = at.tries - 1 if graded else at.tries
        worth = None if did.fraction is None else _best(policy, at, did, used=used)
        return _closed(replace(at, changed=True), did, worth)
    return _closed(replace(at, changed=True), did, _worth(policy, at, did, used=at.tries))


def _closed(at: Standing, did: Did, worth: Fraction | None) -> Standing:
    if did.fraction is None or worth is None:
        return replace(at, state=TryState.NEEDS_GRADING, fraction=None)
    state = TryState.RIGHT if did.fraction >= ONE else TryState.PARTLY if did.fraction > ZERO else TryState.WRONG
    return replace(at, state=state, fraction=worth)


def _worth(policy: Policy, at: Standing, did: Did, *, used: int) -> Fraction | None:
    """Return what a response is worth that ends the question, after `used` tries."""
    if did.fraction is None:
        return None
    if policy.behaviour in _CERTAINTY:
        return certain(did.fraction, did.certainty)
    if policy.behaviour is not Behaviour.INTERACTIVE:
        return did.fraction
    if did.parts is not None:
        tried = at.checked if at.checked and at.checked[-1] == did else (*at.checked, did)
        return _counted_back(policy.penalty, [one.parts or {} for one in tried])
    return max(ZERO, did.fraction - used * policy.penalty)


def _counted_back(penalty: Fraction, tries: list[Mapping[str, Fraction]]) -> Fraction:
    """Return the sum over parts: each costs only the tries until it was, for good, as it is at the end."""
    final, total = tries[-1], ZERO
    for part, share in final.items():
        until = max((n for n, one in enumerate(tries, 1) if one.get(part, ZERO) != share), default=0)
        total += share * max(ZERO, ONE - until * penalty)
    return total


def _best(policy: Policy, at: Standing, did: Did, *, used: int) -> Fraction:
    penalty = ZERO if policy.behaviour is Behaviour.ADAPTIVE_NO_PENALTY else policy.penalty
    return max(at.fraction or ZERO, (did.fraction or ZERO) - used * penalty)


_CERTAINTY: Final = frozenset({Behaviour.DEFERRED_CBM, Behaviour.IMMEDIATE_CBM})
_ADAPTIVE: Final = frozenset({Behaviour.ADAPTIVE, Behaviour.ADAPTIVE_NO_PENALTY})
_WITHOUT_CHECKS: Final = frozenset({Behaviour.DEFERRED, Behaviour.DEFERRED_CBM})
