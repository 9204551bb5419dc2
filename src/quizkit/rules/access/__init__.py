"""Access rules and time limits: of a quiz, an assignment, groups, one taker, and accommodations of a person.

A setting of the taker applies first, then the most lenient setting of their groups, then that of the assignment, then
that of the quiz. A window (opens, due, closes) is one value, and so is a lateness policy (what happens at the deadline,
for how long late responses are accepted, with which penalty): each comes as a whole from one layer. The fields that an
exception omits come from the assignment, never from another exception (decision 0058). What an exception
adds counts from the assignment too (decision 0085). An accommodation of the person is added at the end.
"""

from __future__ import annotations

from quizkit.rules.access.open_attempts import Ends, ends_under, ends_with
from quizkit.rules.access.overrides import (
    LATENESS,
    Explained,
    access_of,
    completed,
    resolve,
    settings_in_force,
    stricter_fields,
)
from quizkit.rules.access.starting import Ending, ending, refusal
from quizkit.rules.access.validation import refuse_contradiction
from quizkit.rules.access.values import Access, Accommodation
from quizkit.rules.windows import WINDOW

__all__ = [
    "LATENESS",
    "WINDOW",
    "Access",
    "Accommodation",
    "Ending",
    "Ends",
    "Explained",
    "access_of",
    "completed",
    "ending",
    "ends_under",
    "ends_with",
    "refusal",
    "refuse_contradiction",
    "resolve",
    "settings_in_force",
    "stricter_fields",
]
