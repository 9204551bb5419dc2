"""Ordering: items to put in the right order, with nine marking schemes."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.errors import Problem
from quizkit.questions._base import Question, Response, ResponseClass, Shuffler, View
from quizkit.questions._content import MAX_PARTS, Handle, LimitItems, Many, Prompt, Text, distinct_handles
from quizkit.questions._lint import Lint, first_repeated
from quizkit.questions._marking import ONE, ZERO, Trace, Verdict
from quizkit.questions._model import Model
from quizkit.questions._select import OptionView

__all__ = ["Ordering", "OrderingItem", "OrderingResponse", "OrderingScheme", "OrderingView"]


class OrderingScheme(StrEnum):
    """How an order is marked. The rules are those of Moodle's ordering question (`grading_type`)."""

    ALL_OR_NOTHING = "all_or_nothing"
    ABSOLUTE_POSITION = "absolute_position"
    NEXT_EXCLUDE_LAST = "next_exclude_last"
    NEXT_INCLUDE_LAST = "next_include_last"
    ONE_PREVIOUS_AND_NEXT = "one_previous_and_next"
    ALL_PREVIOUS_AND_NEXT = "all_previous_and_next"
    LONGEST_ORDERED_SUBSET = "longest_ordered_subset"
    LONGEST_CONTIGUOUS_SUBSET = "longest_contiguous_subset"
    RELATIVE_TO_CORRECT = "relative_to_correct"


# Every rule takes the correct positions of the items in the order of the response ([0, 1, 2 …] is all right), and the
# number of items (n). An item that was not placed has no position and no neighbours. None stands for an unknown item, or
# for one that occurs again.

_Places: TypeAlias = Sequence[int | None]


def all_or_nothing(order: _Places, n: int) -> Fraction:
    """1 if every item is in its place, else 0."""
    return ONE if list(order) == list(range(n)) else ZERO


def absolute_position(order: _Places, n: int) -> Fraction:
    """Items in their place / n."""
    return Fraction(sum(at == item for at, item in enumerate(order)), n)


def next_exclude_last(order: _Places, n: int) -> Fraction:
    """Items followed by the right next item / (n - 1)."""
    return Fraction(_right_nexts(order), n - 1)


def next_include_last(order: _Places, n: int) -> Fraction:
    """Items followed by the right next item, plus the last item if nothing follows it, / n."""
    return Fraction(_right_nexts(order) + _right_end(order, n), n)


def one_previous_and_next(order: _Places, n: int) -> Fraction:
    """(Right predecessors + right successors, with the ends counted as neighbours) / 2n."""
    nexts = _right_nexts(order)
    edges = (order[0] == 0) + _right_end(order, n)
    return Fraction(2 * nexts + edges, 2 * n)


def all_previous_and_next(order: _Places, n: int) -> Fraction:
    """Sum over the items of those rightly before and rightly after each one, / n(n - 1)."""
    pairs = sum(a < b for a, b in itertools.combinations(_items(order), 2))
    return Fraction(2 * pairs, n * (n - 1))


def longest_ordered_subset(order: _Places, n: int) -> Fraction:
    """Longest increasing subsequence / n; a length of 1 earns 0."""
    best: list[int] = []
    items = _items(order)
    for at, item in enumerate(items):
        best.append(1 + max((best[b] for b in range(at) if items[b] < item), default=0))
    return _unless_one(max(best), n)


def longest_contiguous_subset(order: _Places, n: int) -> Fraction:
    """Longest run of consecutive items in the right order, other items between them allowed, / n; a length of 1 earns 0."""
    at = {item: place for place, item in enumerate(order)}
    best = run = 1
    for before, item in itertools.pairwise(range(n)):
        follows = before in at and item in at and at[before] < at[item]
        run = run + 1 if follows else 1
        best = max(best, run)
    return _unless_one(best, n)


def relative_to_correct(order: _Places, n: int) -> Fraction:
    """Sum over the items of max(0, n - 1 - distance from the right position) / n(n - 1)."""
    near = sum(max(0, n - 1 - abs(at - item)) for at, item in enumerate(order) if item is not None)
    return Fraction(near, n * (n - 1))


