"""Options, and the schemes that mark a pick of options. Used by `choice` and `blanks`.

Each scheme is a function from a `Pick` to a verdict, with the same name as in `ChoiceScheme`. The formulas and their
sources are in the docstrings; `f` is the returned fraction, C the set of right options, S the set of picked ones, n the
number of options.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, NamedTuple, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit._exact import halves
from quizkit.questions._base import Shuffler
from quizkit.questions._content import (
    Handle,
    OptionalShare,
    OptionalText,
    Prompt,
    Text,
    default,
    distinct_handles,
    public_ids,
)
from quizkit.questions._lint import Lint, first_repeated
from quizkit.questions._marking import ONE, ZERO, Trace, Verdict, clamped
from quizkit.questions._model import Model


class ChoiceScheme(StrEnum):
    """How a pick of options is marked. The reference has a table for each scheme."""

    SINGLE_WEIGHT = "single_weight"
    OPTION_VALUE = "option_value"
    SUM_OF_WEIGHTS = "sum_of_weights"
    ALL_OR_NOTHING = "all_or_nothing"
    EACH_OPTION_ROUNDED = "each_option_rounded"
    HALVING = "halving"
    CREDIT_MINUS_DOCK = "credit_minus_dock"
    NET_CORRECT = "net_correct"
    EACH_OPTION = "each_option"
    COVERAGE = "coverage"
    AGREEMENT = "agreement"
    CORRECT_SUBSET = "correct_subset"
    WEIGHT_BALANCE = "weight_balance"


def applied_scheme(scheme: ChoiceScheme | None, *, multiple: bool) -> ChoiceScheme:
    """Return the scheme that applies: the given one, else the default for one pick or for several."""
    return scheme or (ChoiceScheme.NET_CORRECT if multiple else ChoiceScheme.SINGLE_WEIGHT)


class OptionCounts(StrEnum):
    """How an option counts under `agreement` and `correct_subset`, which have two special kinds of options."""

    NORMALLY = "normally"
    DISREGARDED = "disregarded"
    ALWAYS = "always"


class Option(Model):
    """One option. Most questions need only `correct=True`; `weight` is for partial credit."""

    id: Handle | None = Field(
        default=None,
        description="Derived from the text by default; keep it when you revise the text, omit it otherwise.",
    )
    content: Prompt = Field(description="The text of the option.")
    correct: bool = Field(default=False, description="Whether it is right; derived from the weight if one is given.")
    weight: OptionalShare = default(None, "Its share of the points, -1 to 1.")
    feedback: OptionalText = default(None, "Shown to takers who picked it.")
    fixed: bool = Field(default=False, description="Whether it keeps its position when the others are shuffled.")
    counts: OptionCounts = Field(
        default=OptionCounts.NORMALLY,
        description="normally, disregarded or always (right); the latter two only under agreement and correct_subset.",
    )

    @model_validator(mode="after")
    def _weight_decides(self) -> Self:
        if self.weight is None or self.correct == (self.weight > 0):
            return self
        if "correct" in self.model_fields_set:
            raise PydanticCustomError(
                "option_contradiction", "An option must be correct if its weight is above 0, and not correct otherwise"
            )
        object.__setattr__(self, "correct", True)
        return self


class OptionView(Model):
    """An option as a taker sees it."""

    id: str = Field(description="The id that a response uses.")
    content: Text = Field(description="The text of the option.")
    fixed: bool = Field(default=False, description="Whether it keeps its position when the others are shuffled.")


class Counted(NamedTuple):
    """The numbers that most schemes need."""

    options: int
    correct: int
    right: int
    wrong: int

    @property
    def errors(self) -> int:
        """The number of wrong picks and of right options that were not picked."""
        return self.wrong + self.correct - self.right


class Pick(NamedTuple):
    """A response prepared for marking: the options, the author's ids of the picks, and the settings."""

    options: Sequence[Option]
    picked: frozenset[str]
    multiple: bool = True
    dock: Fraction | None = None
    partial_credit: bool = True
    pass_share: Fraction | None = None

    @property
    def chosen(self) -> list[Option]:
        """The options that were picked."""
        return [option for option in self.options if option.id in self.picked]

    @property
    def counted(self) -> Counted:
        """The number of options (n), right ones (C), right picks (c) and wrong picks (w)."""
        chosen = self.chosen
        right = sum(option.correct for option in chosen)
        return Counted(len(self.options), sum(o.correct for o in self.options), right, len(chosen) - right)


