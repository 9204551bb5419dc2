"""Reading answers from a person at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console

from quizkit.cli._show import letters
from quizkit.errors import Invalid
from quizkit.questions import (
    BlanksView,
    ChoiceView,
    GridView,
    MatchingView,
    OptionView,
    OrderingView,
    TrueFalseView,
    View,
)
from quizkit.schemas import Saved

__all__ = ["parse_answer", "until_stored"]

_TRUE = frozenset({"t", "true", "y", "yes"})
_FALSE = frozenset({"f", "false", "n", "no"})


class NotUnderstood(Exception):
    """The input is not an answer to this question; the message gives the expected format."""


def until_stored(out: Console, view: View, store: Callable[[Any], Saved]) -> None:
    """Ask until an answer without problems is stored, or the person enters an empty line."""
    if view.type == "description":
        out.print()
        return
    while typed := out.input("[bold]>[/] ").strip():
        try:
            problems = store(parse_answer(view, typed)).problems
        except (NotUnderstood, Invalid) as error:
            out.print(f"  {error}", style="yellow", markup=False)
            continue
        if not problems:
            break
        out.print(f"  {problems[0].message}. Press Enter to keep it anyway.", style="yellow", markup=False)
    out.print()


def parse_answer(view: View, typed: str) -> Any:
    """Return the response for the typed text.

    Raises:
        NotUnderstood: the text is not an answer to this question.
    """
    match view:
        case TrueFalseView():
            return _judgement(typed)
        case ChoiceView():
            names = dict(zip(letters(), (option.id for option in view.options), strict=False))
            return {"selected": [_letter(names, word) for word in _words(typed)]}
        case OrderingView():
            names = dict(zip(letters(), (item.id for item in view.items), strict=False))
            return {"order": [_letter(names, word) for word in _words(typed)]}
        case MatchingView():
            return {"matches": dict(_pairs(view.premises, view.choices, typed))}
        case GridView():
            picked: dict[str, list[str]] = {}
            for row, column in _pairs(view.rows, view.columns, typed):
                picked.setdefault(row, []).append(column)
            return {"picks": picked}
        case BlanksView():
            return {"gaps": dict(zip((gap.id for gap in view.gaps), _filled(view, typed), strict=False))}
        case _:
            return {"text": typed}


def _words(typed: str) -> list[str]:
    return typed.lower().replace(",", " ").split()


def _judgement(typed: str) -> Any:
    if typed.lower() in _TRUE:
        return {"answer": True}
    if typed.lower() in _FALSE:
        return {"answer": False}
    raise NotUnderstood("Type true or false.")


def _letter(names: Mapping[str, str], letter: str) -> str:
    if letter not in names:
        raise NotUnderstood("Type the letters, such as: a c")
    return names[letter]


def _pairs(numbered: Sequence[OptionView], lettered: Sequence[OptionView], typed: str) -> Iterator[tuple[str, str]]:
    """Yield the ids of pairs such as `1b 2a`."""
    names = dict(zip(letters(), (one.id for one in lettered), strict=False))
    for pair in _words(typed):
        number = pair.rstrip("abcdefghijklmnopqrstuvwxyz")
        if not number.isdecimal() or not 1 <= int(number) <= len(numbered):
            raise NotUnderstood("Type a number and a letter for each, such as: 1b 2a")
        yield numbered[int(number) - 1].id, _letter(names, pair.removeprefix(number))


def _filled(view: BlanksView, typed: str) -> list[str]:
    filled = []
    for gap, text in zip(view.gaps, typed.split(";"), strict=False):
        names = dict(zip(letters(), (option.id for option in gap.options), strict=False))
        filled.append(_letter(names, text.strip().lower()) if gap.options else text.strip())
    return filled
