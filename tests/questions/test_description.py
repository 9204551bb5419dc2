from __future__ import annotations

import pytest
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import Description, DescriptionResponse, GradeState, lint, score_table
from quizkit.testing import check_question

INTRO = Description(content="You have half an hour.")


def test_it_satisfies_the_contract_of_question_types() -> None:
    check_question(INTRO)


def test_a_description_is_worth_zero_points() -> None:
    assert INTRO.points == 0
    with pytest.raises(ValidationError, match="description_points"):
        Description(content="?", points=1)


def test_a_description_takes_no_response() -> None:
    assert INTRO.mark(DescriptionResponse()).state is GradeState.NOT_ANSWERED
    with pytest.raises(Invalid):
        INTRO.read({"text": "x"})
    assert INTRO.guess_score() is None
    assert INTRO.key() is None
    assert INTRO.summarise(DescriptionResponse()) == ""
    assert score_table(INTRO) == ((), True)
    assert lint(INTRO) == ()