RULES: Final[Mapping[OrderingScheme, Callable[[_Places, int], Fraction]]] = {
    OrderingScheme.ALL_OR_NOTHING: all_or_nothing,
    OrderingScheme.ABSOLUTE_POSITION: absolute_position,
    OrderingScheme.NEXT_EXCLUDE_LAST: next_exclude_last,
    OrderingScheme.NEXT_INCLUDE_LAST: next_include_last,
    OrderingScheme.ONE_PREVIOUS_AND_NEXT: one_previous_and_next,
    OrderingScheme.ALL_PREVIOUS_AND_NEXT: all_previous_and_next,
    OrderingScheme.LONGEST_ORDERED_SUBSET: longest_ordered_subset,
    OrderingScheme.LONGEST_CONTIGUOUS_SUBSET: longest_contiguous_subset,
    OrderingScheme.RELATIVE_TO_CORRECT: relative_to_correct,
}


def _assigned(placed: Sequence[str | None], right: Sequence[str], stay: Mapping[int, int]) -> list[int | None]:
    """Return the right positions of the placed texts: of some as given in `stay`, of the others the next that is left."""
    taken = set(stay.values())
    left: dict[str, list[int]] = {}
    for at, text in reversed(list(enumerate(right))):
        if at not in taken:
            left.setdefault(text, []).append(at)
    return [stay[at] if at in stay else left[text].pop() if text else None for at, text in enumerate(placed)]


def _reads(text: Text) -> str:
    """Return what a reader sees of an item: its text without repeated space, and its media."""
    return "\0".join([" ".join(text.text.split()), *(media.sha256 for media in text.media)])


def _items(order: _Places) -> list[int]:
    return [item for item in order if item is not None]


def _right_nexts(order: _Places) -> int:
    return sum(a is not None and b == a + 1 for a, b in itertools.pairwise(order))


def _right_end(order: _Places, n: int) -> bool:
    """Return whether all items are placed and the last one is at the end."""
    return len(order) == n and order[-1] == n - 1


def _unless_one(length: int, total: int) -> Fraction:
    return Fraction(length, total) if length > 1 else ZERO


class OrderingResponse(Response):
    """`{"order": ["id", …]}`: the items, first to last; a complete response has all of them."""

    type: Literal["ordering"] = Field(default="ordering", description="The type of the response.")
    order: Annotated[tuple[Handle, ...], LimitItems] = Field(
        default=(), max_length=MAX_PARTS, description="The ids, first to last."
    )


class OrderingView(View):
    """The items, in an order that reveals nothing."""

    type: Literal["ordering"] = Field(default="ordering", description="The question type.")
    items: tuple[OptionView, ...] = Field(description="The items to order.")

    def permuted(self, rng: Shuffler) -> Self:
        """Return this view with its items in a new order."""
        return self.model_copy(update={"items": tuple(rng.shuffled(self.items))})


class OrderingItem(Model):
    """One item; its position in the author's list is the right one."""

    id: Handle | None = Field(
        default=None, description="Derived from the text by default; keep it when you revise the text."
    )
    content: Prompt = Field(description="The text of the item.")


