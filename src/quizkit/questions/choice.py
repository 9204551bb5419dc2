"""Choice: picking one or several options from a list."""

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from quizkit.errors import Problem
from quizkit.questions._base import Question, Response, ResponseClass, RightPart, Shuffler, View
from quizkit.questions._content import MAX_CHOICES, Handle, LimitItems, Many, OptionalShare, default
from quizkit.questions._lint import Lint
from quizkit.questions._marking import ONE, ZERO, Trace, Verdict, is_right, state_of
from quizkit.questions._select import (
    NONE_CAN_BE_RIGHT,
    SCHEMES,
    SINGLE,
    WEIGHTED,
    WITH_KINDS,
    ChoiceScheme,
    Option,
    OptionCounts,
    OptionView,
    Pick,
    applied_scheme,
    best_pick,
    ids_of,
    lint_options,
    option_views,
    own_ids,
    picks,
    shuffled_views,
    weight_of,
    with_ids,
)
from quizkit.vocabulary import GradeState

__all__ = ["Choice", "ChoiceResponse", "ChoiceView"]


class ChoiceResponse(Response):
    """`{"selected": ["id", …]}`, or `{"none": true}` for "none of these" if the question offers it."""

    type: Literal["choice"] = Field(default="choice", description="The type of the response.")
    selected: Annotated[tuple[Handle, ...], LimitItems] = Field(
        default=(), max_length=MAX_CHOICES, description="The ids of the picked options."
    )
    none: StrictBool = Field(default=False, description='Whether the taker picks "none of these".')


class ChoiceView(View):
    """A prompt and its options."""

    type: Literal["choice"] = Field(default="choice", description="The question type.")
    options: tuple[OptionView, ...] = Field(description="The options, in the order to show.")
    multiple: bool = Field(description="Whether several may be picked.")
    most: int | None = Field(default=None, description="The maximum number of picks.")
    none_option: bool = Field(default=False, description='Whether "none of these" can be picked.')
    shuffle: bool = Field(default=True, description="Whether the order of the options is arbitrary.")

    def permuted(self, rng: Shuffler) -> Self:
        """Return this view with its options in a new order."""
        return self.model_copy(update={"options": shuffled_views(self.options, rng)}) if self.shuffle else self


