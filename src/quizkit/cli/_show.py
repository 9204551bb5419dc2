"""Rendering papers and results for the terminal. It takes the return values of verbs and uses no database."""

from __future__ import annotations

import html
import re
import string
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from quizkit import _exact
from quizkit.questions import (
    BlanksView,
    ChoiceView,
    EssayView,
    GridView,
    MatchingView,
    NumericView,
    OptionView,
    OrderingView,
    ShortAnswerView,
    Text,
    TextFormat,
    TrueFalseView,
    View,
)
from quizkit.schemas import Outcome, Paper, ReviewedQuestion
from quizkit.vocabulary import GradeState

_STYLES: Final = {
    GradeState.RIGHT: "green",
    GradeState.PARTLY: "yellow",
    GradeState.WRONG: "red",
    GradeState.NOT_ANSWERED: "dim",
    GradeState.NEEDS_GRADING: "cyan",
}


def letters() -> Iterable[str]:
    """Yield a, b to z, then aa, ab and so on."""
    yield from string.ascii_lowercase
    yield from (first + second for first in string.ascii_lowercase for second in string.ascii_lowercase)


def one_line(text: Text, width: int = 60) -> str:
    """Return the beginning of a text on one line, safe to print."""
    line = " ".join(readable(text).split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def points(number: Decimal | None) -> str:
    """Return points with at most two decimal places; a question mark if they are unknown or not shown."""
    return "?" if number is None else format(_exact.plain(_exact.rounded(Fraction(number), 2)), "f")


def _options(options: Sequence[OptionView]) -> list[str]:
    return [f"  {letter}) {readable(o.content)}" for letter, o in zip(letters(), options, strict=False)]


def readable(text: Text) -> str:
    """Return a text for the terminal, without HTML tags and with rich markup escaped."""
    plain = html.unescape(re.sub(r"<[^<>]*>", "", text.text)) if text.format is TextFormat.HTML else text.text
    return escape(plain)


def lines_of(view: View) -> list[str]:
    """Return the view of a question as lines."""
    lines = [readable(view.content)]
    match view:
        case TrueFalseView():
            lines.append("  true / false")
        case ChoiceView():
            lines += [*_options(view.options), "  [dim]pick several[/]" if view.multiple else "  [dim]pick one[/]"]
        case MatchingView():
            lines += [f"  {n}. {readable(p.content)}" for n, p in enumerate(view.premises, 1)]
            lines += _options(view.choices)
        case GridView():
            lines += [f"  {n}. {readable(row.content)}" for n, row in enumerate(view.rows, 1)]
            lines += _options(view.columns)
        case OrderingView():
            lines += _options(view.items)
        case NumericView():
            lines.append("  [dim]a number:[/] ________")
        case ShortAnswerView():
            lines.append("  ________________")
        case EssayView():
            lines.append("  [dim]write as much as you like[/]")
        case BlanksView():
            for gap in view.gaps:
                lines += [f"  [dim]{escape(gap.id)}:[/] {gap.kind}", *_options(gap.options)]
        case _:
            pass
    return lines


def paper_panel(paper: Paper, taker: str) -> RenderableType:
    """Return the paper as its taker sees it."""
    body = []
    for question in paper.questions:
        head, *rest = lines_of(question.view)
        worth = f" [dim]({points(question.points)} p)[/]" if question.points else ""
        body.append("\n".join([f"[bold]{question.slot:>2}.[/] {head}{worth}", *(f"    {line}" for line in rest)]))
    title = f"{escape(paper.title)} · the paper of {escape(taker)} · {points(paper.max_score)} points"
    return Panel("\n\n".join(body), title=title, box=box.ROUNDED, padding=(1, 2))


_OMITTED: Final = frozenset({"picked", "typed", "matches", "value"})


def _why(question: ReviewedQuestion) -> str:
    """Return a summary of the trace: the rule and its relevant inputs."""
    if question.trace is None or question.state is GradeState.NOT_ANSWERED:
        return ""
    inputs: dict[str, Any] = question.trace["inputs"]
    shown = {name: value for name, value in inputs.items() if name not in _OMITTED and value not in (None, False, "")}
    listed = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in shown.items())
    clamp = ", limited to " + " to ".join(question.trace["clamp"]) if question.trace.get("clamp") else ""
    return escape(f"{question.trace['rule'].replace('_', ' ')}{f': {listed}' if listed else ''}{clamp}")


def _short(value: Any) -> str:
    if isinstance(value, list):
        return " + ".join(str(part) for part in value) or "nothing"
    return {True: "yes"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def result_table(outcome: Outcome, taker: str) -> RenderableType:
    """Return a graded result: each answer, its points, and how they were computed."""
    needs = " · [cyan]not final: needs manual grading[/]" if outcome.needs_grading else ""
    title = f"{escape(taker)}: {points(outcome.score)} of {points(outcome.max_score)} points{needs}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, expand=True, title_style="bold")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Question", ratio=5)
    table.add_column("Answer, and how its points were computed", ratio=6)
    table.add_column("Points", justify="right", no_wrap=True)
    for question in outcome.questions:
        if question.view.type == "description":
            continue
        style = "dim" if question.state is None else _STYLES[question.state]
        state = "not shown" if question.state is None else question.state.replace("_", " ")
        why = _why(question)
        table.add_row(
            str(question.slot),
            one_line(question.view.content, 80),
            escape(question.summary or "-") + (f"\n[dim]{why}[/]" if why else ""),
            f"[{style}]{state}\n{points(question.points)} of {points(question.max_points)}[/]",
        )
    return table


def waiting_panel(waiting: Sequence[tuple[str, ReviewedQuestion]]) -> RenderableType:
    """Return the answers that need manual grading."""
    if not waiting:
        return Panel("No answers need manual grading.", title="Needs manual grading", box=box.ROUNDED)
    blocks = [
        f"[bold]{escape(taker)}[/], question {q.slot}: {one_line(q.view.content, 90)}\n  [cyan]{escape(q.summary)}[/]"
        for taker, q in waiting
    ]
    return Panel(Group(*blocks), title=f"{len(waiting)} answers need manual grading", box=box.ROUNDED, padding=(1, 2))