class Ordering(Question):
    """A question with items that the author lists in the right order."""

    response_type = OrderingResponse
    view_type = OrderingView

    type: Literal["ordering"] = Field(default="ordering", description="The question type.")
    items: Many[OrderingItem] = Field(min_length=2, max_length=MAX_PARTS, description="The items, in the right order.")
    scheme: OrderingScheme = Field(default=OrderingScheme.ABSOLUTE_POSITION, description="How an order is marked.")

    @model_validator(mode="after")
    def _has_ids(self) -> Self:
        if len(set(self._texts())) == 1:
            raise PydanticCustomError("equal_items", "All items read the same, so there is nothing to order")
        handles = distinct_handles(item.content for item in self.items)
        items = tuple(
            item if item.id else item.model_copy(update={"id": handle})
            for item, handle in zip(self.items, handles, strict=True)
        )
        if len({item.id for item in items}) < len(items):
            raise PydanticCustomError("option_ids", "Two items have the same id")
        object.__setattr__(self, "items", items)
        return self

    def _ids(self) -> list[str]:
        """The public ids, in the right order."""
        return distinct_handles(item.content for item in self.items)

    def _texts(self) -> list[str]:
        """The texts by which items are equal, in the right order; ids of equal texts differ by a number only."""
        return [_reads(item.content) for item in self.items]

    def _equal(self) -> dict[str, str]:
        """The first id with the same text, by id."""
        first: dict[str, str] = {}
        return {handle: first.setdefault(text, handle) for handle, text in zip(self._ids(), self._texts(), strict=True)}

    def _places(self, response: OrderingResponse) -> list[int | None]:
        """Return the right position of each item; None for an unknown item and for one that occurs again.

        Items with equal texts are interchangeable: each stands for the one that belongs where it was placed, and the
        others for the next one that is left; or they stand for each other in the order of the response. Whichever earns
        more counts.
        """
        equal = self._equal()
        known = dict(equal)
        placed = [known.pop(handle, None) for handle in response.order]
        right = [equal[handle] for handle in self._ids()]
        by_order = _assigned(placed, right, {})
        if len(set(right)) == len(right):
            return by_order
        stay = {at: at for at, one in enumerate(placed[: len(right)]) if one == right[at]}
        return max(by_order, _assigned(placed, right, stay), key=lambda places: RULES[self.scheme](places, len(right)))

    def view(self) -> OrderingView:
        items = [OptionView(id=item_id, content=i.content) for item_id, i in zip(self._ids(), self.items, strict=True)]
        shown = tuple(sorted(items, key=lambda item: item.id))
        return OrderingView(content=self.content, language=self.language, items=shown)

    def key(self) -> OrderingResponse:
        return OrderingResponse(order=tuple(self._ids()))

    def _faults(self, response: OrderingResponse) -> Iterator[Problem]:
        placed, items = set(response.order), set(self._ids())
        if len(placed) < len(response.order):
            yield Problem("order", "option_repeated", "An item is placed twice")
        if placed - items:
            yield Problem("order", "option_unknown", "The question has no such item")
        if items - placed:
            yield Problem("order", "order_incomplete", "The order must contain every item of the question")

    def _markable(self, response: OrderingResponse) -> OrderingResponse:
        """Return the whole order, because wrong entries also take a position; a blank response if it has no known item."""
        return response if _items(self._places(response)) else OrderingResponse()

    def _mark(self, response: OrderingResponse) -> Verdict:
        places = self._places(response)
        fraction = RULES[self.scheme](places, len(self.items))
        return Verdict(fraction, Trace(self.scheme.value, {"places": places}, fraction))

    def _canonical(self, response: OrderingResponse) -> Hashable:
        equal = self._equal()
        return super()._canonical(OrderingResponse(order=tuple(equal.get(handle, handle) for handle in response.order)))

    def summarise(self, response: OrderingResponse) -> str:
        texts = {item_id: item.content.text for item_id, item in zip(self._ids(), self.items, strict=True)}
        return " > ".join(texts.get(handle, "?") for handle in response.order)

    def _classes(self, response: OrderingResponse) -> Iterator[ResponseClass]:
        share = Fraction(1, len(self.items))
        exact = self.scheme is OrderingScheme.ABSOLUTE_POSITION
        # Uses the author's ids: they survive revisions of the text, and takers never see a class.
        for at, place in enumerate(self._places(response)[: len(self.items)]):
            if place is None:
                continue
            earned = (share if at == place else ZERO) if exact else None
            yield ResponseClass(str(self.items[at].id), str(self.items[place].id), earned)

    def _samples(self) -> Iterator[Response]:
        yield from (OrderingResponse(order=order) for order in itertools.permutations(self._ids()))

    def guess_score(self) -> Fraction | None:
        n, same = len(self.items), Counter(self._texts()).values()
        if self.scheme is OrderingScheme.ABSOLUTE_POSITION:
            return Fraction(sum(count**2 for count in same), n**2)
        if self.scheme is OrderingScheme.ALL_OR_NOTHING:
            return Fraction(math.prod(map(math.factorial, same)), math.factorial(n))
        is_half = self.scheme is OrderingScheme.ALL_PREVIOUS_AND_NEXT and len(same) == n
        return Fraction(1, 2) if is_half else None

    def _lint(self) -> Iterator[Lint]:
        # Items with exactly the same text are meant to be interchangeable.
        distinct = dict(zip(self._texts(), enumerate(self.items), strict=True))
        repeated = first_repeated(item.content for _, item in distinct.values())
        if repeated is not None:
            yield Lint(
                "equal_options",
                "Two items differ only in case or space",
                f"items.{list(distinct.values())[repeated][0]}",
            )
        if self.scheme is OrderingScheme.RELATIVE_TO_CORRECT:
            yield Lint("generous_scheme", "With this scheme even a reversed order earns points", "scheme")
