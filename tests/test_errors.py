from __future__ import annotations

import pickle

import pytest
from pydantic import BaseModel, ValidationError

from quizkit.errors import Invalid, MissingExtra, Misuse, NotFound, Problem, QuizkitError, Refused, Unreadable

EVERY = [
    NotFound("quiz_not_found", "There is no such quiz"),
    Refused("no_attempts_left", "All attempts have been used", allowed=2),
    Misuse("page_limit", "A page has from 1 to 200 items"),
    MissingExtra.named("cli", "The command line"),
    Unreadable("file_not_text", "The file is not text"),
    Invalid("invalid", "Not valid", [Problem("a.0", "code", "Message")], most=3),
]


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_every_error_has_one_root_and_survives_pickling(error: QuizkitError) -> None:
    again = pickle.loads(pickle.dumps(error))

    assert isinstance(error, QuizkitError)
    assert type(again) is type(error)
    assert again.problem() == error.problem()


def test_an_error_is_an_rfc_9457_problem() -> None:
    assert EVERY[1].problem() == {
        "type": "urn:quizkit:problem:no_attempts_left",
        "title": "Refused",
        "status": 409,
        "detail": "All attempts have been used",
        "code": "no_attempts_left",
        "params": {"allowed": 2},
    }


def test_invalid_data_lists_its_faults() -> None:
    assert EVERY[-1].problem()["errors"] == [{"path": "a.0", "code": "code", "message": "Message"}]
    assert [error.http_status for error in EVERY] == [404, 409, 500, 500, 422, 422]


def test_a_missing_extra_names_it() -> None:
    assert "quizkit[cli]" in str(EVERY[3])
    assert isinstance(EVERY[3], ImportError)


def test_faults_of_pydantic_are_told_without_the_input() -> None:
    class Shape(BaseModel):
        model_config = {"extra": "forbid"}
        number: int
        when: float

    secret = "canary-51b2"
    with pytest.raises(ValidationError) as refused:
        Shape.model_validate({"number": secret, "when": [secret], secret: 1})

    told = Invalid.of(refused.value, "shape")

    assert secret not in str(told)
    assert secret not in str(told.problem())
    assert [fault.path for fault in told.problems] == ["number", "when", ""]
