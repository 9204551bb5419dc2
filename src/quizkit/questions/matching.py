"""Matching: assigning one choice from a list to each premise."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.errors import Problem
from quizkit.questions._base import Question, Response, ResponseClass, RightPart, Shuffler, View
from quizkit.questions._content import (
    MAX_CHOICES,
    Handle,
    Many,
    Prompt,
    Text,
    Texts,
    default,
    distinct_handles,
    entries,
    public_ids,
)
from quizkit.questions._lint import Lint, first_repeated
from quizkit.questions._marking import ZERO, Trace, Verdict
from quizkit.questions._model import Model
from quizkit.questions._select import OptionView

__all__ = ["Matching", "MatchingPair", "MatchingResponse", "MatchingView"]


class MatchingResponse(Response):
    """`{"matches": {"premise id": "choice id"}}`; premises may be omitted."""

    type: Literal["matching"] = Field(default="matching", description="The type of the response.")
    matches: Annotated[dict[Handle, Handle], entries(MAX_CHOICES)] = Field(
        default_factory=dict, max_length=MAX_CHOICES, description="The id of a choice for each premise."
    )


class MatchingView(View):
    """Premises and choices, each list in its own order."""

    type: Literal["matching"] = Field(default="matching", description="The question type.")
    premises: tuple[OptionView, ...] = Field(description="The premises.")
    choices: tuple[OptionView, ...] = Field(description="The choices; a choice may match several premises.")
    shuffle: bool = Field(default=True, description="Whether the order of the premises is arbitrary.")

    def permuted(self, rng: Shuffler) -> Self:
        """Return this view with the choices in a new order, and the premises too, unless the author fixed them."""
        choices = tuple(rng.shuffled(self.choices))
        premises = tuple(rng.shuffled(self.premises)) if self.shuffle else self.premises
        return self.model_copy(update={"premises": premises, "choices": choices})


class MatchingPair(Model):
    """A premise and the choice that belongs to it."""

    id: Handle | None = Field(
        default=None, description="Derived from the text by default; keep it when you revise the text."
    )
    premise: Prompt = Field(description="The premise.")
    choice: Prompt = Field(description="The choice that matches it; equal texts are one choice.")


class Matching(Question):
    """Pairs of premises and choices to match; f = right matches / premises."""

    response_type = MatchingResponse
    view_type = MatchingView

    type: Literal["matching"] = Field(default="matching", description="The question type.")
    pairs: Many[MatchingPair] = Field(min_length=2, max_length=MAX_CHOICES, description="The pairs.")
    distractors: Texts = default((), "Choices that match no premise.", max_length=MAX_CHOICES)
    shuffle: bool = Field(default=True, description="Whether each taker sees the premises in a different order.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        given = [pair.id for pair in self.pairs if pair.id is not None]
        if len(set(given)) < len(given):
            raise PydanticCustomError("option_ids", "Two premises have the same id")
        handles = distinct_handles(pair.premise for pair in self.pairs)
        pairs = tuple(
            pair if pair.id else pair.model_copy(update={"id": handle if handle not in given else f"{handle}-0"})
            for pair, handle in zip(self.pairs, handles, strict=True)
        )
        object.__setattr__(self, "pairs", pairs)
        belongs: dict[Text, Text] = {}
        if any(belongs.setdefault(pair.premise, pair.choice) != pair.choice for pair in pairs):
            raise PydanticCustomError("equal_options", "Two premises read the same but have different choices")
        if len(self._choices()) < 2:
            raise PydanticCustomError("one_choice", "A matching question needs at least two different choices")
        if any(not distractor.text.strip() and not distractor.media for distractor in self.distractors):
            raise PydanticCustomError("text_empty", "Text must not be empty")
        return self

    def _ids(self) -> dict[str, str]:
        """The public ids of the premises, by the author's ids."""
        return public_ids((pair.id for pair in self.pairs), (pair.premise for pair in self.pairs))

    def _choices(self) -> dict[str, Text]:
        """The distinct choices by id, in the order of the ids."""
        texts = [pair.choice for pair in self.pairs] + list(self.distractors)
        return dict(sorted((_choice_id(text), text) for text in texts))

    def view(self) -> MatchingView:
        ids = self._ids()
        premises = [OptionView(id=ids[str(pair.id)], content=pair.premise) for pair in self.pairs]
        return MatchingView(
            content=self.content,
            language=self.language,
            premises=tuple(sorted(premises, key=lambda p: p.id) if self.shuffle else premises),
            choices=tuple(OptionView(id=handle, content=text) for handle, text in self._choices().items()),
            shuffle=self.shuffle,
        )

    def key(self) -> MatchingResponse:
        return MatchingResponse(matches=self._full())

    def _full(self) -> dict[str, str]:
        """The right choice for each premise, by public ids, in the author's order."""
        return dict(zip(self._ids().values(), (_choice_id(pair.choice) for pair in self.pairs), strict=True))

    def _faults(self, response: MatchingResponse) -> Iterator[Problem]:
        if not set(self._ids().values()).issuperset(response.matches):
            yield Problem("matches", "option_unknown", "The question has no such premise")
        if not self._choices().keys() >= set(response.matches.values()):
            yield Problem("matches", "option_unknown", "The question has no such choice")

    def _markable(self, response: MatchingResponse) -> MatchingResponse:
        premises, choices = set(self._ids().values()), self._choices()
        known = {
            premise: choice for premise, choice in response.matches.items() if premise in premises and choice in choices
        }
        return MatchingResponse(matches=known)

    def _right(self, response: MatchingResponse) -> dict[str, str]:
        return {premise: choice for premise, choice in self._full().items() if response.matches.get(premise) == choice}

    def _mark(self, response: MatchingResponse) -> Verdict:
        right = len(self._right(response))
        fraction = Fraction(right, len(self.pairs))
        inputs = {"matches": dict(sorted(response.matches.items())), "right": right, "premises": len(self.pairs)}
        return Verdict(fraction, Trace("share_of_matches", inputs, fraction))

    def _parts(self, response: MatchingResponse) -> Mapping[str, Fraction]:
        share, right = Fraction(1, len(self.pairs)), self._right(response)
        return {own: share if public in right else ZERO for own, public in self._ids().items()}

    def _right_part(self, response: MatchingResponse) -> RightPart:
        right = self._right(response)
        return RightPart(MatchingResponse(matches=right), len(right))

    def _is_complete(self, response: MatchingResponse) -> bool:
        return len(response.matches) == len(self.pairs)

    def summarise(self, response: MatchingResponse) -> str:
        choices = self._choices()
        ids = self._ids()
        matches = [(pair.premise.text, response.matches.get(ids[str(pair.id)])) for pair in self.pairs]
        return "; ".join(f"{premise} -> {choices[choice].text}" for premise, choice in matches if choice in choices)

    def _classes(self, response: MatchingResponse) -> Iterator[ResponseClass]:
        # Uses the author's ids: they survive revisions of the text, and takers never see a class.
        right = self._right(response)
        for own, public in self._ids().items():
            if chosen := response.matches.get(public):
                yield ResponseClass(own, chosen, Fraction(1, len(self.pairs)) if public in right else ZERO)

    def _samples(self) -> Iterator[Response]:
        choices = list(self._choices())
        right = self._full()
        wrong = {premise: next(c for c in choices if c != choice) for premise, choice in right.items()}
        for count in range(len(self.pairs), -1, -1):
            yield MatchingResponse(matches={**wrong, **dict(list(right.items())[:count])})

    def guess_score(self) -> Fraction:
        return Fraction(1, len(self._choices()))

    def _lint(self) -> Iterator[Lint]:
        if (again := first_repeated(pair.premise for pair in self.pairs)) is not None:
            yield Lint("equal_options", "Two premises differ at most in case or space", f"pairs.{again}")
        used = {_choice_id(pair.choice) for pair in self.pairs}
        if any(_choice_id(text) in used for text in self.distractors):
            yield Lint("useless_distractor", "A distractor is also a right choice", "distractors")
        if len(self._choices()) == len(self.pairs):
            yield Lint("last_match_given", "The last premise can be matched by elimination", "distractors")


@lru_cache(maxsize=256)  # a text with all its media takes up to 300 kB
def _choice_id(text: Text) -> str:
    return distinct_handles([text])[0]
