"""Blanks: a text with gaps, each a short answer, a number or a choice."""

import itertools
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError, PydanticKnownError

from quizkit.errors import Problem
from quizkit.questions._assigning import MAX_ASSIGNED, best_assignment
from quizkit.questions._base import Question, Response, ResponseClass, RightPart, Shuffler, View
from quizkit.questions._content import MAX_PARTS, MAX_RESPONSE_TEXT, Handle, Many, ShortResponseStr, entries
from quizkit.questions._folding import seen
from quizkit.questions._gaps import ChoiceGap, Gap, GapView, NumberGap, TextGap, best_of, right_texts
from quizkit.questions._lint import Lint
from quizkit.questions._marking import ZERO, Trace, Verdict, is_right
from quizkit.questions._select import shuffled_views

__all__ = ["Blanks", "BlanksResponse", "BlanksView", "ChoiceGap", "GapView", "NumberGap", "TextGap"]

_PLACE: Final = re.compile(r"\[\[([0-9a-z][0-9a-z_-]{0,31})\]\]")


class BlanksResponse(Response):
    """`{"gaps": {"1": "typed, or the id of an option"}}`; gaps may be omitted."""

    type: Literal["blanks"] = Field(default="blanks", description="The type of the response.")
    gaps: Annotated[dict[Handle, ShortResponseStr], entries(MAX_PARTS)] = Field(
        default_factory=dict, max_length=MAX_PARTS, description="The typed text or the picked option, by gap."
    )

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if sum(map(len, self.gaps.values())) > MAX_RESPONSE_TEXT:
            raise PydanticKnownError("string_too_long", {"max_length": MAX_RESPONSE_TEXT})
        return self

    def is_blank(self) -> bool:
        return not any(map(seen, self.gaps.values()))


class BlanksView(View):
    """A text with `[[gap]]` markers, and the gaps."""

    type: Literal["blanks"] = Field(default="blanks", description="The question type.")
    gaps: tuple[GapView, ...] = Field(description="The gaps, in the order of the text.")

    def permuted(self, rng: Shuffler) -> Self:
        """Return this view with the options of each choice in a new order."""
        gaps = tuple(
            gap.model_copy(update={"options": shuffled_views(gap.options, rng)}) if gap.shuffle else gap
            for gap in self.gaps
        )
        return self.model_copy(update={"gaps": gaps})


def _with_fold(gap: Any) -> Any:
    is_text = isinstance(gap, Mapping) and gap.get("kind", "text") == "text"
    return {"fold": [], **gap} if is_text else gap


def _group(gap: Gap) -> str | None:
    return None if gap.kind == "choice" else gap.group


def _groups(gaps: Iterable[Gap]) -> Iterator[list[Gap]]:
    """Yield the gaps that may be filled in any order together; a gap of no group alone."""
    groups: dict[str, list[Gap]] = {}
    for gap in gaps:
        name = _group(gap)
        if name is None:
            yield [gap]
        else:
            groups.setdefault(name, []).append(gap)
    yield from groups.values()


def _check_groups(gaps: Iterable[Gap]) -> None:
    for group in _groups(gaps):
        if len(group) > MAX_ASSIGNED:
            raise PydanticCustomError(
                "gap_group", "At most {most} gaps may be filled in any order", {"most": MAX_ASSIGNED}
            )
        if any(_settings(gap) != _settings(group[0]) for gap in group):
            raise PydanticCustomError(
                "gap_group", "The gaps of a group must have the same kind, weight and settings; only answers differ"
            )


def _settings(gap: Gap) -> dict[str, Any]:
    return {name: value for name, value in gap if name not in {"id", "answers"}}


class _Filled(NamedTuple):
    """A gap with its text, the gap whose answers it was compared with, and what came of it."""

    gap: Gap
    text: str
    key: Gap
    verdict: Verdict


