"""Grid: rows and columns; takers pick one column, or several, in each row."""

import itertools
from collections.abc import Hashable, Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.errors import Problem
from quizkit.questions._base import Question, Response, ResponseClass, RightPart, Shuffler, View
from quizkit.questions._content import (
    MAX_PARTS,
    Handle,
    LimitItems,
    Many,
    Number,
    OptionalShare,
    OptionalText,
    Prompt,
    default,
    distinct_handles,
    entries,
)
from quizkit.questions._lint import Lint, first_repeated
from quizkit.questions._marking import ONE, ZERO, Trace, Verdict, is_right
from quizkit.questions._model import Model
from quizkit.questions._select import (
    NONE_CAN_BE_RIGHT,
    SCHEMES,
    SINGLE,
    WEIGHTED,
    ChoiceScheme,
    Option,
    OptionView,
    Pick,
    applied_scheme,
    best_pick,
    own_ids,
    picks,
    weight_of,
)

__all__ = ["Grid", "GridCell", "GridColumn", "GridResponse", "GridRow", "GridView"]

MAX_COLUMNS: Final = 20


class GridResponse(Response):
    """`{"picks": {"row id": ["column id", …]}}`; rows may be omitted."""

    type: Literal["grid"] = Field(default="grid", description="The type of the response.")
    picks: Annotated[
        dict[Handle, Annotated[tuple[Handle, ...], Field(max_length=MAX_COLUMNS)]], LimitItems, entries(MAX_PARTS)
    ] = Field(default_factory=dict, max_length=MAX_PARTS, description="The ids of the picked columns, by row.")

    def is_blank(self) -> bool:
        return not any(self.picks.values())


class GridView(View):
    """The rows and the columns."""

    type: Literal["grid"] = Field(default="grid", description="The question type.")
    rows: tuple[OptionView, ...] = Field(description="The rows, in the order to show.")
    columns: tuple[OptionView, ...] = Field(description="The columns, in the author's order.")
    multiple: bool = Field(default=False, description="Whether several columns of a row may be picked.")
    shuffle: bool = Field(default=True, description="Whether the order of the rows is arbitrary.")

    def permuted(self, rng: Shuffler) -> Self:
        """Return this view with its rows in a new order, unless the author fixed it."""
        return self.model_copy(update={"rows": tuple(rng.shuffled(self.rows))}) if self.shuffle else self


class GridColumn(Model):
    """A column, which every row offers."""

    id: Handle = Field(description="Your name for the column; takers see an id that is derived from the text.")
    content: Prompt = Field(description="The text of the column.")


class GridCell(Model):
    """A cell that counts. Without a weight it is right."""

    column: Handle = Field(description="The id of its column.")
    weight: OptionalShare = default(None, "Its share of the points of the row, -1 to 1.")
    feedback: OptionalText = default(None, "Shown to takers who picked it.")


class GridRow(Model):
    """A row and its cells; a cell that is not listed is wrong."""

    id: Handle | None = Field(
        default=None, description="Derived from the text by default; keep it when you revise the text."
    )
    content: Prompt = Field(description="The text of the row.")
    cells: Many[GridCell] = default((), "The cells that count.", max_length=MAX_COLUMNS)
    weight: Number = default(1, "The weight relative to the other rows.", ge=0, le=9_999)


