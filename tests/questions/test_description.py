from __future__ import annotations

import pytest
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import Description, DescriptionResponse, GradeState, lint, score_table
from quizkit.testing import check_question

INTRO = Description(content="You have half an hour.")


def test_it_keeps_what_every_question_promises() -> None:
    check_question(INTRO)


def test_it_is_worth_nothing() -> None:
    assert INTRO.points == 0
    with pytest.raises(ValidationError, match="description_points"):
        Description(content="?", points=1)


def test_there_is_nothing_to_answer() -> None:
    assert INTRO.mark(DescriptionResponse()).state is GradeState.NOT_ANSWERED
    with pytest.raises(Invalid):
        INTRO.read({"text": "x"})
    assert INTRO.guess_score() is None
    assert INTRO.key() is None
    assert INTRO.summarise(DescriptionResponse()) == ""
    assert score_table(INTRO) == ((), True)
    assert lint(INTRO) == ()
