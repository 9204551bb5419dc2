"""Hypothesis strategies for twins: questions that differ only in parts that takers must not see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from quizkit.questions import (
    Blanks,
    Choice,
    ChoiceGap,
    Essay,
    Grid,
    Matching,
    MatchingPair,
    Numeric,
    Option,
    Ordering,
    Question,
    ShortAnswer,
    Text,
    TextGap,
    TrueFalse,
)
from quizkit.testing._question_strategies import number_answers, text_answers


def twins_of(question: Question) -> st.SearchStrategy[Question]:
    """Return a strategy for questions that differ from this one only in parts that takers must not see, such as the key."""
    secret: dict[str, Any] = {"general_feedback": Text(text="twin"), "tags": ("twin",), "title": "twin"}
    return _other_keys(question).map(lambda key: type(question).model_validate({**dict(question), **secret, **key}))


def _other_keys(question: Question) -> st.SearchStrategy[dict[str, Any]]:
    match question:
        case TrueFalse():
            return st.just({"answer": not question.answer})
        case Choice():
            return _other_options(question.options).map(lambda options: {"options": options})
        case ShortAnswer():
            return text_answers().map(lambda answers: {"answers": answers})
        case Numeric():
            return number_answers().map(lambda answers: {"answers": answers})
        case Matching():
            choices = [pair.choice for pair in question.pairs]
            return st.permutations(choices).map(
                lambda order: {
                    "pairs": [
                        MatchingPair(id=pair.id, premise=pair.premise, choice=choice)
                        for pair, choice in zip(question.pairs, order, strict=True)
                    ]
                }
            )
        case Grid():
            return st.permutations([row.cells for row in question.rows]).map(
                lambda order: {
                    "rows": [
                        row.model_copy(update={"cells": cells}) for row, cells in zip(question.rows, order, strict=True)
                    ]
                }
            )
        case Ordering():
            return st.permutations(question.items).map(lambda order: {"items": order})
        case Blanks():
            return st.tuples(*(_other_gap(gap) for gap in question.gaps)).map(lambda gaps: {"gaps": gaps})
        case Essay():
            return st.just({"grader_notes": Text(text="twin")})
        case _:
            return st.just({})


def _other_options(options: Iterable[Option]) -> st.SearchStrategy[list[Option]]:
    """Return the same options in the same order, with their values permuted."""
    known = list(options)
    values = [(option.correct, option.weight, option.counts) for option in known]
    return st.permutations(values).map(
        lambda permuted: [
            Option(id=option.id, content=option.content, weight=weight, counts=counts)
            if weight is not None
            else Option(id=option.id, content=option.content, correct=correct, counts=counts)
            for option, (correct, weight, counts) in zip(known, permuted, strict=True)
        ]
    )


def _other_gap(gap: Any) -> st.SearchStrategy[Any]:
    if isinstance(gap, ChoiceGap):
        return _other_options(gap.options).map(lambda options: gap.model_copy(update={"options": tuple(options)}))
    answers: st.SearchStrategy[list[Any]] = text_answers() if isinstance(gap, TextGap) else number_answers()
    return answers.map(lambda found: gap.model_copy(update={"answers": tuple(found)}))
