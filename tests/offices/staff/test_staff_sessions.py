"""Sessions: one live one for each member; it locks, and it ends."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries
from staff_support import DESK, GOOD_PASSWORD, MORNING, Browser, after

from circumspect.home import Home
from circumspect.offices.staff import accounts, sessions
from circumspect.offices.staff.models import SignInFlag, StaffMember
from circumspect.offices.staff.sessions import Ended, Live, Locked, SessionError, Why
from circumspect.offices.staff.sessionstore import StoredSession, row_key

pytestmark = pytest.mark.django_db


def begin(browser: Browser, member: StaffMember, now: datetime = MORNING) -> Live:
    return browser.does(lambda request: sessions.begin(request, member, now=now))


def check(browser: Browser, now: datetime = MORNING) -> Live | Locked | Ended:
    return browser.does(lambda request: sessions.check(request, now=now))


def unlock(browser: Browser, password: str, now: datetime = MORNING) -> Live | Locked | Ended:
    return browser.does(lambda request: sessions.unlock(request, password, address=DESK, now=now))


@pytest.fixture
def live(clerk: StaffMember, browser: Browser) -> Browser:
    begin(browser, clerk)
    return browser


def test_nobody_is_signed_in_to_begin_with(browser: Browser):
    assert check(browser) == Ended(Why.NOT_SIGNED_IN)


def test_a_session_lives(clerk: StaffMember, live: Browser):
    assert check(live) == Live(clerk)


def test_a_check_costs_one_query_beside_the_session(
    clerk: StaffMember, live: Browser, django_assert_num_queries: DjangoAssertNumQueries
):
    with django_assert_num_queries(2):
        check(live)


@pytest.mark.clause("MP-7.10")
def test_an_idle_session_locks_and_stays_locked(clerk: StaffMember, live: Browser):
    assert check(live, after(seconds=179)) == Live(clerk)
    assert check(live, after(seconds=180)) == Locked(clerk)
    assert check(live, MORNING) == Locked(clerk)


@pytest.mark.clause("MP-7.10")
def test_looking_is_not_activity_and_touching_is(clerk: StaffMember, live: Browser):
    for seconds in range(0, 170, 10):
        check(live, after(seconds=seconds))
    live.does(lambda request: sessions.touch(request, now=after(seconds=170)))

    assert check(live, after(seconds=349)) == Live(clerk)
    assert check(live, after(seconds=350)) == Locked(clerk)


def test_a_touch_does_not_wake_an_idle_session(clerk: StaffMember, live: Browser):
    live.does(lambda request: sessions.touch(request, now=after(seconds=500)))

    assert check(live, after(seconds=501)) == Locked(clerk)


def test_a_clock_set_back_locks(clerk: StaffMember, live: Browser):
    assert check(live, after(seconds=-3600)) == Locked(clerk)


@pytest.mark.clause("MP-7.10")
def test_a_lock_holds_against_a_slower_request_that_began_before_it(clerk: StaffMember, live: Browser):
    def slow(request):  # type: ignore[no-untyped-def]
        assert sessions.check(request, now=MORNING) == Live(clerk)
        live.does(lambda other: sessions.lock(other, now=MORNING))
        sessions.touch(request, now=after(seconds=20))
        request.session["something"] = 1

    live.does(slow)

    assert check(live, after(seconds=21)) == Locked(clerk)


def test_a_lock_opens_with_its_own_members_password_only(clerk: StaffMember, live: Browser):
    accounts.add_member("ana", "Ana", ["system"], "seven-swans-a-sailing")
    live.does(lambda request: sessions.lock(request, now=MORNING))

    assert unlock(live, "seven-swans-a-sailing") == Locked(clerk, wrong_password=True)
    assert unlock(live, GOOD_PASSWORD, after(hours=1)) == Live(clerk)
    assert check(live, after(hours=1, seconds=100)) == Live(clerk)


def test_five_wrong_passwords_end_a_locked_session(clerk: StaffMember, live: Browser):
    live.does(lambda request: sessions.lock(request, now=MORNING))
    answers = [unlock(live, "wrong", after(minutes=10 * turn)) for turn in range(5)]

    assert answers == [Locked(clerk, wrong_password=True)] * 4 + [Ended(Why.TOO_MANY_TRIES)]
    assert unlock(live, GOOD_PASSWORD, after(hours=2)) == Ended(Why.TOO_MANY_TRIES)
    assert StaffMember.objects.get(pk=clerk.pk).live_session_key == ""


def test_guessing_at_a_lock_is_slowed(clerk: StaffMember, live: Browser):
    live.does(lambda request: sessions.lock(request, now=MORNING))
    answers = [unlock(live, "wrong") for _ in range(4)]

    assert isinstance(answers[-1], Locked)
    assert answers[-1].wait_seconds > 0


def test_unlocking_does_not_outlive_the_twelve_hours(clerk: StaffMember, live: Browser):
    assert unlock(live, GOOD_PASSWORD, after(hours=11)) == Live(clerk)
    assert unlock(live, GOOD_PASSWORD, after(hours=12)) == Ended(Why.TOO_LONG)


def test_a_session_ends_after_twelve_hours_of_work(clerk: StaffMember, live: Browser):
    for minute in range(0, 12 * 60, 2):
        live.does(lambda request, minute=minute: sessions.touch(request, now=after(minutes=minute)))
    assert check(live, after(hours=12, seconds=-1)) == Live(clerk)

    assert check(live, after(hours=12)) == Ended(Why.TOO_LONG)
    assert check(live, MORNING) == Ended(Why.TOO_LONG)


@pytest.mark.clause("MP-7.10")
def test_a_new_sign_in_ends_the_older_one_and_flags_two_that_were_live(clerk: StaffMember, live: Browser):
    elsewhere = Browser()
    begin(elsewhere, clerk, after(seconds=60))

    assert check(elsewhere, after(seconds=61)) == Live(clerk)
    assert check(live, after(seconds=61)) == Ended(Why.SIGNED_IN_ELSEWHERE)
    flag = SignInFlag.objects.get()
    assert (flag.member, flag.kind) == (clerk, SignInFlag.Kind.TWO_LIVE_SESSIONS)


def test_walking_to_another_desk_from_a_locked_one_is_not_flagged(clerk: StaffMember, live: Browser):
    live.does(lambda request: sessions.lock(request, now=MORNING))
    begin(Browser(), clerk, after(seconds=5))
    begin(Browser(), clerk, after(seconds=400))

    assert not SignInFlag.objects.exists()
    assert isinstance(check(live, after(seconds=6)), Ended)


def test_signing_out_and_in_again_is_not_flagged(clerk: StaffMember, live: Browser):
    assert live.does(sessions.end) == Ended(Why.SIGNED_OUT)
    begin(Browser(), clerk, after(seconds=5))

    assert not SignInFlag.objects.exists()


def test_a_copied_cookie_dies_with_the_sign_out(clerk: StaffMember, live: Browser):
    copied = Browser()
    copied.cookie = live.cookie
    live.does(sessions.end)

    assert isinstance(check(copied), Ended)


def test_a_session_restored_from_an_old_copy_is_refused(clerk: StaffMember, live: Browser):
    old = Session.objects.get(session_key=row_key(live.cookie))
    copied = Browser()
    copied.cookie = live.cookie
    live.does(sessions.end)
    old.save(force_insert=True)

    assert isinstance(check(copied), Ended)


@pytest.mark.clause("MP-7.10")
def test_nothing_that_is_stored_of_a_session_lets_anybody_in(clerk: StaffMember, live: Browser):
    """Whoever reads the records database, or a copy of it, while somebody is at work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_key, session_data FROM django_session")
        sessions_stolen = cursor.fetchall()
        cursor.execute("SELECT * FROM staff_staffmember")
        stolen = {str(value) for row in [*sessions_stolen, *cursor.fetchall()] for value in row}
    assert live.cookie not in stolen

    thief = Browser()
    for value in stolen:
        thief.cookie = value
        assert isinstance(check(thief), Ended), value

    assert isinstance(check(live), Live)