def own_ids(options: Sequence[Option], picked: Iterable[str]) -> frozenset[str]:
    """Return the author's ids of a taker's picks; unknown ids are left out."""
    chosen = set(picked)
    return frozenset(own for own, public in ids_of(options).items() if public in chosen)


def weight_of(option: Option, options: Sequence[Option], *, multiple: bool) -> Fraction:
    """Return the share of the points for picking an option: its weight, else an equal share."""
    if option.weight is not None:
        return option.weight
    if not option.correct:
        return ZERO
    return Fraction(1, sum(o.correct for o in options)) if multiple else ONE


def single_weight(pick: Pick) -> Verdict:
    """F = weight of the picked option, below 0 too. Moodle `qtype_multichoice_single_question`."""
    weight = sum((weight_of(o, pick.options, multiple=False) for o in pick.chosen), ZERO)
    return Verdict(weight, Trace("single_weight", {"weight": str(weight)}, weight))


def option_value(pick: Pick) -> Verdict:
    """F = value of the picked option, 1 for a right one, from 0 to 1. Open edX `grade_via_points`."""
    value = sum((weight_of(o, pick.options, multiple=False) for o in pick.chosen), ZERO)
    return clamped("option_value", value, ZERO, ONE, {"value": str(value)})


def sum_of_weights(pick: Pick) -> Verdict:
    """F = sum of the weights of what was picked, from 0 to 1. Moodle `qtype_multichoice_multi_question`."""
    weights = [weight_of(o, pick.options, multiple=True) for o in pick.chosen]
    return clamped("sum_of_weights", sum(weights, ZERO), ZERO, ONE, {"weights": [str(w) for w in weights]})


def all_or_nothing(pick: Pick) -> Verdict:
    """F = 1 if S = C and something is picked, else 0. Open edX `ChoiceResponse`."""
    n = pick.counted
    return _verdict("all_or_nothing", ONE if n.errors == 0 and pick.picked else ZERO, n)


def each_option_rounded(pick: Pick) -> Verdict:
    """F = (right ticks + right blanks) / n, rounded half up to 2 places. Open edX "every decision counts".

    Open edX rounds the marks; here the fraction is rounded, so the same response earns the same share regardless of
    the points of the question.
    """
    n = pick.counted
    percent = halves(Fraction(100 * (n.options - n.errors), n.options))
    return _verdict("each_option_rounded", Fraction(percent, 100), n)


def halving(pick: Pick) -> Verdict:
    """F = 1 for no error; 1/2 for one if n > 2; 1/4 for two if n > 4; else 0. Open edX "halves"."""
    n = pick.counted
    table = {0: ONE, 1: Fraction(1, 2) if n.options > 2 else ZERO, 2: Fraction(1, 4) if n.options > 4 else ZERO}
    return _verdict("halving", table.get(n.errors, ZERO), n)


def credit_minus_dock(pick: Pick) -> Verdict:
    """F = c/C - w·dock, at least 0; dock is 1/C unless it is set. Canvas `user_answer.rb`.

    Without partial credit: f = 1 if c - w >= C, else 0.
    """
    n = pick.counted
    if not pick.partial_credit:
        return _verdict("credit_minus_dock", ONE if n.right - n.wrong >= n.correct else ZERO, n)
    dock = pick.dock if pick.dock is not None else Fraction(1, n.correct)
    raw = Fraction(n.right, n.correct) - n.wrong * dock
    return clamped("credit_minus_dock", raw, ZERO, ONE, {**n._asdict(), "dock": str(dock)})


def net_correct(pick: Pick) -> Verdict:
    """F = 1 if S = C, else (c - w)/C, at least 0. PrairieLearn "PC"."""
    n = pick.counted
    raw = ONE if n.errors == 0 else Fraction(n.right - n.wrong, n.correct) if n.correct else ZERO
    return clamped("net_correct", raw, ZERO, ONE, n._asdict())


def each_option(pick: Pick) -> Verdict:
    """F = 1 - errors/n. PrairieLearn "EDC"."""
    n = pick.counted
    return _verdict("each_option", 1 - Fraction(n.errors, n.options), n)


