from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quizkit.vocabulary import uuid7

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone


def test_the_example_of_the_standard_is_reproduced() -> None:
    # RFC 9562, A.6: 2022-02-22 14:22:22.00 UTC-05:00; the fraction of the millisecond is 0 here.
    made = uuid7(datetime.fromisoformat("2022-02-22T14:22:22-05:00"), bytes.fromhex("98c8e8db1e7f8e3a")[:8])

    assert str(made).startswith("017f22e2-79b0-7000-")


@given(MOMENTS, st.binary(min_size=8, max_size=8))
def test_an_id_is_of_version_7_and_the_standard_variant(at: datetime, entropy: bytes) -> None:
    made = uuid7(at, entropy)

    assert (made.version, made.variant) == (7, uuid.RFC_4122)


@given(MOMENTS, st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_ids_sort_by_the_microsecond_of_their_creation(at: datetime, one: bytes, two: bytes) -> None:
    assert uuid7(at, one) < uuid7(at + timedelta(microseconds=1), two)
