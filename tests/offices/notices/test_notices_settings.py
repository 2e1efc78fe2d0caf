"""The library's choices about notices: defaults that work, and mistakes that are named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.home import Home, HomeError
from circumspect.offices.notices.kinds import Channel, Mail, NoticeSettings, choose, steps

ZONE = ZoneInfo("America/Chicago")


def settings_of(**notices: object) -> NoticeSettings:
    return NoticeSettings.of(Home(Path(), {"notices": notices}))


def test_without_a_word_in_the_settings_notices_are_off_and_days_are_usual():
    settings = NoticeSettings.of(Home(Path(), {}))

    assert not settings.on
    assert (settings.almost_due_days, settings.overdue_days, settings.bill_days) == (3, (1, 7, 14), 28)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"overdue_days": [7, 1]}, "overdue_days"),
        ({"bill_days": 60}, "bill_days in config.toml lies between 28 and 42"),
        ({"almost_due_days": 0}, "almost_due_days"),
        ({"send_from": "8 o'clock"}, 'send_from in config.toml is a time such as "08:00"'),
        ({"send_from": "21:00"}, "earlier than send_until"),
        ({"balance_on_day": 31}, "balance_on_day"),
        ({"default_channel": "pigeon"}, "default_channel"),
        ({"post": "parcel"}, "post"),
        ({"paper": "a5"}, "paper"),
        ({"overdu_days": [1]}, "overdu_days in config.toml is not a setting"),
        ({"email": {"hots": "x"}}, "email.hots"),
        ({"email": {"tls": "maybe"}}, "email.tls"),
        ({"email": {"host": "x", "sender": "nobody"}}, "email.sender"),
    ],
)
def test_a_setting_that_does_not_do_is_named(wrong, said):
    with pytest.raises(HomeError, match=said):
        settings_of(**wrong)


@given(today=st.dates(dt.date(2024, 1, 1), dt.date(2030, 1, 1)), late=st.integers(-10, 120))
def test_every_day_stands_at_one_step_at_most(today, late):
    """The spans of the ladder neither overlap nor leave a gap, on the days the clocks change too."""
    due = int(dt.datetime.combine(today - dt.timedelta(days=late), dt.time(21), ZONE).timestamp())

    at = [
        step.days
        for _, step in steps(NoticeSettings(), today, ZONE)
        if step.due_from <= due < step.due_before
    ]

    reached = [days for days in (-3, 1, 7, 14, 28) if days <= late]
    assert at == (reached[-1:] if late < 88 else [])


@pytest.mark.parametrize(
    ("preferred", "channel"),
    [("email", Channel.EMAIL), ("sms", Channel.SMS), ("phone", Channel.PHONE), ("post", Channel.POST),
     ("", Channel.EMAIL), ("none", None)],
)  # fmt: skip
def test_a_notice_goes_the_way_its_reader_chose(preferred, channel):
    assert choose(preferred, NoticeSettings(mail=Mail(host="mail.example"))) is channel
    if channel is Channel.EMAIL:
        assert choose(preferred, NoticeSettings()) is Channel.POST


@pytest.mark.parametrize(("hour", "may"), [(7, False), (8, True), (19, True), (20, False), (3, False)])
def test_quiet_hours_are_the_librarys(hour, may):
    assert NoticeSettings().may_send_at(dt.datetime(2026, 11, 23, hour, 30, tzinfo=ZONE)) is may