@pytest.mark.parametrize(
    "change",
    [
        lambda member: accounts.set_roles(member, ["reference"]),
        lambda member: accounts.disable(member),
        lambda member: accounts.choose_password(member, "another-heron-entirely"),
        lambda member: accounts.reset_password(member),
        lambda member: accounts.reset_second_factors(member),
        lambda member: accounts.enable(accounts.disable(member)),
    ],
    ids=["roles", "disabled", "password", "reset", "factors", "disabled and enabled"],
)
@pytest.mark.clause("MP-7.10")
def test_a_change_of_role_password_or_standing_ends_the_session(clerk: StaffMember, live: Browser, change):  # type: ignore[no-untyped-def]
    change(clerk)

    assert check(live) == Ended(Why.ACCOUNT_CHANGED)


def test_a_locked_session_of_a_disabled_member_does_not_unlock(clerk: StaffMember, live: Browser):
    live.does(lambda request: sessions.lock(request, now=MORNING))
    accounts.disable(clerk)

    assert unlock(live, GOOD_PASSWORD) == Ended(Why.ACCOUNT_CHANGED)


def test_no_session_begins_for_the_closed_the_changed_or_who_owes_a_password(
    clerk: StaffMember, browser: Browser
):
    stale = StaffMember.objects.get(pk=clerk.pk)
    owing = accounts.add_member("ana", "Ana", ["desk"]).member
    accounts.set_roles(clerk, ["reference"])
    closed = accounts.disable(accounts.add_member("olga", "Olga", ["desk"], GOOD_PASSWORD).member)

    for member in (stale, owing, closed):
        with pytest.raises(SessionError):
            begin(browser, member)
    assert isinstance(check(browser), Ended)