def coverage(pick: Pick) -> Verdict:
    """F = (c/C)·(c/S); nothing picked earns 0. PrairieLearn "COV"."""
    n = pick.counted
    picked = n.right + n.wrong
    fraction = Fraction(n.right * n.right, n.correct * picked) if picked and n.correct else ZERO
    return _verdict("coverage", fraction, n)


def agreement(pick: Pick) -> Verdict:
    """F = (n - errors)/n, disregarded options left out, always-right ones agreed. RELATE "proportional"."""
    normal, always, disregarded = _by_kind(pick.options)
    total = len(pick.options) - len(disregarded)
    errors = sum((o.id in pick.picked) != o.correct for o in normal)
    inputs = {"options": total, "errors": errors, "always": len(always)}
    fraction = Fraction(total - errors, total) if total else ONE
    return Verdict(fraction, Trace("agreement", inputs, fraction))


def correct_subset(pick: Pick) -> Verdict:
    """F = (c + always)/(C + always), and 0 if anything wrong is picked. RELATE "proportional_correct"."""
    normal, always, _ = _by_kind(pick.options)
    correct = sum(o.correct for o in normal)
    right = sum(o.correct for o in normal if o.id in pick.picked)
    wrong = sum(not o.correct for o in normal if o.id in pick.picked)
    total = correct + len(always)
    fraction = ZERO if wrong or not total else Fraction(right + len(always), total)
    inputs = {"correct": correct, "right": right, "wrong": wrong, "always": len(always)}
    return Verdict(fraction, Trace("correct_subset", inputs, fraction))


def weight_balance(pick: Pick) -> Verdict:
    """F = (weights of right picks - weights of wrong picks) / weights of all right ones, at least 0. H5P.

    A weight that is not set counts 1. With `pass_share` set it is all or nothing at that share. Where nothing
    is right, picking nothing on purpose earns 1 (`blankIsCorrect`).
    """
    total = sum((_size(o) for o in pick.options if o.correct), ZERO)
    balance = sum((_size(o) if o.correct else -_size(o) for o in pick.chosen), ZERO)
    inputs: dict[str, Any] = {"balance": str(balance), "total": str(total)}
    if not total:
        fraction = ZERO if pick.picked else ONE
        return Verdict(fraction, Trace("weight_balance", inputs, fraction))
    if pick.pass_share is None:
        return clamped("weight_balance", balance / total, ZERO, ONE, inputs)
    fraction = ONE if balance / total >= pick.pass_share else ZERO
    return Verdict(fraction, Trace("weight_balance", {**inputs, "pass_share": str(pick.pass_share)}, fraction))


SCHEMES: Final[Mapping[ChoiceScheme, Callable[[Pick], Verdict]]] = {
    ChoiceScheme.SINGLE_WEIGHT: single_weight,
    ChoiceScheme.OPTION_VALUE: option_value,
    ChoiceScheme.SUM_OF_WEIGHTS: sum_of_weights,
    ChoiceScheme.ALL_OR_NOTHING: all_or_nothing,
    ChoiceScheme.EACH_OPTION_ROUNDED: each_option_rounded,
    ChoiceScheme.HALVING: halving,
    ChoiceScheme.CREDIT_MINUS_DOCK: credit_minus_dock,
    ChoiceScheme.NET_CORRECT: net_correct,
    ChoiceScheme.EACH_OPTION: each_option,
    ChoiceScheme.COVERAGE: coverage,
    ChoiceScheme.AGREEMENT: agreement,
    ChoiceScheme.CORRECT_SUBSET: correct_subset,
    ChoiceScheme.WEIGHT_BALANCE: weight_balance,
}

SINGLE: Final = frozenset({ChoiceScheme.SINGLE_WEIGHT, ChoiceScheme.OPTION_VALUE})
WEIGHTED: Final = SINGLE | {ChoiceScheme.SUM_OF_WEIGHTS, ChoiceScheme.WEIGHT_BALANCE}
WITH_KINDS: Final = frozenset({ChoiceScheme.AGREEMENT, ChoiceScheme.CORRECT_SUBSET})
# Schemes under which "none of these" can be right.
NONE_CAN_BE_RIGHT: Final = frozenset({
    ChoiceScheme.AGREEMENT,
    ChoiceScheme.EACH_OPTION,
    ChoiceScheme.EACH_OPTION_ROUNDED,
    ChoiceScheme.WEIGHT_BALANCE,
})  # fmt: skip