class Blanks(Question):
    """A text with `[[gap]]` markers; f = sum of f·weight over the gaps / sum of the weights."""

    response_type = BlanksResponse
    view_type = BlanksView
    # 2: invisible characters never count, and case is folded by the language.
    marking = 2
    # 2: by default text gaps ignore differences that version 1 did not ignore.
    body_version = 2

    type: Literal["blanks"] = Field(default="blanks", description="The question type.")
    gaps: Many[Gap] = Field(min_length=1, max_length=MAX_PARTS, description="The gaps of the text.")

    @model_validator(mode="after")
    def _every_gap_has_its_place(self) -> Self:
        places = Counter(_PLACE.findall(self.content.text))
        names = Counter(gap.id for gap in self.gaps)
        if max(names.values()) > 1 or any(places[name] != 1 for name in names) or places.keys() - names.keys():
            raise PydanticCustomError(
                "gap_places", "Each gap needs exactly one [[marker]] in the text, and each marker needs a gap"
            )
        if not any(gap.weight for gap in self.gaps):
            raise PydanticCustomError("gap_weights", "At least one gap must have a weight above 0")
        _check_groups(self.gaps)
        object.__setattr__(self, "gaps", tuple(sorted(self.gaps, key=lambda g: list(places).index(g.id))))
        return self

    @classmethod
    def upgrade(cls, body: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        gaps = body.get("gaps")
        if not isinstance(gaps, list):
            return body
        return {**body, "gaps": [_with_fold(gap) for gap in gaps]}

    def view(self) -> BlanksView:
        return BlanksView(content=self.content, language=self.language, gaps=tuple(gap.view() for gap in self.gaps))

    def key(self) -> BlanksResponse | None:
        filled = [(gap, best_of(gap, self.language)) for gap in self.gaps]
        if any(text is None and gap.weight for gap, text in filled):
            return None
        return BlanksResponse(gaps={gap.id: text for gap, text in filled if text is not None})

    def _faults(self, response: BlanksResponse) -> Iterator[Problem]:
        if not {gap.id for gap in self.gaps}.issuperset(response.gaps):
            yield Problem("gaps", "gap_unknown", "The question has no such gap")
        for gap in self.gaps:
            text = response.gaps.get(gap.id, "")
            if seen(text) and (fault := gap.fault(text)):
                yield Problem(f"gaps.{gap.id}", *fault)

    def _markable(self, response: BlanksResponse) -> BlanksResponse:
        """Return the gaps that can be marked."""
        filled = {
            gap.id: response.gaps[gap.id]
            for gap in self.gaps
            if gap.id in response.gaps and not gap.fault(response.gaps[gap.id])
        }
        return BlanksResponse(gaps=filled)

    def _filled(self, response: BlanksResponse) -> list[_Filled]:
        """Return what each gap earned, in the order of the text."""
        filled = itertools.chain.from_iterable(self._filled_in(group, response) for group in _groups(self.gaps))
        order = {gap.id: at for at, gap in enumerate(self.gaps)}
        return sorted(filled, key=lambda one: order[one.gap.id])

    def _filled_in(self, group: list[Gap], response: BlanksResponse) -> Iterator[_Filled]:
        texts = [response.gaps.get(gap.id, "") for gap in group]
        found = [[self._of_gap(key, text) for key in group] for text in texts]
        keys = best_assignment([[verdict.fraction or ZERO for verdict in row] for row in found])
        for gap, text, key, row in zip(group, texts, keys, found, strict=True):
            yield _Filled(gap, text, group[key], row[key])

    def _of_gap(self, gap: Gap, text: str) -> Verdict:
        return gap.mark(text, self.language) if seen(text) else Verdict(ZERO, Trace("not_answered", {}, ZERO))

    def _mark(self, response: BlanksResponse) -> Verdict:
        filled = self._filled(response)
        total = sum((Fraction(gap.weight) for gap in self.gaps), ZERO)
        fraction = sum(((one.verdict.fraction or ZERO) * Fraction(one.gap.weight) for one in filled), ZERO) / total
        inputs = {"weights": {gap.id: format(gap.weight, "f") for gap in self.gaps}}
        swapped = {one.gap.id: one.key.id for one in filled if one.gap is not one.key}
        if swapped:
            inputs["compared_with"] = swapped
        trace = Trace("weighted_mean", inputs, fraction, None, tuple(one.verdict.trace for one in filled))
        return Verdict(fraction, trace, tuple(itertools.chain.from_iterable(one.verdict.feedback for one in filled)))

    def _parts(self, response: BlanksResponse) -> Mapping[str, Fraction]:
        total = sum((Fraction(gap.weight) for gap in self.gaps), ZERO)
        return {
            one.gap.id: (one.verdict.fraction or ZERO) * Fraction(one.gap.weight) / total
            for one in self._filled(response)
        }

    def _right_part(self, response: BlanksResponse) -> RightPart:
        right = {one.gap.id: one.text for one in self._filled(response) if is_right(one.verdict.fraction)}
        return RightPart(BlanksResponse(gaps=right), len(right))

    def _canonical(self, response: BlanksResponse) -> Hashable:
        return tuple(form for group in _groups(self.gaps) if (form := self._canonical_of(group, response)) is not None)

    def _canonical_of(self, group: list[Gap], response: BlanksResponse) -> Hashable | None:
        filled = [(gap, text) for gap in group if seen(text := response.gaps.get(gap.id, ""))]
        if len(group) == 1:
            return next(((gap.id, gap.canonical(text, self.language)) for gap, text in filled), None)
        forms = [tuple(key.canonical(text, self.language) for key in group) for _, text in filled]
        return (_group(group[0]), tuple(sorted(forms, key=repr))) if forms else None

    def _is_complete(self, response: BlanksResponse) -> bool:
        return all(seen(response.gaps.get(gap.id, "")) for gap in self.gaps)

    def summarise(self, response: BlanksResponse) -> str:
        filled = ((gap, response.gaps.get(gap.id, "")) for gap in self.gaps)
        return "; ".join(f"{gap.id}: {gap.summarise(text)}" for gap, text in filled if seen(text))

    def _classes(self, response: BlanksResponse) -> Iterator[ResponseClass]:
        for gap, text, key, verdict in self._filled(response):
            if seen(text):
                matched = gap.own_id(seen(text)) if gap.kind == "choice" else verdict.trace.inputs["matched"]
                yield ResponseClass(key.id, "" if matched is None else str(matched), verdict.fraction)

    def _samples(self) -> Iterator[Response]:
        names = [gap.id for gap in self.gaps]
        for texts in itertools.product(*(["", *gap.samples(self.language)] for gap in self.gaps)):
            yield BlanksResponse(gaps={name: text for name, text in zip(names, texts, strict=True) if text})

    def bounds(self) -> tuple[Fraction, Fraction]:
        total = sum((Fraction(gap.weight) for gap in self.gaps), ZERO)
        shares = [(Fraction(gap.weight) / total, gap.bounds()) for gap in self.gaps]
        return sum((s * low for s, (low, _) in shares), ZERO), sum((s * high for s, (_, high) in shares), ZERO)

    def guess_score(self) -> Fraction:
        # Weighted, unlike in Moodle, which adds the guesses without their weights, so a gap of weight 2 counts once.
        total = sum((Fraction(gap.weight) for gap in self.gaps), ZERO)
        return sum((gap.guess_score() * Fraction(gap.weight) for gap in self.gaps), ZERO) / total

    def _lint(self) -> Iterator[Lint]:
        for position, gap in enumerate(self.gaps):
            for found in gap.lint(self.language):
                if found.code == "no_full_answer" and not gap.weight:  # full points are possible without it
                    continue
                yield Lint(found.code, found.message, f"gaps.{position}.{found.path}")
            if gap.id in {text.strip().casefold() for text in right_texts(gap)}:
                yield Lint(
                    "gap_name_tells", "The name of the gap is its answer, and takers see it", f"gaps.{position}.id"
                )
