"""Passkeys, answered by a security key made of software."""

from __future__ import annotations

import json

import pytest
from staff_support import DESK, GOOD_PASSWORD, MORNING, Browser, SecurityKey, after

from circumspect.offices.staff import accounts, passkeys, recovery, signin
from circumspect.offices.staff.models import Passkey, StaffMember
from circumspect.offices.staff.signin import Factor, SecondFactor, Step

pytestmark = pytest.mark.django_db
REQUIRED = SecondFactor.REQUIRED


def register(browser: Browser, member: StaffMember, key: SecurityKey) -> bool:
    options = browser.does(
        lambda request: passkeys.registration_options(request, member, library_name="Sample", now=MORNING)
    )
    answer = key.create(options)
    return browser.does(
        lambda request: passkeys.register(request, member, answer, label="Blue\0 key", now=MORNING)
    )


def options_for(browser: Browser, member: StaffMember) -> str:
    return browser.does(lambda request: passkeys.authentication_options(request, member, now=MORNING))


def offered(browser: Browser, member: StaffMember, answer: str, seconds: int = 0) -> bool:
    return browser.does(
        lambda request: passkeys.is_right(request, member, answer, now=after(seconds=seconds))
    )


def test_a_registered_key_signs_in_as_the_second_factor(clerk: StaffMember, browser: Browser):
    key = SecurityKey()
    assert register(browser, clerk, key)
    reached = browser.does(
        lambda request: signin.offer_password(
            request, "rosa", GOOD_PASSWORD, address=DESK, factor=REQUIRED, now=MORNING
        )
    )
    assert reached.factors == {Factor.PASSKEY}

    options = browser.does(lambda request: signin.passkey_options(request, factor=REQUIRED, now=MORNING))
    done = browser.does(
        lambda request: signin.offer_passkey(request, key.get(options), factor=REQUIRED, now=MORNING)
    )

    assert done.step is Step.DONE
    assert Passkey.objects.get().sign_count == 1
    assert Passkey.objects.get().label == "Blue key"


def test_a_first_sign_in_may_enrol_a_passkey(browser: Browser):
    _, one_time = accounts.add_member("ana", "Ana", ["desk"])
    key = SecurityKey()
    browser.does(
        lambda request: signin.offer_password(
            request, "ana", one_time, address=DESK, factor=REQUIRED, now=MORNING
        )
    )
    options = browser.does(
        lambda request: signin.passkey_registration_options(
            request, library_name="Sample", factor=REQUIRED, now=MORNING
        )
    )
    answer = key.create(options)

    enrolled = browser.does(
        lambda request: signin.register_passkey(request, answer, label=" ", factor=REQUIRED, now=MORNING)
    )

    assert enrolled.step is Step.NEW_PASSWORD
    assert len(enrolled.recovery_codes) == recovery.HOW_MANY


def test_an_answer_serves_once(clerk: StaffMember, browser: Browser):
    key = SecurityKey()
    register(browser, clerk, key)
    answer = key.get(options_for(browser, clerk))

    assert offered(browser, clerk, answer)
    assert not offered(browser, clerk, answer)


def test_a_wrong_answer_uses_up_the_challenge(clerk: StaffMember, browser: Browser):
    key = SecurityKey()
    register(browser, clerk, key)
    right = key.get(options_for(browser, clerk))

    assert not offered(browser, clerk, "{}")
    assert not offered(browser, clerk, right)


def test_a_counter_that_went_back_is_a_copied_key(clerk: StaffMember, browser: Browser):
    key = SecurityKey()
    register(browser, clerk, key)
    key.counter = 7
    assert offered(browser, clerk, key.get(options_for(browser, clerk)))
    key.counter = 3

    assert not offered(browser, clerk, key.get(options_for(browser, clerk)))
    assert Passkey.objects.get().sign_count == 8


def test_another_members_key_is_refused(clerk: StaffMember, browser: Browser):
    other = accounts.add_member("ana", "Ana", ["desk"], GOOD_PASSWORD).member
    key = SecurityKey()
    register(browser, other, key)

    assert not offered(browser, clerk, key.get(options_for(browser, clerk)))