def _verdict(rule: str, fraction: Fraction, counted: Counted) -> Verdict:
    return Verdict(fraction, Trace(rule, counted._asdict(), fraction))


def _size(option: Option) -> Fraction:
    return ONE if option.weight is None else abs(option.weight)


def _by_kind(options: Sequence[Option]) -> tuple[list[Option], list[Option], list[Option]]:
    normal = [o for o in options if o.counts is OptionCounts.NORMALLY]
    always = [o for o in options if o.counts is OptionCounts.ALWAYS]
    return normal, always, [o for o in options if o.counts is OptionCounts.DISREGARDED]


# ---------------------------------------------------------------------------------------------- options


def with_ids(options: Sequence[Option]) -> tuple[Option, ...]:
    """Return the options, each with an id, by default derived only from the text; refuse duplicate ids."""
    _refuse_undecidable(options)
    given = [option.id for option in options if option.id is not None]
    if len(set(given)) < len(given):
        raise PydanticCustomError("option_ids", "Two options have the same id")
    taken = set(given)
    made = []
    for option, handle in zip(options, distinct_handles(o.content for o in options), strict=True):
        if option.id is not None:
            made.append(option)
            continue
        fresh = next(
            h for h in itertools.chain([handle], (f"{handle}-{n}" for n in itertools.count(2))) if h not in taken
        )
        taken.add(fresh)
        made.append(option.model_copy(update={"id": fresh}))
    return tuple(made)


def _refuse_undecidable(options: Sequence[Option]) -> None:
    """Refuse options with the same text but a different value, because takers cannot distinguish them.

    With the same value, the number that distinguishes their ids reveals nothing about the key.
    """
    values: dict[Text, tuple[object, ...]] = {}
    for option in options:
        value = (option.correct, option.weight, option.counts)
        if values.setdefault(option.content, value) != value:
            raise PydanticCustomError("equal_options", "Two options read the same but are marked differently")


def ids_of(options: Sequence[Option]) -> dict[str, str]:
    """Return the public ids, which takers see and send, by the author's ids."""
    return public_ids((option.id for option in options), (option.content for option in options))


def option_views(options: Sequence[Option], *, shuffle: bool) -> tuple[OptionView, ...]:
    """Return the views of the options: in the author's order if it is not shuffled, else in the order of the ids.

    Authors and files often list the right answer first, so the author's order of shuffled options never leaves the
    server. A fixed option, such as "all of the above", keeps its position.
    """
    public = ids_of(options)
    views = [OptionView(id=public[str(o.id)], content=o.content, fixed=shuffle and o.fixed) for o in options]
    return (
        _around_fixed(views, sorted((v for v in views if not v.fixed), key=lambda v: v.id)) if shuffle else tuple(views)
    )


def shuffled_views(views: Sequence[OptionView], rng: Shuffler) -> tuple[OptionView, ...]:
    """Return the options shuffled by `rng`; fixed ones keep their positions."""
    return _around_fixed(views, rng.shuffled([view for view in views if not view.fixed]))


def _around_fixed(views: Sequence[OptionView], movable: Sequence[OptionView]) -> tuple[OptionView, ...]:
    left = iter(movable)
    return tuple(view if view.fixed else next(left) for view in views)


def best_pick(options: Sequence[Option], *, multiple: bool) -> list[str]:
    """Return the public ids of a pick that should earn full points."""
    public = ids_of(options)
    if multiple:
        return [public[str(o.id)] for o in options if o.correct and o.counts is OptionCounts.NORMALLY]
    best = max(options, key=lambda o: weight_of(o, options, multiple=False))
    return [public[str(best.id)]]


def picks(options: Sequence[Option]) -> Iterator[list[str]]:
    """Yield all 2^n picks: first that of all options, then small ones before large ones."""
    ids = list(ids_of(options).values())
    yield ids
    for size in range(len(ids)):
        for chosen in itertools.combinations(ids, size):
            yield list(chosen)


def lint_options(options: Sequence[Option]) -> Iterator[Lint]:
    """Yield probable mistakes in a list of options."""
    if (again := first_repeated(o.content for o in options)) is not None:
        yield Lint("equal_options", "Two options differ at most in case or space", f"options.{again}")
