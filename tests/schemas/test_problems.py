"""The schema of errors is that of what errors return."""

from __future__ import annotations

import json

import pytest

from json_schema import problems
from quizkit.errors import Conflict, Invalid, NotFound, Problem, QuizkitError, Refused, Unreadable, UsageError
from quizkit.schemas import ProblemDetails

ERRORS: list[QuizkitError] = [
    NotFound("quiz_not_found", "There is no such quiz"),
    Refused("no_attempts_left", "All attempts have been used", allowed=2),
    Conflict("version_conflict", "This was changed since you read it", object(), version=3),
    UsageError("quiz_or_assignment", "Give a quiz or an assignment"),
    Unreadable("file_too_large", "The file is too large"),
    Invalid(
        "response_invalid", "The response is not valid", [Problem("text", "string_type", "This is not a text")] * 99
    ),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_the_problem_of_every_error_matches_the_schema_of_problems(error: QuizkitError) -> None:
    sent = json.loads(json.dumps(error.problem()))

    assert problems(sent, ProblemDetails.model_json_schema()) == []
    assert ProblemDetails.model_validate(sent).model_dump(mode="json", exclude_unset=True) == sent
