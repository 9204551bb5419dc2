"""The facts of an attempt, without a database."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from quizkit.crud.attempts._facts.facts import AttemptFacts, PaperItem
from quizkit.rules.attempt_policy import AttemptPolicy
from quizkit.vocabulary import AttemptPurpose, Behaviour, GradingMethod

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICY = AttemptPolicy(Behaviour.DEFERRED, Fraction(0), GradingMethod.HIGHEST, 2, None, None, None, Fraction(0))
FACTS = AttemptFacts(
    attempt_id=uuid.UUID(int=1),
    taker="ann",
    quiz_id=uuid.UUID(int=2),
    assignment_id=uuid.UUID(int=3),
    quiz_revision_id=uuid.UUID(int=4),
    content_hash="c" * 64,
    title="Rivers",
    description=None,
    number=1,
    purpose=AttemptPurpose.REAL,
    seed=bytes(16),
    checksum="a" * 64,
    algorithm=1,
    paper=(PaperItem(1, str(uuid.UUID(int=5)), 1),),
    policy=POLICY,
    started_at=NOON,
    due_at=NOON + MINUTE,
    accepts_until=NOON + MINUTE,
    on_time_until=NOON + MINUTE,
    submittable_at=None,
    max_score=Decimal(1),
)