def test_the_session_holds_numbers_of_the_member_and_nothing_else(clerk: StaffMember, live: Browser):
    stored = StoredSession(row_key(live.cookie)).load()

    assert set(stored) == {sessions.STATE_KEY}
    assert set(stored[sessions.STATE_KEY]) == {"member", "generation", "began", "last", "tries"}
    assert all(isinstance(value, int) for value in stored[sessions.STATE_KEY].values())


@pytest.mark.parametrize(
    "state", [None, 1, [], {}, {"member": "1"}, {"member": 1, "generation": 1, "began": 0, "last": 0}]
)
def test_a_state_of_another_shape_is_no_session(clerk: StaffMember, browser: Browser, state: object):
    browser.does(lambda request: request.session.update({sessions.STATE_KEY: state}))

    assert check(browser) == Ended(Why.NOT_SIGNED_IN)


def test_of_a_sign_in_only_the_month_is_kept(clerk: StaffMember, live: Browser):
    fresh = StaffMember.objects.get(pk=clerk.pk)

    assert str(fresh.last_sign_in_month) == "2026-11-01"
    assert not [field.name for field in StaffMember._meta.get_fields() if field.name == "last_login"]


@given(st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats())
def test_no_setting_takes_the_idle_lock_away(value: object):
    limit = sessions.sensible_idle_seconds(value)

    assert 1 <= limit <= sessions.LONGEST_IDLE_SECONDS


def test_the_librarys_own_idle_time_counts(clerk: StaffMember, live: Browser, settings, tmp_path):  # type: ignore[no-untyped-def]
    settings.HOME = Home(tmp_path, {"web": {"idle_seconds": 60}})

    assert check(live, after(seconds=59)) == Live(clerk)
    assert check(live, after(seconds=60)) == Locked(clerk)