def test_another_members_challenge_is_refused(clerk: StaffMember, browser: Browser):
    other = accounts.add_member("ana", "Ana", ["desk"], GOOD_PASSWORD).member
    key = SecurityKey()
    register(browser, clerk, key)

    assert not offered(browser, clerk, key.get(options_for(browser, other)))


def test_a_challenge_for_signing_in_registers_no_key(clerk: StaffMember, browser: Browser):
    answer = SecurityKey().create(options_for(browser, clerk))

    assert not browser.does(lambda request: passkeys.register(request, clerk, answer, label="x", now=MORNING))
    assert not Passkey.objects.exists()


def test_a_copied_id_with_another_private_key_is_refused(clerk: StaffMember, browser: Browser):
    key, forger = SecurityKey(), SecurityKey()
    register(browser, clerk, key)
    forger.credential_id = key.credential_id

    assert not offered(browser, clerk, forger.get(options_for(browser, clerk)))


@pytest.mark.parametrize(
    ("origin", "rp_id"),
    [("http://localhost.evil.example", "localhost"), ("http://localhost:8000", "evil.example")],
)
def test_a_page_elsewhere_cannot_answer_for_this_one(
    clerk: StaffMember, browser: Browser, origin: str, rp_id: str
):
    key = SecurityKey()
    register(browser, clerk, key)
    key.origin, key.rp_id = origin, rp_id

    assert not offered(browser, clerk, key.get(options_for(browser, clerk)))


def test_a_key_is_not_registered_from_a_page_elsewhere(clerk: StaffMember, browser: Browser):
    assert not register(browser, clerk, SecurityKey(origin="http://evil.example"))
    assert not Passkey.objects.exists()


def test_a_challenge_is_good_for_five_minutes(clerk: StaffMember, browser: Browser):
    key = SecurityKey()
    register(browser, clerk, key)

    assert not offered(browser, clerk, key.get(options_for(browser, clerk)), passkeys.CHALLENGE_SECONDS + 1)


def test_one_key_belongs_to_one_member(clerk: StaffMember, browser: Browser):
    other = accounts.add_member("ana", "Ana", ["desk"], GOOD_PASSWORD).member
    key = SecurityKey()

    assert register(browser, clerk, key)
    assert not register(browser, other, key)
    assert Passkey.objects.get().member == clerk


@pytest.mark.parametrize(
    "answer", ["", "null", "[]", "{", '{"id": 1}', "\0", "x" * 30_000, '{"id":"AA","rawId":"AA"}']
)
def test_crafted_answers_are_refused_not_raised(clerk: StaffMember, browser: Browser, answer: str):
    register(browser, clerk, SecurityKey())
    options_for(browser, clerk)
    assert not offered(browser, clerk, answer)

    browser.does(lambda request: passkeys.registration_options(request, clerk, library_name="S", now=MORNING))
    assert not browser.does(lambda request: passkeys.register(request, clerk, answer, label="x", now=MORNING))


@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject"])
def test_crafted_cbor_is_refused_not_raised(clerk: StaffMember, browser: Browser, part: str):
    options = browser.does(
        lambda request: passkeys.registration_options(request, clerk, library_name="S", now=MORNING)
    )
    answer = json.loads(SecurityKey().create(options))
    answer["response"][part] = "_____w"

    crafted = json.dumps(answer)
    assert not browser.does(
        lambda request: passkeys.register(request, clerk, crafted, label="x", now=MORNING)
    )


@pytest.mark.parametrize(
    ("host", "secure", "possible"),
    [
        ("localhost:8000", False, True),
        ("127.0.0.1:8000", False, False),
        ("127.0.0.1", True, False),
        ("testserver", False, False),
        ("testserver", True, True),
    ],
)
def test_the_page_offers_passkeys_only_where_a_browser_would(host: str, secure: bool, possible: bool):
    assert Browser(host, secure=secure).does(passkeys.are_possible) is possible


def test_a_removed_key_no_longer_opens(clerk: StaffMember, browser: Browser):
    key = SecurityKey()
    register(browser, clerk, key)
    other = accounts.add_member("ana", "Ana", ["desk"], GOOD_PASSWORD).member
    pk = Passkey.objects.get().pk

    assert not passkeys.remove(other, pk)
    assert passkeys.remove(clerk, pk)
    assert not offered(browser, clerk, key.get(options_for(browser, clerk)))