class Choice(Question):
    """A question with options; takers pick one, or several with `multiple=True`."""

    response_type = ChoiceResponse
    view_type = ChoiceView

    type: Literal["choice"] = Field(default="choice", description="The question type.")
    options: Many[Option] = Field(min_length=2, max_length=MAX_CHOICES, description="The options.")
    multiple: bool = Field(default=False, description="Whether several may be picked.")
    scheme: ChoiceScheme | None = Field(
        default=None,
        description="How a pick is marked; by default single_weight for one pick and net_correct for several.",
    )
    shuffle: bool = Field(default=True, description="Whether each taker sees the options in a different order.")
    most: int | None = Field(default=None, ge=1, le=MAX_CHOICES, description="The maximum number of picks.")
    none_option: bool = Field(default=False, description='Whether takers can pick "none of these".')
    dock: OptionalShare = default(None, "credit_minus_dock: the share that a wrong pick costs.")
    partial_credit: bool = Field(default=True, description="credit_minus_dock: False for all or nothing.")
    pass_share: OptionalShare = default(None, "weight_balance: the threshold for all or nothing.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        object.__setattr__(self, "options", with_ids(self.options))
        if fault := _fault(self):
            raise PydanticCustomError(*fault)
        return self

    @property
    def marked_by(self) -> ChoiceScheme:
        """The scheme that applies."""
        return applied_scheme(self.scheme, multiple=self.multiple)

    def view(self) -> ChoiceView:
        return ChoiceView(
            content=self.content,
            language=self.language,
            options=option_views(self.options, shuffle=self.shuffle),
            multiple=self.multiple,
            most=self.most,
            none_option=self.none_option,
            shuffle=self.shuffle,
        )

    def key(self) -> ChoiceResponse | None:
        best = best_pick(self.options, multiple=self.multiple)
        response = ChoiceResponse(selected=tuple(best)) if best else ChoiceResponse(none=True)
        return response if is_right(self._mark(response).fraction) else None

    def _faults(self, response: ChoiceResponse) -> Iterator[Problem]:
        selected = response.selected
        distinct = set(selected)
        if len(distinct) < len(selected):
            yield Problem("selected", "option_repeated", "An option is picked twice")
        if not distinct <= set(ids_of(self.options).values()):
            yield Problem("selected", "option_unknown", "The question has no such option")
        if len(distinct) > self._most:
            yield Problem("selected", "too_many", "More options are picked than the question allows")
        if response.none and (selected or not self.none_option):
            yield Problem("none", "none_not_offered", '"None of these" cannot be picked here')

    @property
    def _most(self) -> int:
        return (self.most or MAX_CHOICES) if self.multiple else 1

    def _markable(self, response: ChoiceResponse) -> ChoiceResponse:
        """Return the known picks, each once; a blank response if they are contradictory or too many."""
        distinct = dict.fromkeys(response.selected)
        if response.none or len(distinct) > self._most:
            return ChoiceResponse()
        known = set(ids_of(self.options).values())
        return ChoiceResponse(selected=tuple(option for option in distinct if option in known))

    def _pick(self, *ids: str) -> Pick:
        picked = own_ids(self.options, ids)
        return Pick(self.options, picked, self.multiple, self.dock, self.partial_credit, self.pass_share)

    def _mark(self, response: ChoiceResponse) -> Verdict:
        pick = self._pick(*response.selected)
        fraction, trace, _ = SCHEMES[self.marked_by](pick)
        full_trace = Trace(trace.rule, {"picked": sorted(response.selected), **trace.inputs}, trace.raw, trace.clamp)
        return Verdict(fraction, full_trace, tuple(option.feedback for option in pick.chosen if option.feedback))

    def _canonical(self, response: ChoiceResponse) -> Hashable:
        return response.none, tuple(sorted(response.selected))

    def _right_part(self, response: ChoiceResponse) -> RightPart:
        chosen = self._pick(*response.selected).chosen
        counted = [option for option in chosen if option.counts is OptionCounts.NORMALLY]
        public = ids_of(self.options)
        wrong = {public[str(option.id)] for option in counted if not option.correct}
        left = ChoiceResponse(selected=tuple(option for option in response.selected if option not in wrong))
        if not self.multiple:
            return RightPart(left, None)
        too_many = len(counted) > sum(option.correct for option in self.options)
        return RightPart(left, None if too_many else len(counted) - len(wrong), too_many)

    def summarise(self, response: ChoiceResponse) -> str:
        if response.none:
            return "none of these"
        return "; ".join(option.content.text for option in self._pick(*response.selected).chosen)

    def _classes(self, response: ChoiceResponse) -> Iterator[ResponseClass]:
        if response.none:
            yield ResponseClass("", "none", None)
        # Uses the author's ids: they survive revisions of the text, and takers never see a class.
        for option in self._pick(*response.selected).chosen:
            weighted = self.marked_by in WEIGHTED
            weight = weight_of(option, self.options, multiple=self.multiple) if weighted else None
            yield ResponseClass(str(option.id) if self.multiple else "", str(option.id), weight)

    def _samples(self) -> Iterator[Response]:
        if self.none_option:
            yield ChoiceResponse(none=True)
        if self.multiple:
            most = self.most or MAX_CHOICES
            yield from (ChoiceResponse(selected=tuple(ids)) for ids in picks(self.options) if 0 < len(ids) <= most)
        else:
            yield from (ChoiceResponse(selected=(public,)) for public in ids_of(self.options).values())

    def bounds(self) -> tuple[Fraction, Fraction]:
        if self.marked_by is not ChoiceScheme.SINGLE_WEIGHT:
            return ZERO, ONE
        weights = [weight_of(o, self.options, multiple=False) for o in self.options]
        return min(ZERO, *weights), max(ZERO, *weights)

    def guess_score(self) -> Fraction | None:
        if self.multiple or self.none_option:
            return None
        weights = [weight_of(o, self.options, multiple=False) for o in self.options]
        return sum(weights, ZERO) / len(weights)

    def _lint(self) -> Iterator[Lint]:
        yield from lint_options(self.options)
        if self.key() is None:
            yield Lint("no_full_answer", "No response earns full points", "options")
        everything = self._pick(*ids_of(self.options).values())
        pays = state_of(SCHEMES[self.marked_by](everything).fraction) is not GradeState.WRONG
        if self.multiple and self.most is None and pays:
            yield Lint("ticking_all_pays", "Picking every option earns points", "scheme")
        if self.shuffle and any(_names_a_place(o.content.text) for o in self.options if not o.fixed):
            yield Lint("order_matters", "An option speaks of the others; shuffling may make it wrong", "shuffle")


# "All (none) of the above", "both A and B" in the languages with most learners.
_PLACES: Final = (
    "of the above", "of these", "of the following", "both a and b",
    "der genannten", "der obigen", "sowohl a als auch b",
    "ci-dessus", "de ces réponses", "des réponses précédentes",
    "las anteriores", "lo anterior", "todas las opciones",
    "das anteriores", "das alternativas", "nenhuma delas",
    "delle precedenti", "le precedenti", "di queste",
    "bovenstaande", "van deze antwoorden",
    "все перечисл", "ни один из", "ничего из",
    "powyższ", "żadna z", "yukar\u0131dakiler", "hi\u00e7biri", "hepsi",
    "以上", "上述", "以下の", "上記", "いずれも",
    "위의", "모두 맞", "كل ما سبق", "جميع ما سبق",
    "उपरोक्त",
)  # fmt: skip


def _names_a_place(text: str) -> bool:
    folded = text.casefold()
    return any(phrase in folded for phrase in _PLACES)


def _fault(question: Choice) -> tuple[str, str] | None:  # noqa: PLR0911 - one line for each rule reads best
    scheme = question.marked_by
    options = question.options
    if question.multiple == (scheme in SINGLE):
        return "scheme_arity", "This scheme does not fit the number of picks"
    if not question.multiple and question.most is not None:
        return "most_single", "most requires multiple"
    if question.most is not None and question.most < sum(o.correct for o in options):
        return "most_too_low", "More options are correct than may be picked"
    if not any(o.correct or o.counts is OptionCounts.ALWAYS for o in options) and not question.none_option:
        return "no_correct_option", 'No option is correct, and "none of these" is not offered'
    if not any(o.correct for o in options) and question.none_option and scheme not in NONE_CAN_BE_RIGHT:
        return "none_cannot_be_right", 'Under this scheme "none of these" cannot be right'
    if scheme not in WEIGHTED and any(o.weight is not None for o in options):
        return "scheme_weights", "This scheme counts options and does not support weights"
    if scheme not in WITH_KINDS and any(o.counts is not OptionCounts.NORMALLY for o in options):
        return "scheme_counts", "This scheme does not support disregarded or always-right options"
    if any(o.correct and o.counts is not OptionCounts.NORMALLY for o in options):
        return "counts_correct", "A disregarded or always-right option must not be marked as correct"
    dockable = scheme is ChoiceScheme.CREDIT_MINUS_DOCK
    if not dockable and (question.dock is not None or not question.partial_credit):
        return "scheme_dock", "dock and partial_credit require the scheme credit_minus_dock"
    if question.pass_share is not None and scheme is not ChoiceScheme.WEIGHT_BALANCE:
        return "scheme_pass_share", "pass_share requires the scheme weight_balance"
    if min(question.dock or ZERO, question.pass_share or ZERO) < 0:
        return "share_negative", "dock and pass_share must not be negative"
    return None
