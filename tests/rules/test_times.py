from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Invalid
from quizkit.rules.times import FIRST_MOMENT, LAST_MOMENT, in_utc, later, moment_in, zone_named


@pytest.mark.parametrize(
    ("zone", "local", "moment"),
    [
        ("Europe/Berlin", "2026-01-15T12:00", "2026-01-15T11:00"),
        ("Europe/Berlin", "2026-07-15T12:00", "2026-07-15T10:00"),
        # Forward: 02:30 does not exist, and becomes 03:30. Back: 02:30 occurs twice, and means the first.
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30"),
        ("Europe/Berlin", "2026-03-29T03:30", "2026-03-29T01:30"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        # Half an hour only.
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        # Two hours at once.
        ("Antarctica/Troll", "2026-03-29T01:30", "2026-03-29T01:30"),
        ("Antarctica/Troll", "2026-10-25T02:30", "2026-10-25T00:30"),
        # The first and the last zone of a day.
        ("Pacific/Kiritimati", "2026-03-01T00:00", "2026-02-28T10:00"),
        ("Pacific/Pago_Pago", "2026-02-28T23:59", "2026-03-01T10:59"),
        # A whole day that did not exist.
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00"),
        # Leap days.
        ("Asia/Kathmandu", "2028-02-29T00:00", "2028-02-28T18:15"),
        ("Europe/Vienna", "2028-02-29T23:59", "2028-02-29T22:59"),
    ],
)
def test_a_local_time_is_converted_to_utc(zone: str, local: str, moment: str) -> None:
    found = moment_in(zone_named(zone), datetime.fromisoformat(local))

    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert found.tzinfo is UTC


def test_fold_selects_the_second_of_two_ambiguous_times() -> None:
    local = datetime(2026, 10, 25, 2, 30, fold=1)  # noqa: DTZ001 - a local time

    assert moment_in(zone_named("Europe/Berlin"), local) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_fold_has_no_effect_on_a_nonexistent_time() -> None:
    for fold in (0, 1):
        local = datetime(2026, 3, 29, 2, 30, fold=fold)  # noqa: DTZ001 - a local time
        assert moment_in(zone_named("Europe/Berlin"), local) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../../etc/passwd", "Europe/Berlin\0", "a" * 300])
def test_an_unknown_zone_is_reported_without_its_name(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        zone_named(name)
    assert refused.value.code == "zone_unknown"
    assert not name or name not in str(refused.value)


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Kiritimati", "UTC"]


@given(st.sampled_from(ZONES), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis wants naive bounds
def test_converting_an_existing_local_time_back_gives_the_same_time(zone: str, moment: datetime) -> None:
    there = moment.astimezone(zone_named(zone))

    assert moment_in(zone_named(zone), there.replace(tzinfo=None)) == moment


@given(st.sampled_from(ZONES), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - Hypothesis wants naive bounds
def test_a_converted_local_time_is_never_earlier_than_the_given_one(zone: str, local: datetime) -> None:
    shown = moment_in(zone_named(zone), local).astimezone(zone_named(zone)).replace(tzinfo=None)

    assert shown >= local


# ---------------------------------------------------------------------------------------------- bounds

OFFSETS = st.sampled_from([UTC, *(timezone(timedelta(hours=hours)) for hours in (-23, -12, -1, 1, 14, 23))])
ALL_THERE_ARE = st.datetimes(timezones=OFFSETS)
TAKEN = st.datetimes(FIRST_MOMENT.replace(tzinfo=None), LAST_MOMENT.replace(tzinfo=None), timezones=st.just(UTC))


@given(ALL_THERE_ARE)
def test_a_time_outside_1970_to_2999_is_refused(moment: datetime) -> None:
    try:
        taken = in_utc(moment)
    except Invalid as error:
        assert error.code == "moment_range"  # noqa: PT017 - both ways are fine
        assert not 1970 < moment.year < 2999
    else:
        assert taken == moment
        assert taken.tzinfo is UTC
        assert FIRST_MOMENT <= taken <= LAST_MOMENT


@pytest.mark.parametrize("moment", [FIRST_MOMENT, LAST_MOMENT])
def test_the_first_and_the_last_time_are_inclusive(moment: datetime) -> None:
    assert in_utc(moment.astimezone(timezone(timedelta(hours=-12)))) == moment


@pytest.mark.parametrize("moment", [FIRST_MOMENT - timedelta(microseconds=1), LAST_MOMENT + timedelta(microseconds=1)])
def test_a_microsecond_before_the_first_or_after_the_last_time_is_refused(moment: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        in_utc(moment)
    assert refused.value.code == "moment_range"


@given(st.datetimes(), st.sampled_from(["Europe/Vienna", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"]))
def test_every_local_time_is_converted_or_refused(local: datetime, zone: str) -> None:
    try:
        assert FIRST_MOMENT <= moment_in(zone_named(zone), local) <= LAST_MOMENT
    except Invalid as error:
        assert error.code == "moment_range"  # noqa: PT017 - both ways are fine
        assert not 1970 < local.year < 2999


@given(TAKEN, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=365_000)))
def test_additions_stop_at_the_last_time(moment: datetime, by: timedelta) -> None:
    assert later(moment, by) == (min(moment + by, LAST_MOMENT))


@pytest.mark.parametrize("end", [datetime(1, 1, 1), datetime(9999, 12, 31, 23)])  # noqa: DTZ001 - with zones below
@pytest.mark.parametrize("hours", [-14, 0, 14])
def test_the_ends_of_the_calendar_are_refused(end: datetime, hours: int) -> None:
    with pytest.raises(Invalid):
        in_utc(end.replace(tzinfo=timezone(timedelta(hours=hours))))
    with pytest.raises(Invalid):
        moment_in(zone_named("Europe/Vienna"), end)