class Grid(Question):
    """A choice in each row, among the same columns; f = sum of f·weight over the rows / sum of the weights.

    Without any cells it is a scale without a key, as in a survey: an answered row earns its share.
    """

    response_type = GridResponse
    view_type = GridView

    type: Literal["grid"] = Field(default="grid", description="The question type.")
    rows: Many[GridRow] = Field(min_length=1, max_length=MAX_PARTS, description="The rows.")
    columns: Many[GridColumn] = Field(min_length=2, max_length=MAX_COLUMNS, description="The columns.")
    multiple: bool = Field(default=False, description="Whether several columns of a row may be picked.")
    scheme: ChoiceScheme | None = Field(
        default=None,
        description="How a row is marked; by default single_weight for one pick and net_correct for several.",
    )
    all_rows: bool = Field(default=False, description="Whether only a grid with every row right earns points.")
    shuffle: bool = Field(default=True, description="Whether each taker sees the rows in a different order.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        handles = distinct_handles(row.content for row in self.rows)
        rows = tuple(
            row if row.id else row.model_copy(update={"id": handle})
            for row, handle in zip(self.rows, handles, strict=True)
        )
        object.__setattr__(self, "rows", rows)
        if fault := _fault(self):
            raise PydanticCustomError(*fault)
        return self

    @property
    def marked_by(self) -> ChoiceScheme:
        """The scheme that applies to each row."""
        return applied_scheme(self.scheme, multiple=self.multiple)

    @property
    def has_key(self) -> bool:
        """Whether any row has a right cell."""
        return any(row.cells for row in self.rows)

    def _row_ids(self) -> dict[str, GridRow]:
        """The rows by public id, in the author's order."""
        return dict(zip(distinct_handles(row.content for row in self.rows), self.rows, strict=True))

    def _column_ids(self) -> dict[str, str]:
        """The author's ids of the columns by public id, in the author's order."""
        public = distinct_handles(column.content for column in self.columns)
        return dict(zip(public, (column.id for column in self.columns), strict=True))

    def _options(self, row: GridRow) -> list[Option]:
        """A row as the options of a choice. They were validated with the question."""
        cells = {cell.column: cell for cell in row.cells}
        made = []
        for column in self.columns:
            cell = cells.get(column.id)
            weight = cell.weight if cell else None
            correct = cell is not None and (weight is None or weight > 0)
            feedback = cell.feedback if cell else None
            made.append(
                Option.model_construct(
                    id=column.id, content=column.content, correct=correct, weight=weight, feedback=feedback
                )
            )
        return made

    def view(self) -> GridView:
        rows = [OptionView(id=public, content=row.content) for public, row in self._row_ids().items()]
        columns = zip(self._column_ids(), self.columns, strict=True)
        return GridView(
            content=self.content,
            language=self.language,
            rows=tuple(sorted(rows, key=lambda row: row.id) if self.shuffle else rows),
            columns=tuple(OptionView(id=public, content=column.content) for public, column in columns),
            multiple=self.multiple,
            shuffle=self.shuffle,
        )

    def key(self) -> GridResponse | None:
        if not self.has_key:
            return None
        best = {
            public: tuple(best_pick(self._options(row), multiple=self.multiple))
            for public, row in self._row_ids().items()
        }
        response = GridResponse(picks=best)
        return response if is_right(self._mark(response).fraction) else None

    def _faults(self, response: GridResponse) -> Iterator[Problem]:
        columns = set(self._column_ids())
        if not self._row_ids().keys() >= response.picks.keys():
            yield Problem("picks", "option_unknown", "The question has no such row")
        if not columns.issuperset(itertools.chain.from_iterable(response.picks.values())):
            yield Problem("picks", "option_unknown", "The question has no such column")
        if any(len(set(picked)) < len(picked) for picked in response.picks.values()):
            yield Problem("picks", "option_repeated", "A column is picked twice in a row")
        if not self.multiple and any(len(set(picked)) > 1 for picked in response.picks.values()):
            yield Problem("picks", "too_many", "More than one column of a row is picked")

    def _markable(self, response: GridResponse) -> GridResponse:
        """Return the known picks, each once, of the known rows that have not too many."""
        rows, columns = self._row_ids(), self._column_ids()
        known: dict[str, tuple[str, ...]] = {}
        for public, picked in response.picks.items():
            distinct = tuple(one for one in dict.fromkeys(picked) if one in columns)
            if public in rows and (self.multiple or len(set(picked)) == 1):
                known[public] = distinct
        return GridResponse(picks=known)

    def _verdicts(self, response: GridResponse) -> Iterator[tuple[GridRow, Verdict]]:
        for public, row in self._row_ids().items():
            picked = response.picks.get(public, ())
            yield row, self._of_row(row, picked) if picked else Verdict(ZERO, Trace("not_answered", {}, ZERO))

    def _of_row(self, row: GridRow, picked: tuple[str, ...]) -> Verdict:
        if not self.has_key:
            return Verdict(ONE, Trace("answered", {"picked": sorted(picked)}, ONE))
        options = self._options(row)
        pick = Pick(options, own_ids(options, picked), self.multiple)
        fraction, trace, _ = SCHEMES[self.marked_by](pick)
        inputs = {"picked": sorted(picked), **trace.inputs}
        feedback = tuple(option.feedback for option in pick.chosen if option.feedback)
        return Verdict(fraction, Trace(trace.rule, inputs, trace.raw, trace.clamp), feedback)

    def _mark(self, response: GridResponse) -> Verdict:
        verdicts = list(self._verdicts(response))
        traces = tuple(verdict.trace for _, verdict in verdicts)
        feedback = tuple(itertools.chain.from_iterable(verdict.feedback for _, verdict in verdicts))
        if self.all_rows:
            fraction = ONE if all(is_right(verdict.fraction) for _, verdict in verdicts) else ZERO
            return Verdict(fraction, Trace("all_rows", {}, fraction, None, traces), feedback)
        shares = self._shares()
        fraction = sum((share * (v.fraction or ZERO) for share, (_, v) in zip(shares, verdicts, strict=True)), ZERO)
        weights = [format(row.weight, "f") for row in self.rows]
        return Verdict(fraction, Trace("weighted_mean", {"weights": weights}, fraction, None, traces), feedback)

    def _shares(self) -> list[Fraction]:
        """The share of the points of each row."""
        weights = [Fraction(row.weight) for row in self.rows]
        return [weight / sum(weights, ZERO) for weight in weights]

    def _parts(self, response: GridResponse) -> Mapping[str, Fraction] | None:
        if self.all_rows:
            return None
        verdicts = zip(self._shares(), self._verdicts(response), strict=True)
        return {str(row.id): share * (verdict.fraction or ZERO) for share, (row, verdict) in verdicts}

    def _right_part(self, response: GridResponse) -> RightPart:
        found = zip(self._row_ids(), self._verdicts(response), strict=True)
        right = {public: response.picks[public] for public, (_, verdict) in found if is_right(verdict.fraction)}
        return RightPart(GridResponse(picks=right), len(right))

    def _canonical(self, response: GridResponse) -> Hashable:
        return tuple(sorted((row, tuple(sorted(picked))) for row, picked in response.picks.items() if picked))

    def _is_complete(self, response: GridResponse) -> bool:
        return all(response.picks.get(public) for public in self._row_ids())

    def summarise(self, response: GridResponse) -> str:
        texts = dict(zip(self._column_ids(), (column.content.text for column in self.columns), strict=True))
        picked = [(row.content.text, response.picks.get(public, ())) for public, row in self._row_ids().items()]
        return "; ".join(f"{row}: {', '.join(texts.get(one, '?') for one in found)}" for row, found in picked if found)

    def _classes(self, response: GridResponse) -> Iterator[ResponseClass]:
        # Uses the author's ids: they survive revisions of the text, and takers never see a class.
        columns = self._column_ids()
        weighted = self.has_key and self.marked_by in WEIGHTED and not self.all_rows
        for share, (public, row) in zip(self._shares(), self._row_ids().items(), strict=True):
            options = self._options(row)
            weights = {str(o.id): weight_of(o, options, multiple=self.multiple) * share for o in options}
            for picked in response.picks.get(public, ()):
                own = columns[picked]
                yield ResponseClass(str(row.id), own, weights[own] if weighted else None)

    def _samples(self) -> Iterator[Response]:
        yield from filter(None, [self.key()])
        columns = list(self._column_ids())
        for chosen in itertools.product(*(self._row_samples(row, columns) for row in self.rows)):
            response = GridResponse(picks=dict(zip(self._row_ids(), chosen, strict=True)))
            if not response.is_blank():
                yield response

    def _row_samples(self, row: GridRow, columns: list[str]) -> Iterator[tuple[str, ...]]:
        if self.multiple:
            return (tuple(picked) for picked in picks(self._options(row)))
        return itertools.chain(((column,) for column in columns), [()])

    def bounds(self) -> tuple[Fraction, Fraction]:
        if self.all_rows or not self.has_key or self.marked_by is not ChoiceScheme.SINGLE_WEIGHT:
            return ZERO, ONE
        low = high = ZERO
        for share, row in zip(self._shares(), self.rows, strict=True):
            options = self._options(row)
            weights = [weight_of(option, options, multiple=False) for option in options]
            low, high = low + share * min(ZERO, *weights), high + share * max(ZERO, *weights)
        return low, high

    def guess_score(self) -> Fraction | None:
        if self.multiple or self.all_rows or not self.has_key:
            return None
        total = ZERO
        for share, row in zip(self._shares(), self.rows, strict=True):
            options = self._options(row)
            total += share * sum((weight_of(o, options, multiple=False) for o in options), ZERO) / len(options)
        return total

    def _lint(self) -> Iterator[Lint]:
        for name, parts in (("rows", self.rows), ("columns", self.columns)):
            if (again := first_repeated(part.content for part in parts)) is not None:
                yield Lint("equal_options", f"Two {name} differ at most in case or space", f"{name}.{again}")
        if self.has_key and self.key() is None:
            yield Lint("no_full_answer", "No response earns full points", "rows")


def _fault(question: Grid) -> tuple[str, str] | None:
    rows, columns = question.rows, question.columns
    names = {column.id for column in columns}
    if len(names) < len(columns) or len({row.id for row in rows}) < len(rows):
        return "option_ids", "Two rows or two columns have the same id"
    if any(len({part.content for part in parts}) < len(parts) for parts in (rows, columns)):
        return "equal_options", "Two rows or two columns read the same"
    cells = [cell for row in rows for cell in row.cells]
    if not names.issuperset(cell.column for cell in cells):
        return "grid_cells", "A cell needs a column of the grid"
    if any(len({cell.column for cell in row.cells}) < len(row.cells) for row in rows):
        return "grid_cells", "A row has two cells in the same column"
    if not any(row.weight for row in rows):
        return "grid_weights", "At least one row must have a weight above 0"
    if question.multiple == (question.marked_by in SINGLE):
        return "scheme_arity", "This scheme does not fit the number of picks"
    if question.marked_by not in WEIGHTED and any(cell.weight is not None for cell in cells):
        return "scheme_weights", "This scheme counts cells and does not support weights"
    rightless = any(not any(cell.weight is None or cell.weight > 0 for cell in row.cells) for row in rows)
    if cells and rightless and question.marked_by not in NONE_CAN_BE_RIGHT:
        return "no_correct_option", "A row has no right cell"
    return None
